package print

import (
	"os"
	"time"

	"github.com/rs/zerolog"
)

// Logger logs to stderr: for people on a terminal, JSON otherwise. PATCHSTREAM_LOG=debug logs more. It is safe for
// concurrent use.
func (p *Printer) Logger() zerolog.Logger {
	w := p.stderr
	if isTerminal(w) {
		w = zerolog.ConsoleWriter{Out: w, NoColor: !wantsColours(w), TimeFormat: time.TimeOnly}
	}
	level := zerolog.InfoLevel
	if os.Getenv("PATCHSTREAM_LOG") == "debug" {
		level = zerolog.DebugLevel
	}
	return zerolog.New(zerolog.SyncWriter(w)).Level(level).With().Timestamp().Logger()
}
