package record

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/vmihailenco/msgpack/v5"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// fullPatch has something in each of its fields, so that one that is forgotten is missed.
func fullPatch() classify.Item {
	return classify.Item{
		Patch: "curl.amd64", Name: "curl", Arch: "amd64", State: messages.Failed, Version: "7.2", Installed: "7.1", Level: messages.High,
		Classification: classify.Security, Blocked: classify.BlockedByHold, Since: now.UTC(),
		Reason: messages.Reason{
			Code:     messages.BecauseFailedRun,
			Matched:  &messages.Matched{Rule: new(5), Entry: new(3), Text: "PRIORITY=important", Notice: "RHSA-1"},
			Stopped:  &messages.Stopped{Version: "7.3", By: messages.StoppedByFilter, Rule: new(1), Key: "SECTION", Value: "net", Entry: new(2), Text: "libs", Notice: "RHSA-2", Until: now.UTC()},
			Compared: []string{"7.1", "7.2"}, Event: "s1", Broken: "half-configured",
			Outcome:  &messages.OutcomeReason{Event: "r1", RunID: "r", Result: messages.ResultFailed, Version: "7.2", Stage: "configure", Error: "postinst", FinishedAt: now.UTC()},
			Reboot:   &messages.RebootReason{Event: "r1", At: now.UTC()},
			Override: &messages.OverrideReason{Event: "o1", Reason: "known", By: "me", ExpiresAt: now.UTC(), ComputedState: messages.Missing, ComputedLevel: messages.Low},
			Invalid:  []messages.InvalidVersion{{Version: "1.0-", Why: "it ends in a hyphen"}},
			Notices:  []messages.Notice{{ID: "RHSA-1", Type: "security", Severity: "Low", At: now.UTC(), CVEs: []string{"CVE-1", "CVE-2"}, MoreCVEs: 3, Aliases: []string{"MS10-048"}}},

			MoreNotices: 2,
		},
	}
}

// unset returns the fields of v, and of what it points to, that are zero.
func unset(v reflect.Value, path string) (paths []string) {
	switch {
	case v.IsZero():
		return []string{path}
	case v.Kind() == reflect.Pointer:
		return unset(v.Elem(), path)
	case v.Kind() == reflect.Slice:
		return unset(v.Index(0), path)
	case v.Kind() != reflect.Struct || v.Type() == timeType:
		return nil
	}
	for i := range v.NumField() {
		paths = append(paths, unset(v.Field(i), path+"."+v.Type().Field(i).Name)...)
	}
	return paths
}

func TestEveryFieldOfAPatchComesBack(t *testing.T) {
	patches := []classify.Item{fullPatch(), {}, fullPatch()}
	for _, path := range unset(reflect.ValueOf(patches[0]), "patch") {
		t.Errorf("the test says nothing of %s", path)
	}
	for _, p := range [][]classify.Item{patches, {}} {
		text, err := encodePatches(p, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodePatches(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, got); diff != "" {
			t.Fatalf("(-written +read):\n%s", diff)
		}
		for n := range text {
			if got, err := decodePatches(text[:n], nil); err == nil {
				t.Fatalf("cut after %d bytes it is read as %v", n, got)
			}
		}
	}
}

func TestPatchesKeepWhatManyOfThemPointTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		patches := make([]classify.Item, rapid.IntRange(0, 3*chunk).Draw(t, "patches"))
		for i := range patches {
			p := &patches[i]
			*p = classify.Item{Patch: rapid.String().Draw(t, "patch")}
			p.Reason.Compared = rapid.SliceOfN(rapid.String(), 0, 4).Draw(t, "compared")
			if rapid.Bool().Draw(t, "matched") {
				p.Reason.Matched = &messages.Matched{Rule: new(i)}
			}
			if rapid.Bool().Draw(t, "stopped") {
				p.Reason.Stopped = &messages.Stopped{Entry: new(i)}
			}
		}
		text, err := encodePatches(patches, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodePatches(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(patches, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-written +read):\n%s", diff)
		}
	})
}

// FuzzDecodePatches holds for any bytes: they are refused, or they are patches that can be written again.
func FuzzDecodePatches(f *testing.F) {
	for _, patches := range [][]classify.Item{nil, {fullPatch()}, {{}, fullPatch(), {Patch: "x"}}} {
		text, err := encodePatches(patches, nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, text []byte) {
		patches, err := decodePatches(text, nil)
		if err != nil {
			return
		}
		again, err := encodePatches(patches, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodePatches(again, nil)
		if diff := cmp.Diff(patches, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatalf("%v (-read +read again):\n%s", err, diff)
		}
	})
}

// BenchmarkReport relates reading and writing the patches of a report to MessagePack by reflection, in one run.
func BenchmarkReport(b *testing.B) {
	patches := make([]classify.Item, 2000)
	for i := range patches {
		patches[i] = fullPatch()
		p := &patches[i]
		p.Name = rapid.StringMatching(`[a-z]{3,12}`).Example(i)
		p.Patch = p.Name + ".amd64"
		p.Reason.Outcome, p.Reason.Reboot, p.Reason.Override, p.Reason.Invalid = nil, nil, nil, nil
	}
	text, err := encodePatches(patches, nil)
	if err != nil {
		b.Fatal(err)
	}
	reflected, err := msgpack.Marshal(patches)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			if _, err := encodePatches(patches, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("write by reflection", func(b *testing.B) {
		for b.Loop() {
			if _, err := msgpack.Marshal(patches); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, err := decodePatches(text, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read by reflection", func(b *testing.B) {
		for b.Loop() {
			var got []classify.Item
			if err := msgpack.Unmarshal(reflected, &got); err != nil {
				b.Fatal(err)
			}
			inUTC(got)
		}
	})
}
