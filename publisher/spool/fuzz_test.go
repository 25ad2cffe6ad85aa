package spool_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"github.com/patchstream/patchstream/publisher/spool"
)

// FuzzFlush holds for any file in the directory: it is sent as it was put, or set aside, and never in the way of
// the next one.
func FuzzFlush(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "spool")
	s := &spool.Spool{Dir: dir}
	if err := s.Put(run("a")); err != nil {
		f.Fatal(err)
	}
	entries, _, err := s.List()
	if err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, entries[0].File))
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range [][]byte{whole, whole[:len(whole)-3], bytes.TrimSuffix(whole, []byte("payload\nof a")), []byte("{}\n"), nil} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := &spool.Spool{Dir: t.TempDir()}
		if err := os.WriteFile(filepath.Join(s.Dir, "00000000000000000000000000.event"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Put(run("next")); err != nil {
			t.Fatal(err)
		}
		var payloads [][]byte
		sent, aside, err := s.Flush(context.Background(), func(_ context.Context, e spool.Event) error {
			if sum := sha256.Sum256(e.Payload); !bytes.Equal(sum[:], e.Sum) {
				t.Errorf("sent a payload of another sum: %q", e.Payload)
			}
			payloads = append(payloads, e.Payload)
			return nil
		})
		if err != nil || sent+len(aside) != 2 || sent != len(payloads) || string(payloads[sent-1]) != "payload\nof next" {
			t.Fatalf("sent %d %q, set aside %q, %v", sent, payloads, aside, err)
		}
	})
}
