package host

import "os"

// TempDir makes a directory of ours, which the caller removes: in /tmp, too, where TMPDIR names none, as package managers do.
func TempDir(prefix string) (string, error) {
	dir, err := os.MkdirTemp("", prefix)
	if err != nil && os.Getenv("TMPDIR") != "" {
		dir, err = os.MkdirTemp("/tmp", prefix)
	}
	return dir, err
}
