package publisher

import (
	"errors"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What a stream may have against a message, as nats-server 2.15 numbers and words it. All else that it refuses is about all
// messages, and may pass.
const (
	codeMessageTooLarge jetstream.ErrorCode = 10054 // an operator set how large a message of the stream may be
	codeHeaderTooLarge  jetstream.ErrorCode = 10097
	codeNotStored       jetstream.ErrorCode = 10077 // and why: full, of its subject, or as a whole

	fullOfSubject = "maximum messages per subject exceeded"
)

// unsendable reports whether a message can never be sent as it is: it is too large for the server, or for the stream. One
// that the server does not let us publish can, by somebody who may.
func unsendable(err error) bool {
	return errors.Is(err, nats.ErrMaxPayload) || refused(err, codeMessageTooLarge, "") || refused(err, codeHeaderTooLarge, "")
}

// heldBack reports whether no message of this host is taken as things are, and those of others may be.
func heldBack(err error) bool {
	return errors.Is(err, nats.ErrPermissionViolation) || refused(err, codeNotStored, fullOfSubject)
}

func refused(err error, code jetstream.ErrorCode, description string) bool {
	api := (*jetstream.APIError)(nil)
	return errors.As(err, &api) && api.ErrorCode == code && strings.Contains(api.Description, description)
}
