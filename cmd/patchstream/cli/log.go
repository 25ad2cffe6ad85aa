package cli

import (
	"os"
	"time"

	"github.com/rs/zerolog"
)

// logger logs to stderr: for people on a terminal, JSON otherwise.
func (a *app) logger() zerolog.Logger {
	w := a.stderr
	if isTerminal(w) {
		w = zerolog.ConsoleWriter{Out: w, NoColor: !bool(painterFor(w)), TimeFormat: time.TimeOnly}
	}
	level := zerolog.InfoLevel
	if os.Getenv("PATCHSTREAM_LOG") == "debug" {
		level = zerolog.DebugLevel
	}
	return zerolog.New(zerolog.SyncWriter(w)).Level(level).With().Timestamp().Logger()
}
