package pack

import "sync"

// Buffer holds bytes for a while. The zero value is empty.
type Buffer struct {
	Data   []byte
	pooled *[]byte // from buffers; nil where Data is not the buffer's own
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// maxIdleBytes is how large a buffer may be that waits to be used again.
const maxIdleBytes = 4 << 20

// Borrow returns a buffer without any bytes, and room for as many as its last user left.
func Borrow() Buffer {
	pooled := buffers.Get().(*[]byte)
	return Buffer{Data: (*pooled)[:0], pooled: pooled}
}

// Release gives the buffer back. Nothing of Data may be used from then on, unless it is the payload as it came.
func (b Buffer) Release() {
	if b.pooled == nil {
		return
	}
	if *b.pooled = b.Data[:0]; cap(b.Data) > maxIdleBytes {
		*b.pooled = nil
	}
	buffers.Put(b.pooled)
}
