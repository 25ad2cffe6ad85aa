package apt

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/patchstream/patchstream/publisher/host"
)

// apt-get -s dist-upgrade says what an upgrade would do. Lists of names stand indented below a heading:
//
//	Calculating upgrade...
//	The following packages have been kept back:
//	  curl libc6:i386 systemd
//	The following packages will be upgraded:
//	  openssl vim
//	2 upgraded, 0 newly installed, 0 to remove and 3 not upgraded.
//	Inst openssl [3.0.2-0ubuntu1.15] (3.0.2-0ubuntu1.18 Ubuntu:jammy-security [amd64])
//
// From apt 2.7 on what waits for its turn has a heading of its own, "The following upgrades have been deferred
// due to phasing:", and apt 3 has shorter ones, "Not upgrading:", where it is set to. The line with the numbers
// comes behind all lists; what follows, the order of the steps, takes apt most of the time and is not waited
// for. A native package has a bare name, one of another architecture has it behind a colon.

// keptBack asks which packages apt's own upgrade would leave as they are although it has newer ones for them:
// name, or name:arch for a foreign one. Where apt cannot work out an upgrade, as on a host with broken
// dependencies, sure is false: that is a state of the host and no failure of the scan.
func keptBack(ctx context.Context, t *toolbox) (names []string, sure bool, err error) {
	err = t.apt(ctx, func(r io.Reader) (err error) {
		names, sure, err = parseUpgrade(r)
		if sure && err == nil {
			return host.ErrEnough
		}
		return err
	}, "apt-get", "-s", "dist-upgrade")
	var failed *host.ExitError
	if errors.As(err, &failed) && failed.Code > 0 {
		return nil, false, nil
	}
	if err != nil || !sure {
		return nil, false, err
	}
	return names, true, nil
}

// parseUpgrade returns what is kept back, and whether it saw the line with the numbers.
func parseUpgrade(r io.Reader) (names []string, whole bool, err error) {
	within := false
	lines := linesOf(r)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case isKeptHeading(line):
			within = true
		case within && strings.HasPrefix(line, "  "):
			names = append(names, strings.Fields(line)...)
		case isSummary(line):
			return names, true, nil
		default:
			within = false
		}
	}
	return names, false, lines.Err()
}

func isKeptHeading(line string) bool {
	return strings.HasPrefix(line, "The following packages have been kept back:") ||
		strings.HasPrefix(line, "The following upgrades have been deferred due to phasing:") ||
		strings.HasPrefix(line, "Not upgrading")
}

// isSummary recognizes "2 upgraded, 0 newly installed, …", and the heading that apt 3 puts before its numbers.
func isSummary(line string) bool {
	if line == "Summary:" {
		return true
	}
	number, rest, _ := strings.Cut(line, " ")
	return number != "" && strings.Trim(number, "0123456789") == "" && strings.HasPrefix(rest, "upgraded, ")
}
