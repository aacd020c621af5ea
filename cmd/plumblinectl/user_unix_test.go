//go:build !windows

package main

import (
	"os"
	"os/exec"
	"syscall"
)

// unprivileged makes a command run as somebody with no special rights.
func unprivileged(cmd *exec.Cmd) {
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
}
