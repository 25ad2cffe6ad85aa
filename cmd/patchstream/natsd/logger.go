package natsd

import (
	"fmt"
	"sync"

	"github.com/rs/zerolog"
)

// logger passes the server's warnings and errors on. The server's notices say what every start does, and are
// of no interest to who runs patchstream; they are logged as debug.
type logger struct {
	log zerolog.Logger

	mu   sync.Mutex
	last string // fatal message
}

func newLogger(log zerolog.Logger) *logger {
	return &logger{log: log.With().Str("part", "nats").Logger()}
}

func (l *logger) fatal() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// Fatalf keeps the message: the server gives up by itself, and Start returns the error.
func (l *logger) Fatalf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = fmt.Sprintf(format, v...)
}

func (l *logger) Noticef(format string, v ...any) { l.log.Debug().Msgf(format, v...) }
func (l *logger) Warnf(format string, v ...any)   { l.log.Warn().Msgf(format, v...) }
func (l *logger) Errorf(format string, v ...any)  { l.log.Error().Msgf(format, v...) }
func (l *logger) Debugf(format string, v ...any)  { l.log.Debug().Msgf(format, v...) }
func (l *logger) Tracef(format string, v ...any)  { l.log.Trace().Msgf(format, v...) }
