package auth

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// apiKeysFile holds the keys of the HTTP API.
const apiKeysFile = "api-keys.json"

// The roles of a key of the HTTP API.
const (
	KeyViewer   = Viewer   // reads
	KeyOperator = Operator // writes what is a person's to decide, too
)

// APIKey is a key of the HTTP API as it is kept.
type APIKey struct {
	Name    string    `json:"name"`
	Role    Role      `json:"role"`
	Groups  []string  `json:"groups,omitempty"` // patch groups to which it is limited; none: it is not
	Created time.Time `json:"created"`

	// AccessKey names it: what a request that is signed says, and the middle of a token.
	AccessKey string `json:"access_key"`

	// TokenSum is the SHA-256 of the token, in hex: a token has 256 random bits, so that nobody finds it by trying.
	TokenSum string `json:"token_sha256"`

	// SecretKey is that of the pair, in clear: who checks a signature makes it.
	SecretKey string `json:"secret_key"`
}

// NewAPIKey is a key with what is shown of it once.
type NewAPIKey struct {
	APIKey
	Token string `json:"token"`
}

// The errors of API keys.
var (
	ErrNoKey     = errors.New("no such key")
	ErrKeyExists = errors.New("there is a key of that name already")
)

// tokenPrefix tells a token from other secrets, for people and for programs that look for secrets which were published.
const tokenPrefix = "patchstream_"

// AddAPIKey makes a key. [ErrKeyExists]: there is one of that name, which keeps its token.
func (d *Dir) AddAPIKey(name string, role Role, groups []string, now time.Time) (*NewAPIKey, error) {
	if !word.MatchString(name) {
		return nil, fmt.Errorf("key %q: a name has 1 to 64 of A-Z a-z 0-9 _ -", name)
	}
	if role != KeyViewer && role != KeyOperator {
		return nil, fmt.Errorf("role %q: it is %s or %s", role, KeyViewer, KeyOperator)
	}
	if slices.Contains(groups, "") {
		return nil, errors.New("a group is empty")
	}
	made := &NewAPIKey{APIKey: APIKey{Name: name, Role: role, Groups: groups, Created: now.UTC().Truncate(time.Second)}}
	made.AccessKey = "PSAK" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random(10))
	made.SecretKey = base64.RawStdEncoding.EncodeToString(random(30))
	made.Token = tokenPrefix + made.AccessKey + "_" + base64.RawURLEncoding.EncodeToString(random(32))
	made.TokenSum = sumOf(made.Token)
	return made, d.locked(func() error {
		keys, err := d.APIKeys()
		if err != nil {
			return err
		}
		if slices.ContainsFunc(keys, func(k APIKey) bool { return k.Name == name }) {
			return fmt.Errorf("%q: %w: revoke it first, or choose another", name, ErrKeyExists)
		}
		return d.writeAPIKeys(append(keys, made.APIKey))
	})
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

func sumOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// RevokeAPIKey removes a key. [ErrNoKey]: there is none of that name.
func (d *Dir) RevokeAPIKey(name string) error {
	return d.locked(func() error {
		keys, err := d.APIKeys()
		if err != nil {
			return err
		}
		rest := slices.DeleteFunc(slices.Clone(keys), func(k APIKey) bool { return k.Name == name })
		if len(rest) == len(keys) {
			return fmt.Errorf("%q: %w", name, ErrNoKey)
		}
		return d.writeAPIKeys(rest)
	})
}

// APIKeys returns all keys, by name.
func (d *Dir) APIKeys() ([]APIKey, error) {
	text, err := os.ReadFile(d.file(apiKeysFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var keys []APIKey
	if err := json.Unmarshal(text, &keys); err != nil {
		return nil, fmt.Errorf("%s: %w: restore it from a backup", d.file(apiKeysFile), err)
	}
	return keys, nil
}

func (d *Dir) writeAPIKeys(keys []APIKey) error {
	slices.SortFunc(keys, func(a, b APIKey) int { return strings.Compare(a.Name, b.Name) })
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetIndent("", "  ")
	if err := enc.Encode(keys); err != nil {
		return err
	}
	return d.replace(apiKeysFile, text.Bytes())
}

// KeyRing finds API keys, as they are in a directory at the time. It is safe for concurrent use.
type KeyRing struct {
	dir *Dir

	mu     sync.Mutex
	keys   []APIKey
	seen   fs.FileInfo // of the file as it was read; nil: it was not
	looked time.Time
}

// lookForKeys is how often it is looked whether the file is another: who is revoked is out within a second.
const lookForKeys = time.Second

// NewKeyRing returns the keys of a directory. It does no I/O.
func NewKeyRing(d *Dir) *KeyRing { return &KeyRing{dir: d} }

// Bearer returns the key of a token. [ErrNoKey]: there is none.
func (r *KeyRing) Bearer(token string) (APIKey, error) {
	sum := []byte(sumOf(token))
	return r.find(func(k *APIKey) bool { return subtle.ConstantTimeCompare(sum, []byte(k.TokenSum)) == 1 })
}

// AccessKey returns the key of a pair, by its public half. [ErrNoKey]: there is none.
func (r *KeyRing) AccessKey(id string) (APIKey, error) {
	return r.find(func(k *APIKey) bool { return k.AccessKey == id })
}

// Named returns the key of a name. [ErrNoKey]: there is none.
func (r *KeyRing) Named(name string) (APIKey, error) {
	return r.find(func(k *APIKey) bool { return k.Name == name })
}

func (r *KeyRing) find(is func(*APIKey) bool) (APIKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.look(); err != nil {
		return APIKey{}, err
	}
	for i := range r.keys {
		if is(&r.keys[i]) {
			return r.keys[i], nil
		}
	}
	return APIKey{}, ErrNoKey
}

// look reads the file again where it is another one. What cannot be read lets nobody in.
func (r *KeyRing) look() error {
	if r.seen != nil && time.Since(r.looked) < lookForKeys {
		return nil
	}
	now, err := os.Stat(r.dir.file(apiKeysFile))
	if errors.Is(err, fs.ErrNotExist) {
		r.keys, r.seen = nil, nil
		return nil
	}
	if err != nil {
		return err
	}
	if r.seen == nil || !os.SameFile(r.seen, now) || !now.ModTime().Equal(r.seen.ModTime()) || now.Size() != r.seen.Size() {
		if r.keys, err = r.dir.APIKeys(); err != nil {
			r.seen = nil
			return err
		}
	}
	r.seen, r.looked = now, time.Now()
	return nil
}
