package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/natsd"
)

// users returns the file of the server's users, "" without --auth, and the options by which its own worker is one.
func (a *app) users(o *serveOptions) (file string, worker []nats.Option, err error) {
	if o.auth == "" {
		return "", nil, nil
	}
	dir, err := auth.Open(o.auth)
	if err != nil {
		return "", nil, fmt.Errorf("--auth: %w", err)
	}
	switch renewed, err := dir.Renew(); {
	case err != nil:
		a.Warn("%s could not be renewed, and where another version wrote it some users may do less than they should: %v; run \"patchstream auth init\" as the owner of the directory", dir.File(auth.UsersFile), err)
	case renewed:
		a.Warn("%s was of another version of patchstream, or damaged, and was written anew from users.json", dir.File(auth.UsersFile))
	}
	if !o.noWorker {
		if o.worker, worker, err = ownUser(dir, auth.Worker); err != nil {
			return "", nil, err
		}
		if len(worker) == 0 {
			return "", nil, errors.New("--auth: no seed of a worker is in it: make one with \"patchstream auth worker local\", or run the server alone with --no-worker")
		}
		if _, o.operator, err = ownUser(dir, auth.Operator); err != nil {
			return "", nil, err
		}
	}
	return dir.File(auth.UsersFile), worker, nil
}

// ownUser is the first user of a role whose seed was not moved away: its public key, and the options to come as it; none where there is none.
func ownUser(dir *auth.Dir, role auth.Role) (publicKey string, opts []nats.Option, err error) {
	users, err := dir.Users()
	if err != nil {
		return "", nil, err
	}
	for _, u := range users {
		if u.Role != role {
			continue
		}
		opts, err := dial.As(dir.Seed(u))
		if !errors.Is(err, fs.ErrNotExist) {
			return u.PublicKey, opts, err
		}
	}
	return "", nil, nil
}

// checkTLS refuses half of what TLS needs, and warns of what it would be good for.
func (a *app) checkTLS(o *serveOptions) error {
	switch {
	case (o.tls.Cert == "") != (o.tls.Key == ""):
		return usagef("--tls-cert and --tls-key go together")
	case o.tls.ClientCA != "" && o.tls.Cert == "":
		return usagef("--tls-client-ca needs --tls-cert and --tls-key")
	case o.auth != "" && o.tls.Cert == "" && !natsd.Loopback(o.listen):
		a.Warn("listening on %s without TLS: nobody gets in without a key, but whoever is on the way can read and change what is sent; give --tls-cert and --tls-key", o.listen)
	}
	return nil
}

// lookForUsers is how often it is looked whether the file of users is another: who is revoked is out within two seconds.
const lookForUsers = time.Second

// reloadUsers has the server read its users again when their file has changed, and at each SIGHUP, until the context ends; what
// failed is tried again, and said once. Without users the signal ends the process, as ever. seen is the file as it was read
// before.
func reloadUsers(ctx context.Context, o *serveOptions, server *natsd.Server, file string, seen fs.FileInfo, hangups <-chan os.Signal, log zerolog.Logger) {
	if file == "" {
		return
	}
	tick := time.NewTicker(lookForUsers)
	defer tick.Stop()
	said := "" // of what failed
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			said = ""
		case <-tick.C:
			now, err := os.Stat(file)
			if err != nil || said == "" && seen != nil && os.SameFile(seen, now) && now.ModTime().Equal(seen.ModTime()) && now.Size() == seen.Size() {
				continue
			}
			seen = now
		}
		err := o.keepsOurWorker()
		if err == nil {
			err = server.Reload()
		}
		if err != nil {
			if err.Error() != said {
				log.Error().Err(err).Str("auth", o.auth).Msg("the users stay as they were; trying again")
			}
			said = err.Error()
			continue
		}
		said = ""
		log.Info().Str("auth", o.auth).Msg("read the users again")
	}
}

// keepsOurWorker refuses users among whom the worker of this process is no more: it would be locked out, and nothing
// would be consumed.
func (o *serveOptions) keepsOurWorker() error {
	if o.worker == "" {
		return nil
	}
	dir, err := auth.Open(o.auth)
	if err != nil {
		return err
	}
	users, err := dir.Users()
	if err == nil && !slices.ContainsFunc(users, func(u auth.User) bool { return u.PublicKey == o.worker }) {
		err = fmt.Errorf("the worker of this process came with the key %s, which is no user's any more: start serve again to take another", o.worker)
	}
	return err
}

// hangups takes SIGHUP from the process where there are users to be read again.
func (o *serveOptions) hangups() (c chan os.Signal, stop func()) {
	c = make(chan os.Signal, 1)
	if o.auth != "" {
		signal.Notify(c, syscall.SIGHUP)
	}
	return c, func() { signal.Stop(c) }
}
