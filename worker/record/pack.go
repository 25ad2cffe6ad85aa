package record

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/patchstream/patchstream/messages"
	messagewire "github.com/patchstream/patchstream/messages/wire"
)

// Records are written by workers alone, but the bound of a message is kept all the same.
var (
	encoder = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderCRC(false),
			zstd.WithWindowSize(windowBytes), zstd.WithLowerEncoderMem(true))
		return must(e, err)
	})
	// fastEncoder is for what is written anew with every change, and is small beside the full scan.
	fastEncoder = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false),
			zstd.WithWindowSize(windowBytes), zstd.WithLowerEncoderMem(true))
		return must(e, err)
	})
	decoder = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxPartBytes))
		return must(d, err)
	})
)

// windowBytes bounds what each encoder keeps in memory for ever, and with that how far back it looks.
const windowBytes = 1 << 20

// maxPartBytes bounds a part of a record before it is compressed.
const maxPartBytes = messages.MaxDecompressedBytes

// must is for options that are constants: they are good or the program is wrong.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func compress(text []byte) []byte { return encoder().EncodeAll(text, nil) }

func decompress(packed []byte) ([]byte, error) {
	text, err := decoder().DecodeAll(packed, nil)
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		return nil, fmt.Errorf("%w: a part of it has more than %d bytes", ErrTooLarge, maxPartBytes)
	}
	return text, err
}

func pack(v any) ([]byte, error) {
	text, err := msgpack.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return packText(text)
}

func packText(text []byte) ([]byte, error) {
	if len(text) > maxPartBytes {
		return nil, fmt.Errorf("%w: a part of it has %d bytes", ErrTooLarge, len(text))
	}
	return fastEncoder().EncodeAll(text, nil), nil
}

func unpack(packed []byte, v any) error {
	text, err := decompress(packed)
	if err != nil {
		return err
	}
	return unmarshal(text, v)
}

// unmarshal reads MessagePack that takes no more memory than it has bytes for.
func unmarshal(text []byte, v any) (err error) {
	if err := messagewire.Check(text, messagewire.MsgPack); err != nil {
		return err
	}
	defer func() { // the library does so where a time is nil
		if p := recover(); p != nil {
			err = fmt.Errorf("decode: %v", p)
		}
	}()
	return msgpack.Unmarshal(text, v)
}

// inUTC sets every time in what v points to to UTC: MessagePack's timestamps come back in local time.
func inUTC(v any) { walk(reflect.ValueOf(v)) }

var timeType = reflect.TypeFor[time.Time]()

func walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem())
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct || v.Type().Elem().Kind() == reflect.Pointer {
			for i := range v.Len() {
				walk(v.Index(i))
			}
		}
	case reflect.Struct:
		if v.Type() == timeType {
			if v.CanSet() {
				v.Set(reflect.ValueOf(v.Interface().(time.Time).UTC()))
			}
			return
		}
		for i := range v.NumField() {
			walk(v.Field(i))
		}
	}
}
