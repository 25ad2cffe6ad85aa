package auth

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nats-io/nkeys"
)

// replace writes a file at one stroke: a crash leaves the old one or the new one, whole.
func (d *Dir) replace(name string, text []byte) error {
	if err := writeWhole(d.file(name), text, os.Rename); err != nil {
		return fmt.Errorf("write %s: %w", d.file(name), err)
	}
	return nil
}

// writeWhole writes and syncs a file under another name, and then has place put it where it belongs.
func writeWhole(path string, text []byte, place func(from, to string) error) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if err := asBefore(tmp, path); err != nil {
		return errors.Join(err, tmp.Close())
	}
	_, err = tmp.Write(text)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := place(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// asBefore gives a new file the mode and the owner of the one that it replaces: the server may run as somebody else.
func asBefore(f *os.File, path string) error {
	before, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = f.Chmod(before.Mode().Perm())
	}
	if err == nil {
		err = keepOwner(f, before)
	}
	return err
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// makeSeed makes a user's seed and returns its public key. A seed that is there is never replaced: it is used.
func makeSeed(path string) (publicKey string, err error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return "", err
	}
	defer pair.Wipe()
	seed, err := pair.Seed()
	if err != nil {
		return "", err
	}
	err = writeWhole(path, append(seed, '\n'), os.Link) // which, unlike a rename, replaces nothing
	if errors.Is(err, fs.ErrExist) {
		return PublicKey(path)
	}
	if err != nil {
		return "", fmt.Errorf("write the seed %s: %w", path, err)
	}
	return pair.PublicKey()
}

// PublicKey returns the public key of the user whose seed is in a file.
func PublicKey(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	pair, err := nkeys.ParseDecoratedNKey(text)
	if err != nil {
		return "", fmt.Errorf("%s is no seed of an nkey: %w", path, err)
	}
	defer pair.Wipe()
	key, err := pair.PublicKey()
	if err == nil && !nkeys.IsValidPublicUserKey(key) {
		err = fmt.Errorf("%s is the seed of an nkey, but not a user's", path)
	}
	return key, err
}
