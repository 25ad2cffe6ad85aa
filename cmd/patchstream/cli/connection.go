package cli

import (
	"context"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/worker/baselines"
)

// addConnection adds the flags of a command that talks to NATS.
func addConnection(cmd *cobra.Command) *dial.Target {
	c := &dial.Target{}
	f := cmd.Flags()
	value, usage := env("NATS_URL", nats.DefaultURL, "`URL` of the NATS server")
	f.StringVar(&c.Server, "server", value, usage)
	f.Lookup("server").DefValue = c.Address()
	file := func(to *string, flag, variable, usage string) {
		value, usage := env(variable, "", "`FILE` with "+usage)
		f.StringVar(to, flag, value, usage)
	}
	file(&c.Creds, "creds", "NATS_CREDS", "NATS credentials")
	file(&c.Nkey, "nkey", "NATS_NKEY", "the seed of an nkey")
	file(&c.CA, "tls-ca", "NATS_CA", "the certificate authority of the server")
	file(&c.Cert, "tls-cert", "NATS_CERT", "our certificate")
	file(&c.Key, "tls-key", "NATS_KEY", "the key of our certificate")
	c.Given = f.Changed
	cmd.PreRun = func(cmd *cobra.Command, _ []string) { c.Name, c.For = cmd.CommandPath(), meantFor(cmd) }
	return c
}

// readingBaselines connects and hands over the baselines and settings, for who only reads them.
func readingBaselines(ctx context.Context, c *dial.Target, do func(context.Context, *baselines.Store) error) error {
	return questions(ctx, c, func(ctx context.Context, js jetstream.JetStream) error {
		store, err := baselines.Open(ctx, js)
		if err != nil {
			return err
		}
		return do(ctx, store)
	})
}

// deciding is withBaselines for who decides: it does so as store.By(byMe(…)).
func deciding(ctx context.Context, c *dial.Target, do func(context.Context, jetstream.JetStream, *baselines.Store) error) error {
	return c.JetStream(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		store, err := baselines.Open(ctx, js)
		if err != nil {
			return err
		}
		return do(ctx, js, store)
	})
}
