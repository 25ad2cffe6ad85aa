package wire

import "slices"

// Elements returns the elements of lists that a payload of MessagePack has under some names, each as its bytes stand in the
// payload: none where it has no such list. The payload must be one that [Read] has taken.
func Elements(payload []byte, names ...string) ([][][]byte, error) {
	var c cursor
	c.reset(payload)
	r := packReader{&c}
	all := make([][][]byte, len(names))
	for left := r.size(r.mapLen); left > 0 && c.err == nil; left-- {
		n, ok := r.textLen(r.code())
		if !ok {
			c.fail("has a key that is not a string")
			break
		}
		i := slices.Index(names, string(r.take(n)))
		if i < 0 || r.null() {
			if i < 0 {
				r.pass()
			}
			continue
		}
		count := r.size(r.listLen)
		all[i] = make([][]byte, 0, count)
		for ; count > 0 && c.err == nil; count-- {
			begin := c.pos
			r.pass()
			all[i] = append(all[i], c.data[begin:c.pos:c.pos])
		}
	}
	if c.err != nil {
		return nil, c.err
	}
	return all, nil
}

// size passes the head of a list or map and returns how many elements or pairs it has.
func (r packReader) size(lengthOf func(byte) (int, bool)) int {
	n, ok := lengthOf(r.code())
	if !ok || n > r.left() {
		r.fail("is not what it was")
		return 0
	}
	return n
}

// pass passes a value and all that is in it. That takes no stack: only how many values are still to come.
func (r packReader) pass() {
	for left := 1; left > 0 && r.err == nil; left-- {
		c := r.code()
		switch {
		case c <= fixNumMax, c >= fixNumMin, c == codeNil, c == codeTrue, c == codeFalse:
			continue
		case c&0xe0 == fixText:
			r.take(int(c & 0x1f))
			continue
		}
		r.pos--
		depth := r.depth
		r.skipHead()
		if r.depth > depth {
			left += r.innermost().left
			r.depth = depth
		}
	}
}

// ReadElement fills a record from the bytes of an element of a list of records in MessagePack, as [Read] does from a payload.
func ReadElement[T any](element []byte, fields Table[T], rec *T) error {
	d := decoders.Get().(*decoder)
	defer d.release()
	d.begin(element, MsgPack)
	if readRecord(d, fields, rec); d.err == nil {
		d.end()
	}
	if d.err != nil {
		return d.err
	}
	return nil
}
