package messages

import (
	"slices"

	"github.com/patchstream/patchstream/messages/wire"
)

// Change is what a worker publishes about a host.
type Change interface{ *Changed | *StatusChanged }

// About how many bytes a head takes, and each transition. Without room for them at once, a large change would be copied a dozen
// times as it is written.
const (
	roughHead     = 1 << 10
	perTransition = 256
)

// EncodeChange returns the payload of a change, the same for equal changes. It is not compressed; see
// [pack.Compress]. What it returns, [DecodeChanged] or [DecodeStatusChanged] takes, compressed where it is larger than
// [MaxPayloadBytes]; the error is a [*FieldError] for the first field that none would. EncodeChange is safe for concurrent use.
func EncodeChange[C Change](change C, f Format) ([]byte, error) {
	switch c := any(change).(type) {
	case *Changed:
		return AppendChanged(nil, c, f)
	case *StatusChanged:
		if err := c.check(); err != nil {
			return nil, err
		}
		return readable(wire.Append(make([]byte, 0, roughHead), f, statusChangedFields, c))
	}
	return nil, nil
}

// AppendChanged is [EncodeChange] that appends the payload to dst.
func AppendChanged(dst []byte, c *Changed, f Format) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	dst = slices.Grow(dst, roughHead+perTransition*len(c.Transitions))
	return readable(wire.Append(dst, f, changedFields, c))
}

// DecodeChanged returns the [Changed] in a payload. It is as safe as [Decode], and every error is a [*FieldError].
func DecodeChanged(payload []byte, enc Encoding) (*Changed, error) {
	c := &Changed{Head: Head{V: SchemaVersion}}
	if err := decodeChange(payload, enc, changedFields, c); err != nil {
		return nil, err
	}
	return c, nil
}

// DecodeStatusChanged returns the [StatusChanged] in a payload. It is as safe as [Decode], and every error is a
// [*FieldError].
func DecodeStatusChanged(payload []byte, enc Encoding) (*StatusChanged, error) {
	c := &StatusChanged{Head: Head{V: SchemaVersion}}
	if err := decodeChange(payload, enc, statusChangedFields, c); err != nil {
		return nil, err
	}
	return c, nil
}

func decodeChange[T any, C interface {
	*T
	check() error
}](payload []byte, enc Encoding, fields wire.Table[T], change C) error {
	if err := decode(payload, enc, fields, (*T)(change)); err != nil {
		return err
	}
	return change.check()
}

// check returns an error for the first field without which a change is of no use. The tables of fields have the bounds.
func (h *Head) check() error {
	var c checker
	c.enter()
	c.host("host", h.Host)
	c.required("id", h.ID)
	if h.Revision == 0 {
		c.failAt("revision", "is required")
	}
	return c.result()
}
