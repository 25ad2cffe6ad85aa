package messages

import (
	"fmt"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages/pack"
)

func TestContentHashCoversThePackagesAndNotTheMoment(t *testing.T) {
	t.Parallel()
	want := ContentHash(goldenScan())
	if len(want) != MaxIDBytes {
		t.Fatalf("%q has %d characters", want, len(want))
	}
	for name, edit := range map[string]func(*Scan){
		"id":              func(s *Scan) { s.ID = "x" },
		"taken_at":        func(s *Scan) { s.TakenAt = s.TakenAt.Add(time.Hour) },
		"hash":            func(s *Scan) { s.Hash = "x" },
		"booted_at":       func(s *Scan) { s.BootedAt = time.Time{} },
		"boot_id":         func(s *Scan) { s.BootID = "x" },
		"reboot_required": func(s *Scan) { s.RebootRequired = nil },
		"reboot_packages": func(s *Scan) { s.RebootPackages = []string{"x"} },
		"index_at":        func(s *Scan) { s.IndexAt = time.Time{} },
		"date":            func(s *Scan) { s.Origins[0].Date = s.TakenAt },
		"valid_until":     func(s *Scan) { s.Origins[0].ValidUntil = s.TakenAt },
		"checked_at":      func(s *Scan) { s.Origins[0].CheckedAt = s.TakenAt },
		"machine":         func(s *Scan) { s.Machine = "x" },
	} {
		s := goldenScan()
		if edit(s); ContentHash(s) != want {
			t.Errorf("%s counts", name)
		}
	}
	for name, edit := range map[string]func(*Scan){
		"os.kernel":        func(s *Scan) { s.OS.Kernel = "x" },
		"tags":             func(s *Scan) { s.Tags["x"] = "y" },
		"an origin":        func(s *Scan) { s.Origins[0].Trusted = false },
		"unread":           func(s *Scan) { s.Origins[0].Unread = true },
		"notices":          func(s *Scan) { s.Origins[0].Notices = true },
		"an origin more":   func(s *Scan) { s.Origins = append(s.Origins, Origin{}) },
		"a package less":   func(s *Scan) { s.Packages = s.Packages[1:] },
		"not installed":    func(s *Scan) { s.Packages[0].Installed = nil },
		"installed, empty": func(s *Scan) { s.Packages[0].Installed = new("") },
		"a hold":           func(s *Scan) { s.Packages[0].Hold = true },
		"a position":       func(s *Scan) { s.Packages[0].Versions[0].Origins[0] = 0 },
		"phased":           func(s *Scan) { s.Packages[0].Versions[0].Phased = new(0) },
		"an advisory":      func(s *Scan) { s.Advisories = []Advisory{{ID: "x"}} },
		"a severity":       func(s *Scan) { s.Advisories = []Advisory{{ID: "x", Severity: "Low"}} },
		"other versions":   func(s *Scan) { s.Packages[0].Others = []string{"1"} },
		"side by side":     func(s *Scan) { s.Packages[0].SideBySide = true },
		"a module":         func(s *Scan) { s.Packages[0].Module = "x:1" },
		"excluded":         func(s *Scan) { s.Packages[0].Versions[0].Excluded = true },
		"a version's arch": func(s *Scan) { s.Packages[0].Versions[0].Arch = "noarch" },
		"a name":           func(s *Scan) { s.Packages[0].Name, s.Packages[0].Arch = "opens", "slamd64" },
	} {
		s := goldenScan()
		if edit(s); ContentHash(s) == want {
			t.Errorf("%s does not count", name)
		}
	}
	if s := goldenScan(); ContentHash(s) != want || s.Origins[0].Date.IsZero() {
		t.Error("the hash changed the scan")
	}
}

func TestContentHashAndSumStayTheSameFromReleaseToRelease(t *testing.T) {
	t.Parallel()
	if got, want := ContentHash(goldenScan()), "48c825787e6196d060a477b674b9cc157faaf5704babdef2b1a0e0a49d2050f8"; got != want {
		t.Errorf("ContentHash is %s, was %s", got, want)
	}
	if got, want := fmt.Sprintf("%x", ContentSum(goldenScan())), "92f904e85fe95239630aef0c95d54c2d075b2f311de05ac3332c86718e7dd6cc"; got != want {
		t.Errorf("ContentSum is %s, was %s", got, want)
	}
}

func TestContentSumOfEveryKindStaysTheSameFromReleaseToRelease(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	for want, e := range map[string]Event{
		"82efeb3bba5b7cc80c34769c08a99386c0fb9d452c9d06b2ab5e7481c0962d82": &Run{
			ID: "r", Host: "h", RunID: "n", Operation: OperationInstall, StartedAt: when, FinishedAt: when, ExitCode: new(0),
			RebootRequired: new(false), Outcomes: []Outcome{{Name: "a", Arch: "b", To: new("1"), Result: ResultInstalled}},
		},
		"df8bedf05e03b8d9476ed2b480f7a571c22933c4c9386d25a30851b8b0e9ec68": &Override{
			ID: "o", Host: "h", Patch: "a.b", State: Missing, Reason: "x", By: "y", At: when,
		},
		"8a3c9334c3fc1a3dcc924d3c50f2f8947e230b5beb97960de7a8bd6078599034": &Recheck{ID: "c", Host: "h", BaselinesSeq: 7},
		"03b5c66976739b75f179fa61e8d01b05ef2ef8462835f72851af2c6da34b9749": &Retire{ID: "t", Host: "h", At: when, By: "y", Reason: "x"},
	} {
		if got := fmt.Sprintf("%x", ContentSum(e)); got != want {
			t.Errorf("ContentSum of a %s is %s, was %s", e.Kind(), got, want)
		}
	}
}

func TestContentSumIsTheSameInWhicheverShapeTheEventCame(t *testing.T) {
	t.Parallel()
	sums := map[[32]byte]string{}
	for _, file := range []string{"scan.json", "scan.msgpack", "scan-maps.msgpack"} {
		payload, enc := golden(t, file)
		event, err := Decode(KindScan, payload, enc)
		if err != nil {
			t.Fatal(err)
		}
		sums[ContentSum(event)] = file
	}
	east := goldenScan()
	east.TakenAt = east.TakenAt.In(time.FixedZone("", 7200))
	sums[ContentSum(east)] = "in another zone"
	if len(sums) != 1 {
		t.Errorf("%d sums: %v", len(sums), sums)
	}
	for name, other := range map[string]Event{
		"another time": func() Event { s := goldenScan(); s.TakenAt = s.TakenAt.Add(1); return s }(),
		"another id":   func() Event { s := goldenScan(); s.ID = "x"; return s }(),
		"a recheck":    &Recheck{ID: "x", Host: "h"},
		"an override":  &Override{ID: "x", Host: "h"},
	} {
		sums[ContentSum(other)] = name
	}
	if len(sums) != 5 {
		t.Errorf("%d sums, want 5: %v", len(sums), sums)
	}
}

// An event that is sent in another format, or compressed, is the same event.
func TestDecodeSummed_is_the_sum_of_the_content_in_whichever_format_our_own_writer_put_it(t *testing.T) {
	event := &Override{ID: "o", Host: "web-1", Patch: "curl.amd64", State: Installed, Reason: "r", By: "b", At: at("2026-03-01T12:00:00.000000001Z")}
	for format := range Format(2) {
		payload, err := Encode(event, format)
		if err != nil {
			t.Fatal(err)
		}
		packed, encoding := pack.Compress(payload, 0)
		for _, sent := range []struct {
			payload  []byte
			encoding string
		}{{payload, ""}, {packed, encoding}} {
			_, sum, err := DecodeSummed(KindOverride, sent.payload, Encoding{ContentType: format.ContentType(), ContentEncoding: sent.encoding})
			if err != nil || sum != ContentSum(event) {
				t.Errorf("%s %s: %x, %v", format.ContentType(), sent.encoding, sum, err)
			}
		}
	}
}
