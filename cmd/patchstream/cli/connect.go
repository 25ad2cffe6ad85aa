package cli

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/messages"
)

// connection says which NATS server to talk to, and as whom.
type connection struct {
	server                       string
	creds, nkey, ca, cert, keyOf string
	name                         string // of the connection, for the server's own lists
	given                        func(flag string) bool
}

// addConnection adds the flags of a command that talks to NATS.
func addConnection(cmd *cobra.Command) *connection {
	c := &connection{}
	f := cmd.Flags()
	value, usage := env("NATS_URL", nats.DefaultURL, "`URL` of the NATS server")
	f.StringVar(&c.server, "server", value, usage)
	f.Lookup("server").DefValue = c.address()
	file := func(to *string, flag, variable, usage string) {
		value, usage := env(variable, "", "`FILE` with "+usage)
		f.StringVar(to, flag, value, usage)
	}
	file(&c.creds, "creds", "NATS_CREDS", "NATS credentials")
	file(&c.nkey, "nkey", "NATS_NKEY", "the seed of an nkey")
	file(&c.ca, "tls-ca", "NATS_CA", "the certificate authority of the server")
	file(&c.cert, "tls-cert", "NATS_CERT", "our certificate")
	file(&c.keyOf, "tls-key", "NATS_KEY", "the key of our certificate")
	c.given = f.Changed
	cmd.PreRun = func(cmd *cobra.Command, _ []string) { c.name = cmd.CommandPath() }
	return c
}

// open connects. The error says in one line what to do about it.
func (c *connection) open(more ...nats.Option) (*nats.Conn, error) {
	opts, err := c.options()
	if err != nil {
		return nil, err
	}
	nc, err := nats.Connect(c.server, append(opts, more...)...)
	if err != nil {
		return nil, c.explain(err)
	}
	return nc, nil
}

// connectWithin bounds the way to one server, TLS included.
const connectWithin = 5 * time.Second

func (c *connection) options() ([]nats.Option, error) {
	if strings.Trim(c.server, ", ") == "" {
		return nil, usagef("--server is empty: give it a URL, or leave it out")
	}
	for _, one := range strings.Split(c.server, ",") {
		if one = strings.TrimSpace(one); one != "" && !isServer(one) {
			return nil, usagef("--server %s is no address of a NATS server, such as nats://127.0.0.1:4222", c.address())
		}
	}
	if (c.cert == "") != (c.keyOf == "") {
		return nil, usagef("--tls-cert and --tls-key go together")
	}
	if err := checkKeyFiles(c.creds, c.nkey, c.ca, c.cert, c.keyOf); err != nil {
		return nil, err
	}
	who, err := c.identity()
	if err != nil {
		return nil, err
	}
	trust, err := c.trust()
	return slices.Concat([]nats.Option{nats.Name(c.name), nats.Timeout(connectWithin)}, who, trust), err
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

// trust is how the server knows itself to us by TLS, and we to it.
func (c *connection) trust() (opts []nats.Option, err error) {
	if c.ca != "" {
		text, err := os.ReadFile(c.ca)
		if err != nil {
			return nil, err
		}
		if !x509.NewCertPool().AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--tls-ca %s: there is no certificate in it, in PEM", c.ca)
		}
		opts = append(opts, nats.RootCAs(c.ca))
	}
	if c.cert != "" {
		if _, err := tls.LoadX509KeyPair(c.cert, c.keyOf); err != nil {
			return nil, fmt.Errorf("--tls-cert %s and --tls-key %s: %w", c.cert, c.keyOf, err)
		}
		opts = append(opts, nats.ClientCert(c.cert, c.keyOf))
	}
	return opts, nil
}

func (c *connection) explain(err error) error {
	var op *net.OpError
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("the certificate of the NATS server at %s is of an authority that we do not trust (%w): name its authority with --tls-ca", c.address(), err)
	case errors.As(err, &name):
		return fmt.Errorf("the certificate of the NATS server at %s is for another name (%w): name it with --server as the certificate does", c.address(), err)
	case errors.Is(err, nats.ErrTLS), strings.Contains(err.Error(), "remote error: tls:"):
		return fmt.Errorf("the NATS server at %s hung up (%w): it wants a certificate of ours that it trusts; give it with --tls-cert and --tls-key", c.address(), err)
	case errors.Is(err, nats.ErrSecureConnWanted):
		return fmt.Errorf("the NATS server at %s speaks no TLS (%w): leave out tls:// and --tls-ca, or have it do so", c.address(), err)
	case errors.Is(err, nats.ErrNoServers), errors.Is(err, nats.ErrTimeout), errors.As(err, &op), errors.As(err, &dns):
		return fmt.Errorf("no NATS server at %s: start one with \"patchstream serve\", or name another with --server", c.address())
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired):
		return fmt.Errorf("the NATS server at %s refused us (%w): %s", c.address(), err, c.who())
	}
	return fmt.Errorf("connect to %s: %w: name another server with --server", c.address(), err)
}

// named reports whether somebody said which server to talk to.
func (c *connection) named() bool { return c.given("server") || os.Getenv("NATS_URL") != "" }

// address is the URL without a password in it.
func (c *connection) address() string {
	urls := strings.Split(c.server, ",")
	for i, u := range urls {
		u = strings.TrimSpace(u)
		if parsed, err := url.Parse(u); err == nil {
			u = parsed.Redacted()
		}
		urls[i] = u
	}
	return strings.Join(urls, ",")
}

// jetstream connects and hands JetStream to do. The connection lives as long as do.
func (c *connection) jetstream(ctx context.Context, do func(context.Context, jetstream.JetStream) error) error {
	running, give := context.WithCancelCause(ctx)
	defer give(nil)
	// A publisher sends a full scan where it cannot see whether one is asked for, and waits where it cannot see why
	// nobody takes its events.
	nc, err := c.open(c.onDenied(give, messages.ResendSubject(""), ".STREAM.INFO."+messages.StreamEvents))
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	return c.judge(ctx, deniedOr(running, do(running, js)))
}

// deniedOr returns why a context was cut short, where the server did that by refusing us, and err otherwise.
func deniedOr(running context.Context, err error) error {
	var denied *deniedError
	if err != nil && !errors.Is(err, nats.ErrPermissionViolation) && errors.As(context.Cause(running), &denied) {
		return denied
	}
	return err
}

// judge turns what JetStream says into what to do about it.
func (c *connection) judge(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return errInterrupted
	case errors.Is(err, nats.ErrPermissionViolation):
		return c.withWho(err)
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("the NATS server at %s has no JetStream: start it with -js, or name another with --server", c.address())
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return fmt.Errorf("the NATS server at %s did not answer in time: %w", c.address(), err)
	}
	return err
}
