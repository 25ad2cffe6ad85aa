package auth

import (
	"fmt"
	"regexp"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Role is what a user may do.
type Role string

// The roles.
const (
	Host     Role = "host"
	Worker   Role = "worker"
	Operator Role = "operator"
	Reader   Role = "reader"
	Viewer   Role = "viewer"
)

// User is somebody whom the server lets in. The name of a host is its id in the contract, that of a reader also
// the name of its consumer.
type User struct {
	Role      Role      `json:"role"`
	Name      string    `json:"name"`
	PublicKey string    `json:"public_key"`
	Created   time.Time `json:"created"`
}

var word = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Check refuses a name that would not be one in a subject, and one file in a directory.
func Check(role Role, name string) error {
	if role == Host {
		if err := messages.ValidHost(name); err != nil {
			return fmt.Errorf("host %w", err)
		}
		return nil
	}
	if !word.MatchString(name) {
		return fmt.Errorf("%s %q: a name has 1 to 64 of A-Z a-z 0-9 _ -", role, name)
	}
	return nil
}

// InboxPrefix is where the user with a public key receives replies, and nobody else.
func InboxPrefix(publicKey string) string { return "_INBOX." + publicKey }
