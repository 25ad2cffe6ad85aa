package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/patchstream/patchstream/publisher/durable"
)

// The files of a directory.
const (
	ServerFile = "nats-server.conf" // for nats-server
	UsersFile  = "auth.conf"        // included by it, and read alone by the embedded server

	recordFile = "users.json"
	lockFile   = ".lock"
	keysDir    = "keys"
)

// The errors of a [Dir].
var (
	ErrNoDir  = errors.New("there is no users.json in it: write one with \"patchstream auth init\"")
	ErrNoUser = errors.New("no such user")
)

// Dir is a directory of users. Two processes may use it at a time: each change is made under a lock.
type Dir struct{ path string }

// Init makes a directory, of mode 0700 where it is not there, with a server configuration that listens on an address and knows nobody.
// In one that was made before it keeps everything, but for a file of users of another version ([Dir.Renew]), and returns made false.
func Init(path, listen string) (d *Dir, made bool, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return nil, false, err
	}
	d = &Dir{path}
	if err := os.MkdirAll(filepath.Join(path, keysDir), 0o700); err != nil {
		return nil, false, err
	}
	err = d.locked(func() error {
		if _, err := d.renew(); !errors.Is(err, ErrNoDir) {
			return err
		}
		made = true
		if _, err := os.Stat(d.file(ServerFile)); errors.Is(err, fs.ErrNotExist) {
			if err := d.replace(ServerFile, serverConfig(listen, filepath.Join(path, "jetstream"))); err != nil {
				return err
			}
		}
		return d.write([]User{})
	})
	return d, made, err
}

// Open returns a directory that [Init] made, or [ErrNoDir].
func Open(path string) (*Dir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	d := &Dir{path}
	_, err = d.read()
	return d, err
}

// Renew writes the file of users anew where it is not what this version makes of them: one that an older version wrote knows
// less of what each may do. It returns whether it was.
func (d *Dir) Renew() (renewed bool, err error) {
	err = d.locked(func() (err error) {
		renewed, err = d.renew()
		return err
	})
	return renewed, err
}

func (d *Dir) renew() (renewed bool, err error) {
	users, err := d.read()
	if err != nil {
		return false, err
	}
	text := config(users)
	if old, err := os.ReadFile(d.file(UsersFile)); err == nil && bytes.Equal(old, text) {
		return false, nil
	}
	return true, d.replace(UsersFile, text)
}

// Users returns all users, by role and name.
func (d *Dir) Users() ([]User, error) { return d.read() }

// Add makes users of a role, with a seed for each, and returns them all; those that were there before keep their
// keys, and are not in added. A seed without a user, which a crash leaves, is taken for the user it was made for.
func (d *Dir) Add(role Role, names []string, now time.Time) (all, added []User, err error) {
	for _, name := range names {
		if err := Check(role, name); err != nil {
			return nil, nil, err
		}
	}
	err = d.locked(func() error {
		users, err := d.read()
		if err != nil {
			return err
		}
		for _, name := range names {
			if i := find(users, role, name); i >= 0 {
				all = append(all, users[i])
				continue
			}
			u := User{Role: role, Name: name, Created: now.UTC().Truncate(time.Second)}
			if u.PublicKey, err = makeSeed(d.Seed(u)); err != nil {
				return err
			}
			users, all, added = append(users, u), append(all, u), append(added, u)
		}
		return d.write(users)
	})
	return all, added, err
}

// Revoke removes a user and its seed. [ErrNoUser]: there is none. The server lets it in until it reads the
// configuration again.
func (d *Dir) Revoke(role Role, name string) error {
	return d.locked(func() error {
		users, err := d.read()
		if err != nil {
			return err
		}
		i := find(users, role, name)
		if i < 0 {
			return fmt.Errorf("%s %q: %w", role, name, ErrNoUser)
		}
		// Before the user, so that no seed is left that a user of the same name would be given again.
		if err := os.Remove(d.Seed(users[i])); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := durable.SyncDir(filepath.Join(d.path, keysDir)); err != nil {
			return err
		}
		return d.write(slices.Delete(users, i, i+1))
	})
}

// Seed is the file with a user's seed, where it was not moved away.
func (d *Dir) Seed(u User) string {
	return filepath.Join(d.path, keysDir, string(u.Role)+"-"+u.Name+".nk")
}

// File is the path of one of the files.
func (d *Dir) File(name string) string { return d.file(name) }

func (d *Dir) file(name string) string { return filepath.Join(d.path, name) }

func find(users []User, role Role, name string) int {
	return slices.IndexFunc(users, func(u User) bool { return u.Role == role && u.Name == name })
}

func (d *Dir) locked(do func() error) error {
	lock := flock.New(d.file(lockFile), flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("lock %s: %w", d.path, err)
	}
	defer func() { _ = lock.Unlock() }()
	return do()
}

func (d *Dir) read() ([]User, error) {
	if info, err := os.Stat(d.path); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is a file: name the directory that \"patchstream auth init\" made", d.path)
	}
	text, err := os.ReadFile(d.file(recordFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", d.path, ErrNoDir)
	}
	if err != nil {
		return nil, err
	}
	var users []User
	if err := json.Unmarshal(text, &users); err != nil {
		return nil, fmt.Errorf("%s: %w: restore it from a backup", d.file(recordFile), err)
	}
	return users, nil
}

// write replaces users.json, then what is made from it. A crash in between is mended by the next change; until
// then the server knows the users as they were.
func (d *Dir) write(users []User) error {
	slices.SortFunc(users, func(a, b User) int {
		return strings.Compare(string(a.Role)+"/"+a.Name, string(b.Role)+"/"+b.Name)
	})
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetIndent("", "  ")
	if err := enc.Encode(users); err != nil {
		return err
	}
	if err := d.replace(recordFile, text.Bytes()); err != nil {
		return err
	}
	return d.replace(UsersFile, config(users))
}
