package dial

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
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
		return fmt.Errorf("the certificate of the NATS server at %s is of an authority that we do not trust: name its authority with --tls-ca", t.Address())
	case errors.As(err, &name):
		return fmt.Errorf("the certificate of the NATS server at %s is for another name (%w): name it with --server as the certificate does", t.Address(), err)
	case errors.Is(err, nats.ErrTLS), strings.Contains(err.Error(), "remote error: tls:"):
		return fmt.Errorf("the NATS server at %s hung up (%w): it wants a certificate of ours that it trusts; give it with --tls-cert and --tls-key", t.Address(), err)
	case errors.Is(err, nats.ErrSecureConnWanted):
		return fmt.Errorf("the NATS server at %s speaks no TLS (%w): leave out tls:// and --tls-ca, or have it do so", t.Address(), err)
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Errorf("the name %s of the NATS server at %s does not resolve: check how it is spelled and the resolver, or name another with --server", dns.Name, t.Address())
	case errors.As(err, &dns):
		return fmt.Errorf("the resolver did not say where the NATS server at %s is (%w): try again, or name it with --server by its address", t.Address(), dns)
	case noNATS(err):
		return fmt.Errorf("what listens at %s does not speak NATS (%w): check the port in --server; NATS has 4222 by default, and 8222 and 8420 are for HTTP", t.Address(), err)
	case errors.Is(err, nats.ErrNoServers), errors.Is(err, nats.ErrTimeout), errors.As(err, &op):
		return fmt.Errorf("no NATS server at %s: start one with \"patchstream serve\", or name another with --server", t.Address())
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired):
		return fmt.Errorf("the NATS server at %s refused us (%w): %s", t.Address(), err, t.howToCome())
	}
	return fmt.Errorf("connect to %s: %w: name another server with --server", t.Address(), err)
}

// noNATS reports whether a connection came about, and what is at its other end said nothing, hung up, or said no INFO.
func noNATS(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "read" && op.Timeout() || errors.Is(err, io.EOF) || err.Error() == "EOF" ||
		errors.Is(err, nats.ErrNoInfoReceived) || strings.Contains(err.Error(), "INFO not received")
}

// What JetStream says of a stream or an account that takes no more.
const (
	codeNotStored        jetstream.ErrorCode = 10077 // and why: one of the stream's limits
	codeNoResources      jetstream.ErrorCode = 10023
	codeNoStorage        jetstream.ErrorCode = 10047
	codeOfAccountExceeds jetstream.ErrorCode = 10002
)

func (t *Target) full(err error) error {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return nil
	}
	switch api.ErrorCode {
	case codeNotStored:
		return fmt.Errorf("a stream at %s is at its limit (%s): %w: see that a worker runs and takes what waits, or raise the limit (\"nats stream report\" shows which one, \"nats stream edit\" raises it)",
			t.Address(), api.Description, err)
	case codeNoResources, codeNoStorage, codeOfAccountExceeds:
		return fmt.Errorf("the NATS server at %s has no room left for its streams (%s): %w: give it more disk, or more by max_file_store", t.Address(), api.Description, err)
	}
	return nil
}

// Explain makes of what JetStream says what to do about it.
func (t *Target) Explain(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ErrInterrupted
	case errors.Is(err, nats.ErrPermissionViolation):
		return t.Denied(err)
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("the NATS server at %s has no JetStream: start it with -js, or name another with --server", t.Address())
	case t.full(err) != nil:
		return t.full(err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return fmt.Errorf("the NATS server at %s did not answer in time: %w", t.Address(), err)
	}
	return err
}
