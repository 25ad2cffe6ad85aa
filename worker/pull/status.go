package pull

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
)

// The errors that end [Run].
var (
	ErrDeleted      = errors.New("the consumer was deleted")
	ErrNoResponders = errors.New("nobody answers for the consumer: it or its stream is gone, or has no leader")
	ErrClosed       = errors.New("the connection was closed")
)

// Errors that [Config.Trouble] is told, beside those of type [StatusError].
var ErrNoHeartbeat = errors.New("no sign of life from the server; asking again")

// StatusError is a status of the server that this package has no better name for.
type StatusError struct {
	Code, Description string
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("the server answered %s %s", e.Code, e.Description)
}

// outcome is what a status means for the request that it answers.
type outcome int

const (
	goesOn  outcome = iota // it is still open
	ended                  // it was fulfilled as far as it could be: ask again
	failed                 // it was refused: say so, and ask again after a pause
	unheard                // nobody was there: ask again after a pause, for a while
	final                  // asking again cannot help
)

// read says what a status on our inbox means. The statuses are those of nats-server 2.15.
func read(status *nats.Msg) (outcome, error) {
	code, description := status.Header.Get("Status"), status.Header.Get("Description")
	if code == "" {
		return goesOn, nil // no status: an answer that was meant for nobody
	}
	err := &StatusError{code, description}
	lower := strings.ToLower(description)
	switch code {
	case "100", "200":
		return goesOn, nil
	case "404", "408":
		return ended, nil
	case "503":
		return unheard, ErrNoResponders
	case "400", "412":
		return final, err
	case "409":
		switch {
		case lower == "consumer deleted":
			return final, fmt.Errorf("%w (%w)", ErrDeleted, err)
		case lower == "consumer is push based":
			return final, err
		case lower == "batch completed", lower == "message size exceeds maxbytes":
			return ended, nil
		case lower == "leadership change", lower == "server shutdown":
			return unheard, fmt.Errorf("%w (%w)", ErrNoResponders, err)
		}
	}
	return failed, err
}
