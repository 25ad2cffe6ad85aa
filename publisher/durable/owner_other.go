//go:build !unix

package durable

import "os"

// keepOwner does nothing: files have the owner of who made them.
func keepOwner(*os.File, os.FileInfo) error { return nil }
