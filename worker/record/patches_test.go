package record

import (
	"fmt"
	"os"
	"reflect"
	"testing"
	"time"

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
	case v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[time.Time]():
		return nil
	}
	for i := range v.NumField() {
		paths = append(paths, unset(v.Field(i), path+"."+v.Type().Field(i).Name)...)
	}
	return paths
}

// write returns patches as they are stored beside a full scan.
func write(t interface {
	Helper()
	Fatal(...any)
}, patches []classify.Item, scan *messages.Scan) []byte {
	t.Helper()
	w := newVerdictWriter(len(scan.Packages))
	if err := w.write(patches, scan.Packages, &scan.OS, nil); err != nil {
		t.Fatal(err)
	}
	return w.verdicts.encode()
}

// read reads them.
func read(text []byte, scan *messages.Scan) ([]classify.Item, error) {
	v, err := decodeVerdicts(text)
	if err != nil {
		return nil, err
	}
	if len(v.of) > len(scan.Packages) {
		return nil, errPatches
	}
	r := v.readLoose(&scan.OS, nil, v.items())
	for at := range v.of {
		r.take(at, &scan.Packages[at])
	}
	classify.SortItems(r.items)
	return r.items, r.r.err
}

// listing is a scan with the package of fullPatch at the end.
func listing() *messages.Scan {
	return &messages.Scan{Packages: []messages.Package{{Name: "bash", Arch: "amd64"}, {
		Name: "curl", Arch: "amd64", Installed: new("7.1"), Candidate: "7.2", Versions: []messages.Version{{Version: "7.1"}, {Version: "7.2"}, {Version: "7.3"}},
	}}}
}

// In whichever order a scan lists them, the patch of a package stands at its position: what is loose is kept under no package.
func TestAPatchStandsAtThePositionOfItsPackage(t *testing.T) {
	_, report := judgedHost(100)
	rapid.Check(t, func(t *rapid.T) {
		facts, _ := judgedHost(100)
		scan := facts.Full.Scan
		scan.Packages = rapid.Permutation(scan.Packages).Draw(t, "packages")
		w := newVerdictWriter(len(scan.Packages))
		if err := w.write(report.Patches, scan.Packages, &scan.OS, report.Frame); err != nil {
			t.Fatal(err)
		}
		if n := len(w.loose); n > 0 || w.items() != 100 {
			t.Fatalf("%d patches are loose, of %d", n, w.items())
		}
	})
}

func TestEveryFieldOfAPatchComesBack(t *testing.T) {
	patches := []classify.Item{{}, fullPatch()}
	for _, path := range unset(reflect.ValueOf(patches[1]), "patch") {
		t.Errorf("the test says nothing of %s", path)
	}
	for _, scan := range []*messages.Scan{new(messages.Scan), listing()} {
		for _, p := range [][]classify.Item{patches, {}} {
			text := write(t, p, scan)
			got, err := read(text, scan)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(p, got); diff != "" {
				t.Fatalf("(-written +read):\n%s", diff)
			}
			for n := range text {
				if got, err := read(text[:n], scan); err == nil {
					t.Fatalf("cut after %d bytes it is read as %v", n, got)
				}
			}
		}
	}
}

// Packages that are judged alike share a verdict, whatever they are called.
func TestPatchesThatAreAlikeAreStoredOnce(t *testing.T) {
	scan := listing()
	var patches []classify.Item
	for _, name := range []string{"acl", "bash", "curl"} {
		for _, version := range []string{"1.0", "1.0-2"} {
			p := messages.Package{Name: name + version, Arch: "amd64", Installed: new(version), Candidate: version + ".1", Versions: []messages.Version{{Version: version}, {Version: version + ".1"}}}
			scan.Packages = append(scan.Packages, p)
			patches = append(patches, classify.Item{
				Patch: p.Name + ".amd64", Name: p.Name, Arch: p.Arch, State: messages.Missing, Version: p.Candidate, Installed: version,
				Reason: messages.Reason{Compared: []string{version, p.Candidate}, Matched: &messages.Matched{Rule: new(1), Text: "PRIORITY=important"}},
			})
		}
	}
	v, err := decodeVerdicts(write(t, patches, scan))
	if err != nil {
		t.Fatal(err)
	}
	if len(v.patches) != 1 || v.items() != len(patches) {
		t.Errorf("%d patches are stored as %d different ones", v.items(), len(v.patches))
	}
}

func TestPatchesKeepWhatManyOfThemPointTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scan := listing()
		patches := make([]classify.Item, rapid.IntRange(0, 3*chunk).Draw(t, "patches"))
		for i := range patches {
			p := &patches[i]
			*p = classify.Item{Patch: fmt.Sprintf("%03d", i), Name: rapid.SampledFrom([]string{"", "curl", "bash"}).Draw(t, "name"), Arch: "amd64"}
			p.Reason.Compared = rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"7.1", "7.2", "7.3"})), 0, 4).Draw(t, "compared")
			if rapid.Bool().Draw(t, "matched") {
				p.Reason.Matched = &messages.Matched{Rule: new(i)}
			}
			if rapid.Bool().Draw(t, "stopped") {
				p.Reason.Stopped = &messages.Stopped{Entry: new(i)}
			}
		}
		got, err := read(write(t, patches, scan), scan)
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
	scan := listing()
	for _, patches := range [][]classify.Item{nil, {fullPatch()}, {{}, fullPatch(), {Patch: "x"}}} {
		f.Add(write(f, patches, scan))
	}
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, text []byte) {
		patches, err := read(text, scan)
		if err != nil {
			return
		}
		got, err := read(write(t, patches, scan), scan)
		if diff := cmp.Diff(patches, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatalf("%v (-read +read again):\n%s", err, diff)
		}
		v, err := decodeVerdicts(text)
		if err == nil {
			_, err = v.rest(nil)
		}
		if err != nil {
			t.Fatalf("they can be read, and not counted: %v", err)
		}
	})
}

// FuzzDecodeOldPatches holds for any bytes: they are refused, or they are patches.
func FuzzDecodeOldPatches(f *testing.F) {
	f.Add(must(unpackText(must(Decode(must(os.ReadFile("testdata/version-4.record")))).items.packed)))
	f.Fuzz(func(t *testing.T, text []byte) {
		patches, err := decodeOldPatches(text, new(classify.Frame))
		if err != nil {
			return
		}
		write(t, patches, new(messages.Scan))
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
	scan := new(messages.Scan)
	for i := range patches {
		p := &patches[i]
		scan.Packages = append(scan.Packages, messages.Package{Name: p.Name, Arch: p.Arch, Installed: &p.Installed, Candidate: p.Version})
	}
	text := write(b, patches, scan)
	reflected, err := msgpack.Marshal(patches)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			write(b, patches, scan)
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
			if _, err := read(text, scan); err != nil {
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
		}
	})
}
