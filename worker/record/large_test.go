package record

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchstream/patchstream/messages"
)

// spread returns about so many bytes in advisories of a package, of which each takes 4 KiB.
func spread(bytes int, text func() string) (all []string) {
	for range bytes / messages.MaxStringBytes {
		all = append(all, text())
	}
	return all
}

func repeated() string { return strings.Repeat("the same ", messages.MaxStringBytes/9) }

func TestScansThatAreLargerThanAnUncompressedEventComeBack(t *testing.T) {
	full := drawnScan(now, "s1", false)
	full.Packages[0].Advisories = spread(messages.MaxPayloadBytes+1<<20, repeated)
	unchanged := drawnScan(now, "s2", true)
	unchanged.Unchanged, unchanged.Packages = true, nil
	for i := range messages.MaxOrigins {
		unchanged.Origins = append(unchanged.Origins, messages.Origin{Archive: fmt.Sprint(i), Label: repeated(), Codename: repeated()})
	}
	unchanged.Origins = unchanged.Origins[:messages.MaxOrigins]
	var r Record
	add(&r.Facts, full)
	add(&r.Facts, unchanged)
	text, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeWhole(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&r, got, same); diff != "" {
		t.Errorf("the record (-stored +read):\n%.2000s", diff)
	}
}

func TestARecordThatCouldNotBeReadAgainIsNotWritten(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 1))
	noise := func() string {
		b := make([]byte, messages.MaxStringBytes)
		for i := range b {
			b[i] = ' ' + byte(dice.IntN(95))
		}
		return string(b)
	}
	s := drawnScan(now, "s1", false)
	s.Packages[0].Advisories = spread(messages.MaxPayloadBytes*3/2, noise)
	var r Record
	add(&r.Facts, s)
	if _, err := r.Encode(); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a scan that compresses to more than an event may have: %v", err)
	}
	s.Packages[0].Advisories = spread(messages.MaxDecompressedBytes+1<<20, repeated)
	if _, err := r.Encode(); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a scan that is larger than any event: %v", err)
	}
}
