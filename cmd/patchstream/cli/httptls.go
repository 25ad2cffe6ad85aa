package cli

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/natsd"
)

// httpOptions are the flags that say where HTTP is served, and how.
type httpOptions struct {
	address             string
	cert, key, clientCA string // files; empty: it speaks plainly
	insecure            bool   // may do so where others reach it
}

func addHTTP(cmd *cobra.Command) *httpOptions {
	o := &httpOptions{}
	f := cmd.Flags()
	value, usage := env("PATCHSTREAM_HTTP", "127.0.0.1:8420", "`HOST:PORT` for HTTP; port 0 takes a free one")
	f.StringVar(&o.address, "http", value, usage)
	file := func(to *string, flag, variable, usage string) {
		value, usage := env(variable, "", "`FILE` with "+usage)
		f.StringVar(to, flag, value, usage)
	}
	file(&o.cert, "http-cert", "PATCHSTREAM_HTTP_CERT", "the certificate of HTTP, which is HTTPS then")
	file(&o.key, "http-key", "PATCHSTREAM_HTTP_KEY", "its key")
	file(&o.clientCA, "http-client-ca", "PATCHSTREAM_HTTP_CLIENT_CA", "the authority of which clients of HTTP must have a certificate; without it, they need none")
	f.BoolVar(&o.insecure, "insecure-http", false, "let HTTP without TLS be reached by others, as where something in front of it does TLS")
	return o
}

// check refuses half of what TLS needs, and keys that would cross the wire in clear.
func (o *httpOptions) check() error {
	switch {
	case (o.cert == "") != (o.key == ""):
		return usagef("--http-cert and --http-key go together")
	case o.clientCA != "" && o.cert == "":
		return usagef("--http-client-ca needs --http-cert and --http-key")
	case o.insecure && o.cert != "":
		return usagef("--insecure-http and --http-cert exclude each other")
	}
	if err := checkAddress("--http", o.address, "127.0.0.1:8420"); err != nil {
		return err
	}
	if o.cert == "" && !o.insecure && !natsd.Loopback(o.address) {
		return usagef("--http %s is reached by others, and without TLS whoever is on the way reads keys and answers: give --http-cert and --http-key, or --insecure-http where something in front of it does TLS", o.address)
	}
	return dial.CheckKeyFiles(o.cert, o.key, o.clientCA)
}

// listen takes the address at once.
func (o *httpOptions) listen(log zerolog.Logger) (*site, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	var shown *certificate
	if o.cert != "" {
		shown = &certificate{files: [3]string{o.cert, o.key, o.clientCA}, log: log}
		if err := shown.load(); err != nil {
			return nil, fmt.Errorf("--http-cert %s and --http-key %s: %w", o.cert, o.key, err)
		}
	}
	w, err := listenHTTP(o.address, log)
	if err == nil && shown != nil {
		w.shown = shown
		w.hangups = shown.atHangups()
	}
	return w, err
}

// certificate is what HTTPS shows to clients and asks of them, as it is in files at the time. What cannot be read leaves it as it was. It is safe
// for concurrent use.
type certificate struct {
	files [3]string // certificate, key, and the clients' authority or ""
	log   zerolog.Logger

	mu     sync.Mutex
	config *tls.Config
	seen   [3]fs.FileInfo
	looked time.Time
	said   string // of what could not be read
}

// lookForCertificates is how often it is looked whether the files are others.
const lookForCertificates = time.Second

// load reads the files.
func (c *certificate) load() error {
	seen := c.stat()
	pair, err := tls.LoadX509KeyPair(c.files[0], c.files[1])
	if err != nil {
		return err
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if authority := c.files[2]; authority != "" {
		text, err := os.ReadFile(authority)
		if err != nil {
			return err
		}
		config.ClientCAs = x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM(text) {
			return fmt.Errorf("%s: there is no certificate in it, in PEM", authority)
		}
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	c.config, c.seen = config, seen
	return nil
}

func (c *certificate) stat() (seen [3]fs.FileInfo) {
	for i, file := range c.files {
		if file != "" {
			seen[i], _ = os.Stat(file)
		}
	}
	return seen
}

// forClient implements [tls.Config.GetConfigForClient].
func (c *certificate) forClient(*tls.ClientHelloInfo) (*tls.Config, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) >= lookForCertificates {
		c.look()
	}
	return c.config, nil
}

// look reads the files again where they are others. The caller holds the lock.
func (c *certificate) look() {
	c.looked = time.Now()
	same := true
	for i, now := range c.stat() {
		before := c.seen[i]
		same = same && (now == nil) == (before == nil) && (now == nil || os.SameFile(now, before) && now.ModTime().Equal(before.ModTime()) && now.Size() == before.Size())
	}
	if same {
		return
	}
	if err := c.load(); err != nil {
		if c.said != err.Error() {
			c.log.Error().Err(err).Msg("the certificate of HTTP stays as it was; trying again")
		}
		c.said = err.Error()
		return
	}
	c.said = ""
	c.log.Info().Str("certificate", c.files[0]).Msg("read the certificate of HTTP again")
}

// atHangups has the files looked at at each SIGHUP, until stop.
func (c *certificate) atHangups() (stop func()) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	ended := make(chan struct{})
	go func() {
		for {
			select {
			case <-hangups:
				c.mu.Lock()
				c.look()
				c.mu.Unlock()
			case <-ended:
				return
			}
		}
	}()
	return func() { signal.Stop(hangups); close(ended) }
}
