//go:build !windows

package desk

import (
	"context"
	"os/exec"
)

// printCommand hands a file to CUPS. The job's title is in ASCII: CUPS mangles
// Chinese ones.
func printCommand(ctx context.Context, printer, path string) *exec.Cmd {
	args := []string{"-s", "-t", "Plumbline"}
	if printer != "" {
		args = append(args, "-d", printer)
	}
	return exec.CommandContext(ctx, "lp", append(args, "--", path)...)
}
