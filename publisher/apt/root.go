package apt

import (
	"errors"
	"fmt"
	"strings"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// openRoot opens a root that apt can be pointed at. Close it.
func openRoot(dir string) (*host.Root, error) {
	r, err := host.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	if !r.IsMachine() && strings.ContainsAny(r.Dir(), "\"\n") {
		r.Close()
		return nil, fmt.Errorf("root %q: apt's configuration cannot name such a path", r.Dir())
	}
	return r, nil
}

// identify says which operating system the root holds. One that does not say so matches [ErrNoApt].
func identify(r *host.Root) (messages.OS, error) {
	named, err := host.Identify(r)
	var unidentified *host.UnidentifiedError
	if errors.As(err, &unidentified) {
		err = fmt.Errorf("%w: %w", ErrNoApt, err)
	}
	return named, err
}
