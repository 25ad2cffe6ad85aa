//go:build unix

package cli

import "syscall"

const (
	sigStop = syscall.SIGSTOP
	sigCont = syscall.SIGCONT
)

func mkfifo(path string) error { return syscall.Mkfifo(path, 0o600) }
