//go:build unix && !linux

package chaos

import (
	"errors"
	"testing"
)

// smallDisk is not known here.
func smallDisk(*testing.T, int) (string, error) {
	return "", errors.New("only Linux can mount a file system that nobody sees")
}
