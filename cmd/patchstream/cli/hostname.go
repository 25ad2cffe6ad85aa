package cli

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
	roots "github.com/patchstream/patchstream/publisher/host"
)

const lookupTimeout = 3 * time.Second

// hostName is what a root's host calls itself: its fully qualified name where the resolver knows it, else its
// host name. Of another root than the machine's it is what stands in etc/hostname there, and nothing else: under this
// machine's name its scan would take the place of this machine's own.
func hostName(ctx context.Context, root string) (string, error) {
	if !machine(root) {
		if name := rootName(root); name != "" {
			return name, nil
		}
		return "", usagef("%s has no etc/hostname that names a host: say with --host whose root it is", root)
	}
	name, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("find the host's name: %w: give one with --host", err)
	}
	name = strings.TrimSuffix(name, ".")
	if !strings.Contains(name, ".") {
		ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
		defer cancel()
		canonical, err := net.DefaultResolver.LookupCNAME(ctx, name)
		name = qualified(name, canonical, err)
	}
	if err := messages.ValidHost(name); err != nil {
		return "", fmt.Errorf("the host's own name %w: give one with --host", err)
	}
	return name, nil
}

// machine reports whether a root is the machine's own.
func machine(root string) bool { return root == "" || root == "/" || filepath.Clean(root) == "/" }

// qualified returns the canonical name where it is the short one with a domain, and else the short one: a name
// that is an alias of another, or of localhost, is none of the host's.
func qualified(short, canonical string, err error) string {
	canonical = strings.TrimSuffix(canonical, ".")
	first, domain, _ := strings.Cut(canonical, ".")
	if err != nil || domain == "" || domain == "localdomain" || !strings.EqualFold(first, short) || messages.ValidHost(canonical) != nil {
		return short
	}
	return canonical
}

// rootName is what stands in a root's etc/hostname, where that is a file of the root's own and a host's name.
func rootName(root string) string {
	r, err := roots.OpenRoot(root)
	if err != nil {
		return ""
	}
	defer r.Close()
	name := r.Word("etc/hostname")
	if messages.ValidHost(name) != nil {
		return ""
	}
	return name
}
