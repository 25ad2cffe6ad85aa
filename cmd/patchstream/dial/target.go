package dial

import (
	"cmp"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
)

// Target says which NATS server to talk to, and as whom. It is for one caller at a time.
type Target struct {
	Server string // URL, or several with commas
	Creds  string // file of credentials; empty: none, as for the others
	Nkey   string // file of a seed
	CA     string // file with the authority of the server's certificate, in PEM
	Cert   string // file of our certificate
	Key    string // file of its key
	Name   string // of the connection, for the server's own lists: the command that makes it

	// For is who may do what we do there, the least first; none: it is not known.
	For []auth.Role

	// Given reports whether a flag, as creds, was on the command line; else its value is the environment's or the default.
	Given func(flag string) bool
}

// Open connects. The error says in one line what to do about it.
func (t *Target) Open(more ...nats.Option) (*nats.Conn, error) {
	opts, err := t.options()
	if err != nil {
		return nil, err
	}
	nc, err := nats.Connect(t.Server, append(opts, more...)...)
	if err != nil {
		return nil, t.Unreachable(err)
	}
	return nc, nil
}

// Check returns the error of what can be known to be wrong without a connection.
func (t *Target) Check() error {
	_, err := t.options()
	return err
}

// connectWithin bounds the way to one server, TLS included.
const connectWithin = 5 * time.Second

func (t *Target) options() ([]nats.Option, error) {
	if strings.Trim(t.Server, ", ") == "" {
		return nil, flagf("--server is empty: give it a URL, or leave it out")
	}
	for _, one := range strings.Split(t.Server, ",") {
		if one = strings.TrimSpace(one); one != "" && !isServer(one) {
			return nil, flagf("--server %s is no address of a NATS server, such as nats://127.0.0.1:4222", t.Address())
		}
	}
	if (t.Cert == "") != (t.Key == "") {
		return nil, flagf("--tls-cert and --tls-key go together")
	}
	if err := CheckKeyFiles(t.Creds, t.Nkey, t.CA, t.Cert, t.Key); err != nil {
		return nil, err
	}
	who, err := t.identity()
	if err != nil {
		return nil, err
	}
	trust, err := t.trust()
	return slices.Concat([]nats.Option{nats.Name(t.Name), nats.Timeout(connectWithin)}, who, trust), err
}

// isServer reports whether a URL, or a host with or without a port, may be that of a NATS server.
func isServer(text string) bool {
	if !strings.Contains(text, "://") {
		text = "nats://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
		return false
	}
	_, err = strconv.ParseUint(cmp.Or(u.Port(), "0"), 10, 16)
	return err == nil
}

// Named reports whether somebody said which server to talk to.
func (t *Target) Named() bool { return t.Given("server") || os.Getenv("NATS_URL") != "" }

// namesUser reports whether a URL of the server has a user in it.
func (t *Target) namesUser() bool {
	return slices.ContainsFunc(strings.Split(t.Server, ","), func(u string) bool {
		parsed, err := url.Parse(strings.TrimSpace(u))
		return err == nil && parsed.User != nil
	})
}

// Address is the URL without a password in it.
func (t *Target) Address() string {
	urls := strings.Split(t.Server, ",")
	for i, u := range urls {
		u = strings.TrimSpace(u)
		if parsed, err := url.Parse(u); err == nil {
			u = parsed.Redacted()
		}
		urls[i] = u
	}
	return strings.Join(urls, ",")
}
