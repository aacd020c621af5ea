package desk

import (
	"context"
	"os/exec"
)

// printCommand has the program that opens PDFs print the file, by the verb
// "print", with a printer's name "printto". Edge as that program knows neither
// and says so; the person then opens the file and prints from there. The names
// go in as variables, so that none is read as a command.
func printCommand(ctx context.Context, printer, path string) *exec.Cmd {
	script := `$ErrorActionPreference='Stop'; Start-Process -FilePath $env:PLUMBLINE_PRINT -Verb Print`
	if printer != "" {
		script = `$ErrorActionPreference='Stop'; Start-Process -FilePath $env:PLUMBLINE_PRINT -Verb PrintTo -ArgumentList ('"'+$env:PLUMBLINE_PRINTER+'"')`
	}
	c := exec.CommandContext(ctx, "powershell", "-NoProfile", "-NonInteractive", "-Command", script)
	c.Env = append(c.Environ(), "PLUMBLINE_PRINT="+path, "PLUMBLINE_PRINTER="+printer)
	return c
}
