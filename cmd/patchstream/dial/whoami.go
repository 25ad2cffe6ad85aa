package dial

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
)

// whoAmIWithin bounds how long a server is waited for that may not answer.
const whoAmIWithin = 2 * time.Second

// redacted is what a server says of who came with a token, which has no name.
const redacted = "[REDACTED]"

// UserName is as whom we came to the server: the name in our credentials, and else what the server says: the name of an operator of
// "patchstream auth", or of a user with a password. Of a key that has no name there it is the key. Empty: we came as nobody.
func (t *Target) UserName(ctx context.Context, nc *nats.Conn) string {
	if t.Creds != "" {
		if claims, err := claimsIn(t.Creds); err == nil {
			return claims.Name
		}
		return ""
	}
	name := ask(ctx, nc).userName()
	if name == "" && t.Nkey != "" {
		if key, err := auth.PublicKey(t.Nkey); err == nil {
			return keyWords(key)
		}
	}
	return name
}

// ask asks the server. It has nothing to say where its users were written by an older version, or know no such question.
func ask(ctx context.Context, nc *nats.Conn) *who {
	ctx, cancel := context.WithTimeout(ctx, whoAmIWithin)
	defer cancel()
	before := nc.ErrorHandler()
	nc.SetErrorHandler(func(nc *nats.Conn, sub *nats.Subscription, err error) {
		switch {
		case errors.Is(err, nats.ErrPermissionViolation) && strings.Contains(err.Error(), auth.UserInfo):
			cancel()
		case before != nil:
			before(nc, sub, err)
		}
	})
	defer nc.SetErrorHandler(before)
	reply, err := nc.RequestWithContext(ctx, auth.UserInfo, nil)
	if err != nil {
		return nil
	}
	var answer struct {
		Data *who `json:"data"`
	}
	if json.Unmarshal(reply.Data, &answer) != nil {
		return nil
	}
	return answer.Data
}

func keyWords(key string) string { return "key " + key }

// who is what a server says of who asks.
type who struct {
	User        string `json:"user"`
	Name        string `json:"user_name"`
	Account     string `json:"account"`
	Permissions struct {
		Subscribe struct {
			Allow []string `json:"allow"`
		} `json:"subscribe"`
	} `json:"permissions"`
}

// userName is the name in it, or what stands for one; empty where nothing was answered.
func (w *who) userName() string {
	switch {
	case w == nil:
		return ""
	case w.Name != "":
		return w.Name
	}
	if name := auth.OperatorName(w.Permissions.Subscribe.Allow); name != "" {
		return name
	}
	switch {
	case nkeys.IsValidPublicUserKey(w.User):
		return keyWords(w.User)
	case w.User == redacted:
		return ""
	}
	return w.User
}
