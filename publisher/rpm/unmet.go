package rpm

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/patchstream/patchstream/publisher/host"
)

// rpm -V says which requirements of an installed package are not met, as when the package that has them could not be
// installed in the same transaction:
//
//	Unsatisfied dependencies for acme-meta-1.1-1.noarch:
//		acme-pre = 1.1-1 is needed by (installed) acme-meta-1.1-1.noarch

// parseUnmet returns the first requirement of each package that is not met.
func parseUnmet(r io.Reader) (map[nameArch]string, error) {
	unmet := map[nameArch]string{}
	lines := linesOf(r)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		_, after, found := strings.Cut(line, " is needed by ")
		if !found {
			continue
		}
		n, ok := parseNEVRA(strings.TrimPrefix(after, "(installed) "))
		if _, twice := unmet[n.nameArch]; ok && !twice {
			unmet[n.nameArch] = strings.ToValidUTF8(line, "\uFFFD")
		}
	}
	return unmet, lines.Err()
}

// maxVerified bounds how many packages rpm is asked to verify.
const maxVerified = 5_000

// unmet asks which requirements of these versions are not met. It runs none of the packages' scripts, and reads none of
// their files.
func (t *toolbox) unmet(ctx context.Context, versions []nevra) (map[nameArch]string, error) {
	if len(versions) == 0 {
		return nil, nil
	}
	args := []string{"-V", "--nofiles", "--noscripts", "--nodigest", "--nosignature"}
	for _, n := range versions[:min(len(versions), maxVerified)] {
		args = append(args, n.name+"-"+n.evr+"."+n.arch)
	}
	var said bytes.Buffer
	err := t.tool("rpm", args...).Run(ctx, func(r io.Reader) error {
		_, err := io.Copy(&said, io.LimitReader(r, maxLineBytes))
		return err
	})
	var found *host.ExitError
	if err != nil && !errors.As(err, &found) { // 1: there is something to say
		return nil, err
	}
	return parseUnmet(&said)
}
