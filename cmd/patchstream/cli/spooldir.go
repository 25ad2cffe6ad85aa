package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/publisher/spool"
)

var errNowhere = errors.New("nowhere to keep events: name a directory with --spool")

const spoolOfRoot = "/var/spool/patchstream"

// addSpool adds --spool to a command that uses one without being asked.
func addSpool(cmd *cobra.Command) *string {
	usage := "`DIR` of events that wait for a server, " + spoolOfRoot + " or a directory of the user's own by default ($PATCHSTREAM_SPOOL)"
	return cmd.Flags().String("spool", os.Getenv("PATCHSTREAM_SPOOL"), usage)
}

// addOptionalSpool adds --spool to a command that uses one only where it is asked to.
func addOptionalSpool(cmd *cobra.Command, dir *string) {
	value, usage := env("PATCHSTREAM_SPOOL", "", "`DIR` that keeps the scan where no server takes it, and whose events go out with it")
	cmd.Flags().StringVar(dir, "spool", value, usage)
}

// addTimeout adds --timeout.
func addTimeout(cmd *cobra.Command, timeout *time.Duration) {
	cmd.Flags().DurationVar(timeout, "timeout", 30*time.Second, "`DURATION` that the server has to take an event")
}

// spoolAt returns the spool in a directory; "" is where events of this user belong.
func spoolAt(dir string) (*spool.Spool, error) {
	if dir == "" {
		var err error
		if runtime.GOOS == "windows" {
			dir, err = spoolOnWindows(os.UserCacheDir)
		} else {
			dir, err = ownSpool(os.Geteuid(), os.Getenv("XDG_STATE_HOME"), homeDir)
		}
		if err != nil {
			return nil, err
		}
	}
	return &spool.Spool{Dir: dir}, nil
}

// spoolOnWindows is in the user's own data that stay on this machine, %LocalAppData%: SYSTEM has such too.
func spoolOnWindows(local func() (string, error)) (string, error) {
	dir, err := local()
	if err != nil {
		return "", errNowhere
	}
	return filepath.Join(dir, "patchstream", "spool"), nil
}

// homeDir returns the user's own directory, also where a bare environment does not name it.
func homeDir() (string, error) {
	if dir, err := os.UserHomeDir(); err == nil {
		return dir, nil
	}
	u, err := user.Current()
	if err != nil || u.HomeDir == "" {
		return "", errors.New("no home directory")
	}
	return u.HomeDir, nil
}

// spoolThere returns a spool that is looked at. One that was never made holds nothing, which is well; where --spool names
// it, it is a slip.
func spoolThere(cmd *cobra.Command, dir string) (*spool.Spool, error) {
	if cmd.Flags().Changed("spool") && dir != "" {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			return nil, fmt.Errorf("--spool %s: this is a file: name the directory that run and scan were given", dir)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("--spool %s: there is no such directory: name the one that run and scan were given", dir)
		}
	}
	return spoolAt(dir)
}

// ownSpool follows the XDG base directories for everyone but root.
func ownSpool(uid int, state string, home func() (string, error)) (string, error) {
	switch {
	case uid == 0:
		return spoolOfRoot, nil
	case filepath.IsAbs(state):
		return filepath.Join(state, "patchstream", "spool"), nil
	}
	dir, err := home()
	if err != nil {
		return "", errNowhere
	}
	return filepath.Join(dir, ".local", "state", "patchstream", "spool"), nil
}
