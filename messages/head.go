package messages

import "github.com/patchstream/patchstream/messages/wire"

// scanHeadFields is a scan without what it lists.
var scanHeadFields = scanFields.Without("packages", "advisories")

// ScanHeadField is a scan without its packages and advisories, for who keeps those elsewhere; absent where it is nil.
func ScanHeadField[T any](name string, at func(*T) **Scan) wire.Field[T] {
	return wire.NestedOrNil(name, scanHeadFields, at)
}

// DecodeScanHead returns the scan that stands by itself, in MessagePack, as [ScanHeadField] has it. It is as safe as
// [Decode], and every error is a [*FieldError].
func DecodeScanHead(payload []byte) (*Scan, error) {
	s := new(Scan)
	if err := decode(payload, Encoding{}, scanHeadFields, s); err != nil {
		return nil, err
	}
	return s, nil
}
