package durable

import (
	"os"

	"golang.org/x/sys/windows"
)

// rename replaces a file at one stroke, and returns when the change is on the disk: a directory cannot be synced.
func rename(from, to string) error {
	old, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	place, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	if err := windows.MoveFileEx(old, place, windows.MOVEFILE_REPLACE_EXISTING|windows.MOVEFILE_WRITE_THROUGH); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// SyncDir does nothing, for Windows refuses to sync a directory: what is replaced lasts by itself.
func SyncDir(string) error { return nil }
