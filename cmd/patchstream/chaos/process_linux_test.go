package chaos

import "syscall"

// dieWithParent has the kernel end a process when the test's process ends, however that does.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
