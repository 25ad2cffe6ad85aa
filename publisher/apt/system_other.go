//go:build !unix

package apt

import (
	"io/fs"
	"os/exec"
)

// There is no apt elsewhere; this keeps programs that import the package compiling.

func ownGroup(*exec.Cmd) {}

func lockHolder(string) (int, error) { return 0, nil }

func inode(fs.FileInfo) uint64 { return 0 }
