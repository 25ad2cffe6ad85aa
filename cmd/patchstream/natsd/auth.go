package natsd

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/nats-io/nats-server/v2/server"
)

// withUsers returns the options that a file of accounts and users gives, and those without any where it is empty.
func withUsers(file string) (*server.Options, error) {
	if file == "" {
		return &server.Options{}, nil
	}
	if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("%w: write it with \"patchstream auth init\"", err)
	}
	opts, err := server.ProcessConfigFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the users: %w: mend it, or have \"patchstream auth\" write it anew", err)
	}
	if len(opts.Nkeys) == 0 && len(opts.Users) == 0 {
		return nil, fmt.Errorf("%s lets nobody in: add users with \"patchstream auth worker\" and \"patchstream auth host\"", file)
	}
	return opts, nil
}

// TLS is what the listener shows to clients, and asks of them. The zero value: it speaks plainly.
type TLS struct {
	Cert, Key string // files, PEM
	ClientCA  string // file with the authority of the clients' certificates, which they must then show; "": they need none
}

func (t TLS) apply(opts *server.Options) error {
	if t == (TLS{}) {
		return nil
	}
	config, err := server.GenTLSConfig(&server.TLSConfigOpts{CertFile: t.Cert, KeyFile: t.Key, CaFile: t.ClientCA, Verify: t.ClientCA != ""})
	if err != nil {
		return fmt.Errorf("TLS: %w", err)
	}
	opts.TLS, opts.TLSConfig, opts.TLSVerify = true, config, t.ClientCA != ""
	opts.TLSTimeout = tlsTimeout
	return nil
}

const tlsTimeout = 5 // seconds

// The directories of accounts below a store.
const (
	globalAccount  = "$G" // of a server without users
	usersAccount   = "PATCH"
	hostsAccount   = "HOSTS" // it has no store
	readersAccount = "READERS"
	viewersAccount = "VIEWERS"
)

// sameAccount refuses to begin anew, in another account, on a store whose streams belong to the one of a server
// with users, or without.
func sameAccount(store, users string) error {
	mine, other, change := globalAccount, usersAccount, "with --auth"
	if users != "" {
		mine, other, change = usersAccount, globalAccount, "without --auth"
	}
	dir := func(account string) string { return filepath.Join(store, "jetstream", account) }
	if _, err := os.Stat(filepath.Join(dir(other), "streams")); err != nil {
		return nil
	}
	if _, err := os.Stat(filepath.Join(dir(mine), "streams")); err == nil {
		return nil
	}
	return fmt.Errorf("the store %s was filled %s, and would look empty: move its streams with \"mv '%s' '%s'\", or name another with --store",
		store, change, dir(other), dir(mine))
}
