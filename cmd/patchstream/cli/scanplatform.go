package cli

import (
	"context"
	"errors"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/mac"
)

var (
	errScanOnWindows = errors.New("scan does not ask Windows itself: docs/examples/windows/patchstream-wua.ps1 asks the Windows Update Agent and writes a dump; then patchstream scan --from wua.json")
	errRunOnWindows  = errors.New("run looks at apt, dnf, yum and zypper: on Windows the update agent's own history tells what was installed and what failed, and patchstream scan --from wua.json publishes it")
	errRunOnMacOS    = errors.New("run looks at apt, dnf, yum and zypper: on macOS install with softwareupdate, and then patchstream scan publishes what has come of it")
)

// scanHere scans the machine as its system asks for, and other roots as what is in them does.
func (a *app) scanHere(ctx context.Context, goos, root string) (*messages.Scan, error) {
	switch {
	case goos == "windows":
		return nil, errScanOnWindows
	case goos == "darwin" && machine(root):
		d, err := mac.Collect(ctx, a.now)
		if err != nil {
			return nil, err
		}
		return d.Scan(), nil
	}
	return a.scanOf(ctx, root)
}

// runnable returns why no patch command is followed on a system.
func runnable(goos string) error {
	switch goos {
	case "windows":
		return errRunOnWindows
	case "darwin":
		return errRunOnMacOS
	}
	return nil
}
