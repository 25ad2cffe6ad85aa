package natsd

import (
	"fmt"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// own is the server's own user, of the account where JetStream is. Its key never leaves the process.
type own struct {
	key    nkeys.KeyPair
	public string
}

func newOwn() (*own, error) {
	key, err := nkeys.CreateUser()
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	public, err := key.PublicKey()
	return &own{key, public}, err
}

// add lets the user in, where others need to be let in.
func (o *own) add(opts *server.Options) {
	for _, account := range opts.Accounts {
		if account.Name == usersAccount {
			opts.Nkeys = append(opts.Nkeys, &server.NkeyUser{Nkey: o.public, Account: account})
		}
	}
}

// options are those of a connection to a server that has a file of users, or none.
func (o *own) options(users string) []nats.Option {
	if users == "" {
		return nil
	}
	return []nats.Option{nats.Nkey(o.public, o.key.Sign)}
}
