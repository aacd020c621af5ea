//go:build !linux || !amd64

package powertest

import (
	"errors"
	"os/exec"
)

// Follow is written for one kernel on one processor only: there it records what
// a program does to a folder. Here it is errors.ErrUnsupported.
func (t *Trace) Follow(*exec.Cmd, string, string) error {
	return errors.ErrUnsupported
}
