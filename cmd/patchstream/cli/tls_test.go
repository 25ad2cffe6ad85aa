package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// authority is a certificate authority of a test's own.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{t: t}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert = template
	a.file, _ = a.issue(template)
	return a
}

// issue makes a key and a certificate for it, and returns their files.
func (a *authority) issue(template *x509.Certificate) (cert, key string) {
	a.t.Helper()
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	signer := a.key
	if signer == nil { // its own certificate
		a.key, signer = private, private
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &private.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		a.t.Fatal(err)
	}
	dir := a.t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	return cert, key
}

// leaf issues a certificate for a server on loopback, or for a client.
func (a *authority) leaf(name string, use x509.ExtKeyUsage) (cert, key string) {
	a.t.Helper()
	return a.issue(&x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{use}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	})
}

var readyTLS = regexp.MustCompile(`^ready nats=(tls://127\.0\.0\.1:\d+) http=`)

// serveTLS starts a server that speaks TLS.
func serveTLS(t *testing.T, args ...string) *server {
	t.Helper()
	p := start(t, append([]string{"serve", "--store", t.TempDir(), "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"}, args...)...)
	l := p.line(t)
	m := readyTLS.FindStringSubmatch(l)
	if m == nil {
		t.Fatalf("the ready line is %q", l)
	}
	return &server{process: p, nats: m[1]}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	ca, stranger := newAuthority(t, "ours"), newAuthority(t, "somebody else's")
	cert, key := ca.leaf("server", x509.ExtKeyUsageServerAuth)
	s := serveTLS(t, "--tls-cert", cert, "--tls-key", key)
	must(t, s.ask(t, "status", "--tls-ca", ca.file))
	must(t, s.ask(t, "publish", "scan", fresh(t, "scan.json", "", time.Minute), "--tls-ca", ca.file))
	seen := start(t, "watch", "--server", s.nats, "--tls-ca", ca.file, "--all")
	seen.lineWith(t, host, "openssl.amd64", "MISSING")
	s.ask(t, "status").wants(t, exitFailed, "an authority that we do not trust", "--tls-ca")
	s.ask(t, "status", "--tls-ca", stranger.file).wants(t, exitFailed, "an authority that we do not trust", "--tls-ca")
	s.ask(t, "status", "--tls-ca", key).wants(t, exitFailed, "--tls-ca")
	elsewhere := strings.Replace(s.nats, "127.0.0.1", "localhost", 1)
	live(t, "status", "--server", elsewhere, "--tls-ca", ca.file).wants(t, exitFailed, "is for another name", "--server")
	plain := serve(t, t.TempDir(), "--no-worker")
	live(t, "status", "--server", strings.Replace(plain.nats, "nats:", "tls:", 1)).wants(t, exitFailed, "speaks no TLS")
	seen.stop(t, os.Interrupt)
	s.stop(t, syscall.SIGTERM)
}

func TestMutualTLS(t *testing.T) {
	t.Parallel()
	ca, stranger := newAuthority(t, "ours"), newAuthority(t, "somebody else's")
	cert, key := ca.leaf("server", x509.ExtKeyUsageServerAuth)
	dir := filepath.Join(t.TempDir(), "auth")
	must(t, live(t, "auth", "init", "--dir", dir))
	s := serveTLS(t, "--auth", dir, "--tls-cert", cert, "--tls-key", key, "--tls-client-ca", ca.file)
	ourCert, ourKey := ca.leaf("client", x509.ExtKeyUsageClientAuth)
	as := []string{"status", "--tls-ca", ca.file, "--nkey", filepath.Join(dir, "keys", "operator-admin.nk")}
	must(t, s.ask(t, append(as, "--tls-cert", ourCert, "--tls-key", ourKey)...))
	s.ask(t, as...).wants(t, exitFailed, "hung up", "a certificate of ours that it trusts", "--tls-cert")
	theirCert, theirKey := stranger.leaf("client", x509.ExtKeyUsageClientAuth)
	s.ask(t, append(as, "--tls-cert", theirCert, "--tls-key", theirKey)...).wants(t, exitFailed, "hung up", "a certificate of ours that it trusts", "--tls-cert")
	s.ask(t, append(as[:3], "--tls-cert", ourCert, "--tls-key", ourKey)...).wants(t, exitFailed, "refused us", "--nkey")
	s.ask(t, append(as[:3], "--tls-cert", ourCert, "--tls-key", theirKey)...).wants(t, exitFailed, "--tls-cert")
}

// A new certificate is shown from the next SIGHUP on.
func TestACertificateIsRenewedWithoutARestart(t *testing.T) {
	t.Parallel()
	first, second := newAuthority(t, "first"), newAuthority(t, "second")
	cert, key := first.leaf("server", x509.ExtKeyUsageServerAuth)
	dir := filepath.Join(t.TempDir(), "auth")
	must(t, live(t, "auth", "init", "--dir", dir))
	s := serveTLS(t, "--auth", dir, "--tls-cert", cert, "--tls-key", key)
	g := &gate{s, dir}
	must(t, g.as(t, "operator-admin", "status", "--tls-ca", first.file))
	newCert, newKey := second.leaf("server", x509.ExtKeyUsageServerAuth)
	for from, to := range map[string]string{newCert: cert, newKey: key} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	g.hangup(t, "read the users again")
	must(t, g.as(t, "operator-admin", "status", "--tls-ca", second.file))
	g.as(t, "operator-admin", "status", "--tls-ca", first.file).wants(t, exitFailed, "do not trust")
}

var readyHTTPS = regexp.MustCompile(`^ready nats=(\S+) http=(https://127\.0\.0\.1:\d+)$`)

// serveHTTPS starts a server whose HTTP speaks TLS.
func serveHTTPS(t *testing.T, args ...string) *server {
	t.Helper()
	p := start(t, append([]string{"serve", "--store", t.TempDir(), "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"}, args...)...)
	l := p.line(t)
	m := readyHTTPS.FindStringSubmatch(l)
	if m == nil {
		t.Fatalf("the ready line is %q", l)
	}
	return &server{process: p, nats: m[1], http: m[2]}
}

func TestHTTPS(t *testing.T) {
	t.Parallel()
	ca, stranger := newAuthority(t, "ours"), newAuthority(t, "somebody else's")
	cert, key := ca.leaf("server", x509.ExtKeyUsageServerAuth)
	s := serveHTTPS(t, "--http-cert", cert, "--http-key", key)
	must(t, s.ask(t, "publish", "scan", write(t, "scan.json", compliantScan("web-1", time.Now()))))
	s.knows(t, 1)
	api := []string{"--api", s.http, "--api-ca", ca.file}
	if got := must(t, live(t, append(api, "status")...)); !strings.Contains(got, "web-1") {
		t.Error(got)
	}
	seen := start(t, append(api, "watch", "--all")...)
	seen.lineWith(t, "web-1", "COMPLIANT")
	live(t, "status", "--api", s.http).wants(t, exitFailed, "an authority that we do not trust", "--api-ca")
	live(t, "status", "--api", s.http, "--api-ca", stranger.file).wants(t, exitFailed, "--api-ca")
	live(t, "status", "--api", strings.Replace(s.http, "127.0.0.1", "localhost", 1), "--api-ca", ca.file).wants(t, exitFailed, "is for another name")
	plain := serve(t, t.TempDir())
	live(t, "status", "--api", strings.Replace(plain.http, "http:", "https:", 1)).wants(t, exitFailed, "speaks no TLS")
	live(t, "status", "--api", strings.Replace(plain.nats, "nats:", "http:", 1)).wants(t, exitFailed, "does not speak HTTP: check the port in --api")
	live(t, "status", "--api", "http://127.0.0.1:1").wants(t, exitFailed, "no API answers", "--api")

	second := newAuthority(t, "second") // is shown without a restart, and without a signal
	newCert, newKey := second.leaf("server", x509.ExtKeyUsageServerAuth)
	for from, to := range map[string]string{newCert: cert, newKey: key} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, func() bool { return live(t, "status", "--api", s.http, "--api-ca", second.file).code == exitDone }, "the new certificate is shown")
	if err := os.WriteFile(cert, []byte("none"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.signal(t, syscall.SIGHUP)
	s.says(t, "stays as it was")
	must(t, live(t, "status", "--api", s.http, "--api-ca", second.file))
	seen.stop(t, os.Interrupt)
	s.stop(t, syscall.SIGTERM)
}

func TestMutualHTTPS(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "ours")
	cert, key := ca.leaf("server", x509.ExtKeyUsageServerAuth)
	s := serveHTTPS(t, "--http-cert", cert, "--http-key", key, "--http-client-ca", ca.file)
	ourCert, ourKey := ca.leaf("client", x509.ExtKeyUsageClientAuth)
	api := []string{"status", "--api", s.http, "--api-ca", ca.file}
	must(t, live(t, append(api, "--api-cert", ourCert, "--api-cert-key", ourKey)...))
	live(t, api...).wants(t, exitFailed, "hung up", "--api-cert")
	live(t, append(api, "--api-cert", ourCert)...).wants(t, exitUsage, "--api-cert-key")
}

// What others reach is not served in clear, unless somebody says that it may be.
func TestHTTPThatOthersReachIsNotServedInClear(t *testing.T) {
	t.Parallel()
	nobody := "nats://127.0.0.1:1"
	for _, args := range [][]string{{"serve", "--store", t.TempDir()}, {"api", "--server", nobody}} {
		live(t, append(args, "--http", "0.0.0.0:0")...).wants(t, exitUsage, "0.0.0.0:0", "--http-cert", "--insecure-http")
		live(t, append(args, "--http-cert", "x")...).wants(t, exitUsage, "--http-key")
		live(t, append(args, "--http-client-ca", "x")...).wants(t, exitUsage, "--http-cert")
		live(t, append(args, "--http-cert", "no-such", "--http-key", "no-such")...).wants(t, exitFailed, "no-such")
	}
	live(t, "api", "--server", nobody, "--http", "0.0.0.0:0", "--insecure-http").wants(t, exitFailed, "no NATS server")
}
