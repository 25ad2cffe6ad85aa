package messages

import "github.com/patchstream/patchstream/messages/wire"

// scanHeadFields is a scan without what it lists.
var scanHeadFields = scanFields.Without("packages", "advisories")

// EncodeScanHead returns a scan without its packages and advisories in MessagePack, for who keeps those elsewhere. It is no
// event.
func EncodeScanHead(s *Scan) ([]byte, error) {
	return readable(wire.Append(nil, MsgPack, scanHeadFields, s))
}

// DecodeScanHead returns the scan in what [EncodeScanHead] returned, without its packages and advisories. It is as safe as
// [Decode], and every error is a [*FieldError].
func DecodeScanHead(payload []byte) (*Scan, error) {
	s := new(Scan)
	if err := decode(payload, Encoding{}, scanHeadFields, s); err != nil {
		return nil, err
	}
	return s, nil
}
