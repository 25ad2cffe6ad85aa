package wire

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
)

// sealed has bytes of each kind.
type sealed struct {
	Sum   [32]byte
	Bytes []byte
	Read  string
}

var sumField = Digest("sum", func(s *sealed) *[32]byte { return &s.Sum })

var sealedFields = MapOf(sumField,
	Bytes("bytes", func(s *sealed) *[]byte { return &s.Bytes }),
	BytesRead("read", func(s *sealed, b []byte) error {
		if s.Read = string(b); s.Read == "bad" {
			return errors.New("are bad")
		}
		return nil
	}),
)

func TestBytesOfAnyLengthComeBackFromMessagePackAlone(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 255, 256, 1 << 16, MaxStringBytes + 1<<16} {
		want := &sealed{Sum: sha256.Sum256([]byte{byte(n)}), Bytes: []byte(strings.Repeat("\xff", n)), Read: "is not written"}
		payload, err := Append(nil, MsgPack, sealedFields, want)
		if err != nil {
			t.Fatal(err)
		}
		got := new(sealed)
		if err := Read(payload, MsgPack, sealedFields, got); err != nil || got.Sum != want.Sum || string(got.Bytes) != string(want.Bytes) || got.Read != "" {
			t.Errorf("%d bytes come back as %d, %v", n, len(got.Bytes), err)
		}
	}
	if _, err := Append(nil, JSON, sealedFields, &sealed{Bytes: []byte("x")}); err == nil {
		t.Error("bytes were written as JSON")
	}
	got := new(sealed)
	if err := Read([]byte("\x81\xa4read\xc4\x02ok"), MsgPack, sealedFields, got); err != nil || got.Read != "ok" {
		t.Errorf("%q, %v", got.Read, err)
	}
}

func TestADigestIsHexInJSON(t *testing.T) {
	t.Parallel()
	fields, want := MapOf(sumField), &sealed{Sum: sha256.Sum256(nil)}
	payload, err := Append(nil, JSON, fields, want)
	if err != nil || string(payload) != `{"sum":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}` {
		t.Fatalf("%s, %v", payload, err)
	}
	got := new(sealed)
	if err := Read(payload, JSON, fields, got); err != nil || got.Sum != want.Sum {
		t.Errorf("%x, %v", got.Sum, err)
	}
	if payload, err := Append(nil, JSON, fields, new(sealed)); err != nil || string(payload) != "{}" {
		t.Errorf("one that is zero: %s, %v", payload, err)
	}
}

func TestRefusesBytesThatAreNone(t *testing.T) {
	t.Parallel()
	for payload, field := range map[string]string{
		"\x81\xa3sum\xc4\x02ok":                     "sum",
		"\x81\xa5bytes\x07":                         "bytes",
		"\x81\xa5bytes\xc4\x05ok":                   "bytes",
		"\x81\xa4read\xc4\x03bad":                   "read",
		"\x81\xa4read\xc6\x7f\xff\xff":              "read",
		`{"sum":"e3b0"}`:                            "sum",
		`{"sum":"` + strings.Repeat("0", 63) + `"}`: "sum",
		`{"sum":"` + strings.Repeat("0", 65) + `"}`: "sum",
		`{"sum":"` + strings.Repeat("x", 64) + `"}`: "sum",
		`{"bytes":"x"}`:                             "bytes",
	} {
		err := Read([]byte(payload), Sniff([]byte(payload)), sealedFields, new(sealed))
		if fe := (*FieldError)(nil); !errors.As(err, &fe) || fe.Field != field {
			t.Errorf("%q: %v, want the field %s", payload, err, field)
		}
	}
}
