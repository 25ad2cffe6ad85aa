package dial

import (
	"fmt"
	"os"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
)

// identity is who we are. A flag counts for more than a variable of the environment that says otherwise.
func (t *Target) identity() (opts []nats.Option, err error) {
	if t.Creds != "" && t.Nkey != "" {
		switch {
		case t.Given("creds") == t.Given("nkey"):
			return nil, flagf("--creds and --nkey exclude each other")
		case t.Given("creds"):
			t.Nkey = ""
		default:
			t.Creds = ""
		}
	}
	switch {
	case t.Creds != "":
		if opts, err = withCreds(t.Creds); err != nil {
			return nil, fmt.Errorf("--creds %s: %w", t.Creds, err)
		}
	case t.Nkey != "":
		if opts, err = As(t.Nkey); err != nil {
			return nil, fmt.Errorf("--nkey %s: %w", t.Nkey, err)
		}
	}
	return opts, nil
}

// As says who we are by the seed in a file, and receives replies where only that user does.
func As(file string) ([]nats.Option, error) {
	key, err := auth.PublicKey(file)
	if err != nil {
		return nil, err
	}
	nkey, err := nats.NkeyOptionFromSeed(file)
	if err != nil {
		return nil, err
	}
	return []nats.Option{nkey, nats.CustomInboxPrefix(auth.InboxPrefix(key))}, nil
}

// withCreds does the same by a user's JWT and seed. The file may be replaced while we run, by one of the same user.
func withCreds(file string) ([]nats.Option, error) {
	claims, err := claimsIn(file)
	if err != nil {
		return nil, err
	}
	return []nats.Option{nats.UserCredentials(file), nats.CustomInboxPrefix(auth.InboxPrefix(claims.Subject))}, nil
}

func claimsIn(file string) (*jwt.UserClaims, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	token, err := jwt.ParseDecoratedJWT(text)
	if err != nil {
		return nil, noCredentials(err)
	}
	claims, err := jwt.DecodeUserClaims(token)
	if err != nil {
		return nil, noCredentials(err)
	}
	return claims, nil
}

func noCredentials(err error) error {
	return fmt.Errorf("no credentials of a NATS user (%w): name a file that \"nsc generate creds\" writes", err)
}
