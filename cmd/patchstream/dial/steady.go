package dial

import (
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
)

// Steady makes a connection that outlives its server, and that says when it comes and goes. Where it is closed
// for good, as when the server no longer knows us, stop is called.
func Steady(log zerolog.Logger, stop func(error)) []nats.Option {
	return []nats.Option{
		nats.MaxReconnects(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // else we closed it
				log.Warn().Err(err).Msg("lost the connection to NATS; trying again")
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			log.Info().Str("url", nc.ConnectedUrlRedacted()).Msg("connected to NATS again")
		}),
		nats.ErrorHandler(func(nc *nats.Conn, sub *nats.Subscription, err error) {
			if !nc.IsConnected() { // the loss of the connection is logged
				return
			}
			line := log.Error().Err(err)
			if sub != nil {
				line.Str("subject", sub.Subject)
			}
			line.Msg("a failure that NATS reports by itself")
		}),
		nats.ClosedHandler(func(nc *nats.Conn) {
			stop(fmt.Errorf("the connection to NATS was closed: %v", nc.LastError()))
		}),
	}
}
