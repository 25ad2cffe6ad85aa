package dial

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/nats-io/nats.go"
)

// trust is how the server knows itself to us by TLS, and we to it.
func (t *Target) trust() (opts []nats.Option, err error) {
	if t.CA != "" {
		text, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, err
		}
		if !x509.NewCertPool().AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--tls-ca %s: there is no certificate in it, in PEM", t.CA)
		}
		opts = append(opts, nats.RootCAs(t.CA))
	}
	if t.Cert != "" {
		if _, err := tls.LoadX509KeyPair(t.Cert, t.Key); err != nil {
			return nil, fmt.Errorf("--tls-cert %s and --tls-key %s: %w", t.Cert, t.Key, err)
		}
		opts = append(opts, nats.ClientCert(t.Cert, t.Key))
	}
	return opts, nil
}
