package dial

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
)

// Trust is how an API knows itself to us by TLS, and we to it. What is empty is as on the machine.
type Trust struct {
	CA        string // file with the authority of its certificate
	Cert, Key string // files of our certificate and its key
}

// HTTPS returns a client of an API. It sets no limit on the time of an answer.
func HTTPS(t Trust) (*http.Client, error) {
	if (t.Cert == "") != (t.Key == "") {
		return nil, flagf("--api-cert and --api-cert-key go together")
	}
	if err := CheckKeyFiles(t.CA, t.Cert, t.Key); err != nil {
		return nil, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CA != "" {
		text, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--api-ca %s: there is no certificate in it, in PEM", t.CA)
		}
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, fmt.Errorf("--api-cert %s and --api-cert-key %s: %w", t.Cert, t.Key, err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = config
	return &http.Client{Transport: transport}, nil
}
