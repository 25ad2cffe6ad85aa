package fleet

import (
	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
)

const compressFrom = 1 << 10 // bytes, as publishers do it

// Message returns an event as a publisher sends it. An event that breaks the contract is an error.
func Message(e messages.Event) (*nats.Msg, error) {
	payload, err := messages.Encode(e, messages.MsgPack)
	if err != nil {
		return nil, err
	}
	m := nats.NewMsg(e.Kind().Subject(e.HostName()))
	body, compression := pack.Compress(payload, compressFrom)
	m.Data, m.Header = body, messages.Encoding{ContentType: messages.MsgPack.ContentType(), ContentEncoding: compression}.Headers()
	m.Header.Set(nats.MsgIdHdr, messages.MsgID(e.Kind(), e.HostName(), e.EventID()))
	return m, nil
}
