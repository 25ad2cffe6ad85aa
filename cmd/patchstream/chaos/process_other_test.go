//go:build unix && !linux

package chaos

import "syscall"

// dieWithParent does nothing here: a test that is killed leaves its processes behind.
func dieWithParent() *syscall.SysProcAttr { return nil }
