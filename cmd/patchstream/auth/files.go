package auth

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/nats-io/nkeys"

	"github.com/patchstream/patchstream/publisher/durable"
)

// replace writes a file at one stroke: a crash leaves the old one or the new one, whole.
func (d *Dir) replace(name string, text []byte) error {
	if err := durable.Replace(d.file(name), text); err != nil {
		return fmt.Errorf("write %s: %w", d.file(name), err)
	}
	return nil
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
	err = durable.Create(path, append(seed, '\n'))
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
		return "", fmt.Errorf("%s is no seed of an nkey (%w): \"patchstream auth\" writes them into keys/", path, err)
	}
	defer pair.Wipe()
	key, err := pair.PublicKey()
	if err == nil && !nkeys.IsValidPublicUserKey(key) {
		err = fmt.Errorf("%s is the seed of an nkey, but not a user's", path)
	}
	return key, err
}
