package print

import (
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"
)

// Logger logs to stderr: for people on a terminal, JSON otherwise. PATCHSTREAM_LOG=debug logs more. It is safe for
// concurrent use.
func (p *Printer) Logger() zerolog.Logger {
	var w io.Writer = escaper{p.stderr}
	if isTerminal(p.stderr) {
		w = zerolog.ConsoleWriter{Out: p.Stderr(), NoColor: !wantsColours(p.stderr), TimeFormat: time.TimeOnly}
	}
	level := zerolog.InfoLevel
	if os.Getenv("PATCHSTREAM_LOG") == "debug" {
		level = zerolog.DebugLevel
	}
	return zerolog.New(zerolog.SyncWriter(w)).Level(level).With().Timestamp().Logger()
}
