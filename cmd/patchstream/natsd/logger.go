package natsd

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"syscall"

	"github.com/rs/zerolog"
)

// logger passes the server's warnings and errors on. The server's notices say what every start does, and are
// of no interest to who runs patchstream; they are logged as debug.
type logger struct {
	log zerolog.Logger

	mu   sync.Mutex
	last string // fatal message
	full bool   // a write failed for want of room
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

// failed reports whether a write failed for want of room: the server only logs it.
func (l *logger) failed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.full
}

// forget forgets what was before the server was started anew.
func (l *logger) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last, l.full = "", false
}

// What the server says of a connection may hold the words of who is at its other end, a stranger even. Elsewhere it quotes what
// it was sent, as of a negative acknowledgement.
var (
	ofConnection = regexp.MustCompile(`^\S* - [a-z]id\w*:\d+ - `)
	quoted       = regexp.MustCompile(`"(\\.|[^"\\])*"`)
)

// noteDisk notes a write that failed for want of room.
func (l *logger) noteDisk(message string) {
	if ofConnection.MatchString(message) {
		return
	}
	message = quoted.ReplaceAllLiteralString(message, "")
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		if strings.Contains(message, cause.Error()) {
			l.mu.Lock()
			l.full = true
			l.mu.Unlock()
		}
	}
}

func (l *logger) Noticef(format string, v ...any) { l.log.Debug().Msgf(format, v...) }
func (l *logger) Warnf(format string, v ...any) {
	l.noteDisk(fmt.Sprintf(format, v...))
	l.log.Warn().Msgf(format, v...)
}

func (l *logger) Errorf(format string, v ...any) {
	l.noteDisk(fmt.Sprintf(format, v...))
	l.log.Error().Msgf(format, v...)
}

func (l *logger) Debugf(format string, v ...any) { l.log.Debug().Msgf(format, v...) }
func (l *logger) Tracef(format string, v ...any) { l.log.Trace().Msgf(format, v...) }
