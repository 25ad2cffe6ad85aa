package record

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// newNames is a run of so many failures, each of a package that no other run names.
func newNames(n, outcomes int) *messages.Run {
	r := &messages.Run{
		ID: fmt.Sprint(n), Host: "web-1", RunID: strings.Repeat("r", messages.MaxStringBytes), BootID: strings.Repeat("b", messages.MaxStringBytes),
		Operation: messages.OperationInstall, StartedAt: now, FinishedAt: now.Add(time.Duration(n) * time.Second),
	}
	for i := range outcomes {
		r.Outcomes = append(r.Outcomes, messages.Outcome{Name: fmt.Sprintf("p%d-%d", n, i), Arch: "amd64", To: new("1.0"), Result: messages.ResultFailed})
	}
	return r
}

// Runs of ever new names, with an id and a boot id as long as may be, leave a record that is small and quickly read.
func TestRunsOfEverNewNamesDoNotMakeARecordGrow(t *testing.T) {
	var r Record
	add(&r.Facts, drawnScan(now, "s1", false))
	var first int
	for n := range 3 {
		add(&r.Facts, newNames(n, messages.MaxOutcomes))
		r.Report = new(classify.Library).Judge("web-1", &r.Facts, now)
		text, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if first = max(first, r.plainBytes); n > 0 && r.plainBytes > first+first/10 || len(text.Text) > 1<<20 {
			t.Errorf("after %d runs the record has %d bytes, and %d decompressed; %d after the first", n+1, len(text.Text), r.plainBytes, first)
		}
	}
	if first > messages.MaxDecompressedBytes {
		t.Errorf("the record has %d bytes, decompressed", first)
	}
}

func TestOutcomesOfManyRunsComeBack(t *testing.T) {
	var r Record
	for n := range 5 {
		run := newNames(n, 3)
		run.Outcomes[1].Result, run.Outcomes[2].Name = messages.ResultInstalled, "same"
		run.Outcomes[0].From = "0.9"
		add(&r.Facts, run)
	}
	text, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeWhole(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&r, got, same); diff != "" || len(got.Facts.Outcomes) != 11 {
		t.Errorf("%d outcomes (-stored +read):\n%s", len(got.Facts.Outcomes), diff)
	}
}

// What would take more memory than a record may is refused before it is written.
func TestFactsBeyondTheBoundOfARecordAreNotWritten(t *testing.T) {
	var r Record
	for n := range 2 {
		run := newNames(n, 12_000)
		for i := range run.Outcomes {
			run.Outcomes[i].Error = repeated()
		}
		add(&r.Facts, run)
	}
	if _, err := r.Encode(); !errors.Is(err, ErrTooLarge) {
		t.Errorf("facts of 90 MiB: %v", err)
	}
}

// earlier is a version of which the parts are compressed one by one.
const earlier = sealedVersion - 1

// A worker that knew no bound may have written one. It is found out by its heads, before a byte of it is decompressed.
func TestARecordBeyondTheBoundIsNotRead(t *testing.T) {
	zeros := compress(make([]byte, maxPartBytes))
	for _, w := range []map[string]any{
		{"v": wireVersion, "scan_bytes": maxPlainBytes, "rest": zeros},
		{"v": earlier, "facts": zeros, "full": zeros, "report": zeros},
		{"v": earlier, "patches": compress(make([]byte, maxPlainBytes/perPatchByte+1))},
		{"v": earlier, "facts": compress(make([]byte, maxPartBytes+1)), "full": zeros},
	} {
		text := must(msgpack.Marshal(w))
		var err error
		allocated := testing.AllocsPerRun(1, func() { _, err = Decode(text) })
		if !errors.Is(err, ErrTooLarge) || allocated > 1000 {
			t.Errorf("it was read with %.0f allocations: %v", allocated, err)
		}
	}
}

func TestAPartBeyondTheBoundIsTooLarge(t *testing.T) {
	part := compress(make([]byte, maxPartBytes+1))
	for _, w := range []map[string]any{{"v": wireVersion, "rest": part}, {"v": earlier, "facts": part}} {
		if _, err := Decode(must(msgpack.Marshal(w))); !errors.Is(err, ErrTooLarge) {
			t.Errorf("a part of %d bytes: %v", maxPartBytes+1, err)
		}
	}
}
