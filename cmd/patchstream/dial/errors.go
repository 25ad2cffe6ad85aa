package dial

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrInterrupted says that the context ended: a signal, for users.
var ErrInterrupted = errors.New("interrupted")

// FlagError says that what the flags say cannot be meant as it stands.
type FlagError struct{ err error }

func flagf(format string, args ...any) error { return &FlagError{fmt.Errorf(format, args...)} }

func (e *FlagError) Error() string { return e.err.Error() }

// Unreachable makes of why there is no connection what to do about it.
func (t *Target) Unreachable(err error) error {
	var op *net.OpError
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("the certificate of the NATS server at %s is of an authority that we do not trust (%w): name its authority with --tls-ca", t.Address(), err)
	case errors.As(err, &name):
		return fmt.Errorf("the certificate of the NATS server at %s is for another name (%w): name it with --server as the certificate does", t.Address(), err)
	case errors.Is(err, nats.ErrTLS), strings.Contains(err.Error(), "remote error: tls:"):
		return fmt.Errorf("the NATS server at %s hung up (%w): it wants a certificate of ours that it trusts; give it with --tls-cert and --tls-key", t.Address(), err)
	case errors.Is(err, nats.ErrSecureConnWanted):
		return fmt.Errorf("the NATS server at %s speaks no TLS (%w): leave out tls:// and --tls-ca, or have it do so", t.Address(), err)
	case errors.Is(err, nats.ErrNoServers), errors.Is(err, nats.ErrTimeout), errors.As(err, &op), errors.As(err, &dns):
		return fmt.Errorf("no NATS server at %s: start one with \"patchstream serve\", or name another with --server", t.Address())
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired):
		return fmt.Errorf("the NATS server at %s refused us (%w): %s", t.Address(), err, t.Who())
	}
	return fmt.Errorf("connect to %s: %w: name another server with --server", t.Address(), err)
}

// Explain makes of what JetStream says what to do about it.
func (t *Target) Explain(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ErrInterrupted
	case errors.Is(err, nats.ErrPermissionViolation):
		return t.withWho(err)
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("the NATS server at %s has no JetStream: start it with -js, or name another with --server", t.Address())
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return fmt.Errorf("the NATS server at %s did not answer in time: %w", t.Address(), err)
	}
	return err
}
