package messages

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/vmihailenco/msgpack/v5"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/messages/wire"
)

// checkOpened holds for any scan that was taken, and any bytes that come after it: opening a scan and comparing it says what
// decoding all of it says.
func checkOpened(t rapid.TB, earlier, later []byte) (opened *OpenedScan) {
	t.Helper()
	if _, err := Decode(KindScan, earlier, Encoding{}); err != nil {
		return nil
	}
	checkTaken(t, earlier)
	want, wantSum, refused := DecodeSummed(KindScan, later, Encoding{})
	o, err := OpenScan(later, Encoding{})
	var lists *ListChanges
	if err == nil {
		defer o.Release()
		before, errOfEarlier := o.OpenEarlier(earlier, Encoding{})
		if errOfEarlier != nil {
			t.Fatal(errOfEarlier)
		}
		defer before.Release()
		if o.Kept() != o.Whole() {
			t.Fatal("what is whole is not known to keep the contract, or the other way round")
		}
		lists, err = o.Compare(before)
	}
	if diff := cmp.Diff(fieldErrorOf(refused), fieldErrorOf(err)); diff != "" {
		t.Fatalf("refused in other words (-Decode +OpenScan):\n%s", diff)
	}
	if err != nil {
		return nil
	}
	scan := want.(*Scan)
	if !o.Kept() || o.Sum() != wantSum {
		t.Fatal("not known to keep the contract, or another sum")
	}
	if lists == nil {
		t.Fatal("not compared")
	}
	checkLists(t, earlier, later, scan, lists)
	wasWhole := o.Whole()
	if !wasWhole {
		checkOutline(t, o, scan, lists)
	}
	if err := o.Packages(); err != nil {
		t.Fatalf("%v of what was said to keep the contract", err)
	}
	if reflect.DeepEqual(scan, o.Scan) { // which is quicker to say
		return &OpenedScan{Scan: scan, whole: wasWhole}
	}
	if diff := cmp.Diff(scan, o.Scan); diff != "" {
		t.Fatalf("another scan (-Decode +Packages):\n%s", diff)
	}
	return &OpenedScan{Scan: scan, whole: wasWhole}
}

// checkOutline holds for a scan that was compared and left as it came: each package is called what it is called, those that matter are
// whole, and so are those that are asked for.
func checkOutline(t rapid.TB, o *OpenedScan, scan *Scan, lists *ListChanges) {
	t.Helper()
	refers := func(p *Package) bool {
		known := func(id string) bool { return lists.Notices[id] }
		return slices.ContainsFunc(p.Advisories, known) ||
			slices.ContainsFunc(p.Versions, func(v Version) bool { return slices.ContainsFunc(v.Advisories, known) })
	}
	same := func(what string, must func(i int) bool) {
		if len(o.Scan.Packages) != len(scan.Packages) {
			t.Fatalf("%s: %d packages, there are %d", what, len(o.Scan.Packages), len(scan.Packages))
		}
		for i := range scan.Packages {
			got, want := &o.Scan.Packages[i], &scan.Packages[i]
			outline := Package{Name: want.Name, Arch: want.Arch}
			if whole := reflect.DeepEqual(got, want); !whole && (must(i) || !reflect.DeepEqual(*got, outline)) {
				t.Fatalf("%s: package %d is %+v, it came as %+v", what, i, got, want)
			}
		}
	}
	same("compared", func(i int) bool { return lists.Was[i] < 0 || refers(&scan.Packages[i]) })
	wanted := func(name, arch string) bool { return len(name)%2 == 0 }
	if err := o.Read(wanted); err != nil {
		t.Fatal(err)
	}
	same("read", func(i int) bool { return lists.Was[i] < 0 || wanted(scan.Packages[i].Name, "") })
	head, want := *o.Scan, *scan
	head.Packages, want.Packages = nil, nil
	if diff := cmp.Diff(&want, &head, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("other than its packages (-Decode +OpenScan):\n%s", diff)
	}
}

// checkTaken holds for any scan that was taken: read in part it lists what it lists, and whole the packages that are asked for; read whole,
// it says what decoding it says.
func checkTaken(t rapid.TB, payload []byte) {
	t.Helper()
	event, err := Decode(KindScan, payload, Encoding{})
	if err != nil {
		t.Fatal(err)
	}
	want := event.(*Scan)
	o, err := OpenTaken(payload, Encoding{})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Release()
	wanted := func(name, arch string) bool { return len(name)%2 == 0 }
	if err := o.Read(wanted); err != nil {
		t.Fatal(err)
	}
	if len(o.Scan.Packages) != len(want.Packages) {
		t.Fatalf("%d packages, there are %d", len(o.Scan.Packages), len(want.Packages))
	}
	for i := range want.Packages {
		got, want := &o.Scan.Packages[i], &want.Packages[i]
		outline := Package{Name: want.Name, Arch: want.Arch}
		if !reflect.DeepEqual(got, want) && (wanted(want.Name, want.Arch) || !reflect.DeepEqual(*got, outline)) {
			t.Fatalf("package %d is %+v, it came as %+v", i, got, want)
		}
	}
	o.Scan.Packages = want.Packages
	if diff := cmp.Diff(want, o.Scan, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("other than its packages (-Decode +Read):\n%s", diff)
	}
	if err := o.Packages(); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(want, o.Scan) {
		t.Fatalf("another scan (-Decode +Packages):\n%s", cmp.Diff(want, o.Scan))
	}
}

func fieldErrorOf(err error) FieldError {
	if field := (*FieldError)(nil); errors.As(err, &field) {
		return *field
	}
	return FieldError{}
}

// checkLists compares with another reader: every element is looked for in all of the other list.
func checkLists(t rapid.TB, earlier, later []byte, scan *Scan, got *ListChanges) {
	t.Helper()
	was, _ := Decode(KindScan, earlier, Encoding{})
	before := was.(*Scan)
	want := new(ListChanges)
	old, now := elementsOf(t, earlier, "packages"), elementsOf(t, later, "packages")
	for i, element := range now {
		at := slices.IndexFunc(old, func(o msgpack.RawMessage) bool { return bytes.Equal(o, element) })
		if want.Was = append(want.Was, at); at < 0 {
			want.Added, want.Came = append(want.Added, i), append(want.Came, scan.Packages[i])
		}
	}
	for i := range old {
		if !slices.Contains(want.Was, i) {
			want.GoneAt, want.Gone = append(want.GoneAt, i), append(want.Gone, before.Packages[i])
		}
	}
	oldNotices, newNotices := elementsOf(t, earlier, "advisories"), elementsOf(t, later, "advisories")
	note := func(list []msgpack.RawMessage, other []msgpack.RawMessage, of *Scan) {
		for i, element := range list {
			if !slices.ContainsFunc(other, func(o msgpack.RawMessage) bool { return bytes.Equal(o, element) }) {
				if want.Notices == nil {
					want.Notices = make(map[string]bool)
				}
				want.Notices[of.Advisories[i].ID] = true
				want.Advisories = before.Advisories
			}
		}
	}
	note(oldNotices, newNotices, before)
	note(newNotices, oldNotices, scan)
	if reflect.DeepEqual(want, got) {
		return
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("other changes (-searched +compared):\n%s", diff)
	}
}

func elementsOf(t rapid.TB, payload []byte, name string) (list []msgpack.RawMessage) {
	t.Helper()
	var fields map[string]msgpack.RawMessage
	if err := msgpack.Unmarshal(payload, &fields); err != nil {
		t.Fatal(err)
	}
	if raw := fields[name]; raw != nil {
		if err := msgpack.Unmarshal(raw, &list); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// withMaps are the fields of a scan of which each package is a map.
var withMaps = wire.Within(scanHeadFields, func(s *Scan) *Scan { return s },
	wire.Records("packages", MaxPackages, wire.Within(packageFields, func(p *Package) *Package { return p }), func(s *Scan) *[]Package { return &s.Packages }),
	advisoriesField)

// written writes a scan, whatever it says.
func written(t rapid.TB, s *Scan, fields wire.Table[Scan]) []byte {
	t.Helper()
	payload, err := wire.Append(nil, MsgPack, fields, s)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// drawLater draws a scan that is much like another, and often one that breaks the contract.
func drawLater(t *rapid.T, earlier *Scan) *Scan {
	s := *earlier
	s.ID, s.Complete, s.Unchanged = anyID.Draw(t, "id"), rapid.IntRange(0, 9).Draw(t, "complete") > 0, rapid.IntRange(0, 19).Draw(t, "unchanged") == 0
	s.Packages, s.Advisories, s.Origins = slices.Clone(s.Packages), slices.Clone(s.Advisories), slices.Clone(s.Origins)
	for range rapid.IntRange(0, 3).Draw(t, "changes") {
		drawChange(t, &s)
	}
	return &s
}

func drawChange(t *rapid.T, s *Scan) {
	at := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "at") }
	switch what := rapid.IntRange(0, 15).Draw(t, "what"); {
	case what == 0:
		s.Packages = append(s.Packages, drawPackage(t, rapid.IntRange(0, 99).Draw(t, "number"), s))
	case what == 1:
		s.Advisories = append(s.Advisories, drawAdvisory(t, rapid.IntRange(0, 99).Draw(t, "number")))
	case what == 2:
		s.Origins = append(s.Origins, Origin{Archive: "more"})
	case what == 3 && len(s.Origins) > 0:
		s.Origins = s.Origins[1:]
	case what == 4:
		s.OS.System = rapid.SampledFrom([]string{"DEBIAN", "UBUNTU", SystemWindows, SystemMacOS, "SUSE"}).Draw(t, "system")
	case what == 5:
		s.Machine = rapid.SampledFrom([]string{"m", strings.Repeat("m", MaxIDBytes+1)}).Draw(t, "machine")
	case what == 6 && len(s.Advisories) > 0:
		i := at(len(s.Advisories))
		s.Advisories = slices.Delete(s.Advisories, i, i+1)
	case what == 7 && len(s.Advisories) > 0:
		s.Advisories[at(len(s.Advisories))].Severity = "Critical"
	case what == 8 && len(s.Advisories) > 0:
		s.Advisories = append(s.Advisories, s.Advisories[at(len(s.Advisories))])
	case what == 9 && len(s.Advisories) > 0:
		s.Advisories[at(len(s.Advisories))].ID = anyText.Draw(t, "id")
	case len(s.Packages) == 0:
	case what == 10:
		i := at(len(s.Packages))
		s.Packages = slices.Delete(s.Packages, i, i+1)
	case what == 11:
		s.Packages = append(s.Packages, s.Packages[at(len(s.Packages))])
	case what == 12:
		slices.Reverse(s.Packages)
	default:
		drawAlteration(t, s, &s.Packages[at(len(s.Packages))])
	}
}

// drawAlteration changes something of a package.
func drawAlteration(t *rapid.T, s *Scan, p *Package) {
	switch rapid.IntRange(0, 7).Draw(t, "alteration") {
	case 0:
		p.Name = rapid.SampledFrom(s.Packages).Draw(t, "like").Name
	case 1:
		p.Arch = rapid.SampledFrom([]string{"amd64", "i386", "a.b", ""}).Draw(t, "arch")
	case 2:
		p.Installed = nil
	case 3:
		p.State = rapid.SampledFrom([]string{"", "config-files", "unheard-of", KBApplicable}).Draw(t, "state")
	case 4:
		p.Advisories = rapid.SampledFrom([][]string{nil, {"unheard-of"}, drawReferences(t, s)}).Draw(t, "advisories")
	case 5:
		p.Versions = append(slices.Clone(p.Versions), Version{Version: anyVersion.Draw(t, "version"), Origins: []int{len(s.Origins) - rapid.IntRange(0, 1).Draw(t, "beyond")}})
	case 6:
		p.Others = append(slices.Clone(p.Others), anyVersion.Draw(t, "other"))
	default:
		p.Hold = !p.Hold
	}
}

func TestAScanThatIsComparedSaysWhatOneSaysThatIsDecoded(t *testing.T) {
	lazily, wholly := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		earlier := anyScan.Draw(t, "earlier")
		for range rapid.IntRange(0, 3).Draw(t, "notices") {
			earlier.OS.System = "SUSE"
		}
		fields := rapid.SampledFrom([]wire.Table[Scan]{scanFields, scanFields, withMaps}).Draw(t, "fields")
		later, err := wire.Append(nil, MsgPack, fields, drawLater(t, earlier))
		if err != nil {
			return // it cannot be written with the fields that it has
		}
		if rapid.IntRange(0, 3).Draw(t, "bytes") == 0 {
			for range rapid.IntRange(1, 3).Draw(t, "flips") {
				later[rapid.IntRange(0, len(later)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
			}
			later = later[:len(later)-rapid.SampledFrom([]int{0, 0, 0, 1, len(later) / 2}).Draw(t, "cut")]
		}
		switch o := checkOpened(t, written(t, earlier, fields), later); {
		case o == nil:
		case o.whole:
			wholly++
		default:
			lazily++
		}
	})
	if lazily == 0 || wholly == 0 {
		t.Errorf("%d were left as they came, %d decoded: neither way may be missing", lazily, wholly)
	}
}

func FuzzOpenScan(f *testing.F) {
	seeds(f, ".msgpack", func(a []byte) {
		seeds(f, ".msgpack", func(b []byte) { f.Add(a, b) })
	})
	s := goldenScan()
	f.Add(written(f, s, scanFields), written(f, s, scanFields))
	more := *s
	more.Packages = append(slices.Clone(s.Packages), Package{Name: "more", Arch: "amd64"})
	f.Add(written(f, s, scanFields), written(f, &more, scanFields))
	f.Fuzz(func(t *testing.T, earlier, later []byte) { checkOpened(t, earlier, later) })
}

// withoutTotal are the fields of a scan, and the first ones of its packages, without a bound on how many versions there are in all.
var withoutTotal = wire.Within(scanHeadFields, func(s *Scan) *Scan { return s },
	wire.Records("packages", MaxPackages, wire.MapOrListOf(
		text("name", func(p *Package) *string { return &p.Name }),
		text("arch", func(p *Package) *string { return &p.Arch }),
		wire.TextOrNil("installed", MaxVersionBytes, func(p *Package) **string { return &p.Installed }),
		wire.Records("versions", MaxPackageVersions, versionFields, func(p *Package) *[]Version { return &p.Versions }),
	), func(s *Scan) *[]Package { return &s.Packages }))

// What no package breaks alone: a scan that stays within the bounds, and one that adds a package too many.
func TestAScanThatIsComparedKeepsTheBoundsOfAllItsPackagesTogether(t *testing.T) {
	scan := func(packages []Package) *Scan {
		packages[0].Installed = new("1")
		return &Scan{ID: "s", Host: "h", TakenAt: OldestTime(), Complete: true, OS: OS{System: "DEBIAN"}, Packages: packages}
	}
	longNames := make([]Package, MaxNamedBytes/MaxPackageVersions/MaxStringBytes)
	for i := range longNames {
		longNames[i] = Package{Name: fmt.Sprintf("%0*d", MaxStringBytes-20, i), Arch: "all", Versions: fullPackages()[0].Versions}
	}
	for name, tt := range map[string]struct {
		packages []Package
		more     Package
	}{
		"versions":         {fullPackages(), Package{Name: "more", Arch: "all", Versions: []Version{{Version: "1"}}}},
		"bytes that name":  {longNames, Package{Name: strings.Repeat("m", MaxStringBytes), Arch: "all", Versions: fullPackages()[0].Versions}},
		"a name the third": {[]Package{{Name: "a", Arch: "all"}, {Name: "b", Arch: "all"}}, Package{Name: "b", Arch: "all", Versions: []Version{{Version: "1"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			earlier := written(t, scan(tt.packages), withoutTotal)
			if checkOpened(t, earlier, earlier) == nil {
				t.Fatal("the one within the bounds is not taken")
			}
			later := written(t, scan(append(slices.Clone(tt.packages), tt.more)), withoutTotal)
			if checkOpened(t, earlier, later) != nil {
				t.Fatal("the one beyond them is taken")
			}
		})
	}
}

// What a package that is listed in the same bytes as before says is right or wrong by what else is listed.
func TestAScanThatIsComparedIsRefusedForWhatStayedAsItWas(t *testing.T) {
	installed := func(name string, notices ...string) Package {
		return Package{Name: name, Arch: "all", Installed: new("1"), Advisories: notices}
	}
	scan := func(system string, notices []Advisory, packages ...Package) *Scan {
		return &Scan{ID: "s", Host: "h", TakenAt: OldestTime(), Complete: true, OS: OS{System: system}, Packages: packages, Advisories: notices}
	}
	one, two, broken := []Advisory{{ID: "one"}, {ID: "two"}}, []Advisory{{ID: "two"}}, []Advisory{{ID: "one\xff"}, {ID: "two"}}
	atOrigin := installed("a")
	atOrigin.Versions = []Version{{Version: "1", Origins: []int{0}}}
	withOrigin := scan("DEBIAN", nil, atOrigin)
	withOrigin.Origins = []Origin{{Archive: "stable"}}
	for name, tt := range map[string]struct{ earlier, later *Scan }{
		"a notice that is gone":              {scan("SUSE", one, installed("a", "one")), scan("SUSE", two, installed("a", "one"))},
		"the same, in other bytes":           {scan("SUSE", broken, installed("a", "one\xff")), scan("SUSE", two, installed("a", "one\xff"))},
		"a notice of which was never asked":  {scan("UBUNTU", nil, installed("a", "one")), scan("UBUNTU", two, installed("a", "one"))},
		"an origin that is gone":             {withOrigin, scan("DEBIAN", nil, atOrigin)},
		"none is installed any more":         {scan("DEBIAN", nil, installed("a"), Package{Name: "b", Arch: "all"}), scan("DEBIAN", nil, Package{Name: "b", Arch: "all"})},
		"a name that is no more unique":      {scan("DEBIAN", nil, installed("a"), Package{Name: "a", Arch: "i386"}), scan(SystemMacOS, nil, installed("a"), Package{Name: "a", Arch: "i386"})},
		"a state of another system":          {scan("DEBIAN", nil, Package{Name: "a", Arch: "all", Installed: new("1"), State: "unpacked"}), scan(SystemWindows, nil, Package{Name: "a", Arch: "all", Installed: new("1"), State: "unpacked"})},
		"a name that came beside its like":   {scan("DEBIAN", nil, installed("a"), installed("b")), scan("DEBIAN", nil, installed("a"), installed("b"), Package{Name: "a", Arch: "all"})},
		"a notice that came beside its like": {scan("SUSE", one, installed("a")), scan("SUSE", append(slices.Clone(one), Advisory{ID: "one", Type: "security"}), installed("a"))},
	} {
		t.Run(name, func(t *testing.T) {
			earlier := written(t, tt.earlier, scanFields)
			if checkOpened(t, earlier, earlier) == nil {
				t.Fatal("the earlier one is not taken")
			}
			if checkOpened(t, earlier, written(t, tt.later, scanFields)) != nil {
				t.Fatal("the later one is taken")
			}
		})
	}
}

// Which scans are read whole, and whether they can be compared all the same.
func TestAScanIsDecodedThatIsNotAsOurPublishersWriteIt(t *testing.T) {
	s := hostScan(20)
	incomplete, unchanged := *s, *s
	incomplete.Complete, incomplete.Error = false, "dpkg runs"
	unchanged.Unchanged, unchanged.Packages = true, nil
	large := *s
	large.Packages = hostScan(17_000).Packages
	json, err := Encode(s, JSON)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name            string
		payload         []byte
		enc             Encoding
		whole, compared bool
	}{
		{"as ours", written(t, s, scanFields), Encoding{}, false, true},
		{"compressed", packed(t, s), Encoding{ContentEncoding: "zstd"}, false, true},
		{"maps", written(t, s, withMaps), Encoding{}, true, true},
		{"incomplete", written(t, &incomplete, scanFields), Encoding{}, true, true},
		{"unchanged", written(t, &unchanged, scanFields), Encoding{}, true, true},
		{"JSON", json, Encoding{ContentType: "application/json"}, true, false},
		{"too large", written(t, &large, scanFields), Encoding{}, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, err := OpenScan(tt.payload, tt.enc)
			if err != nil {
				t.Fatal(err)
			}
			defer o.Release()
			want, sum, err := DecodeSummed(KindScan, tt.payload, tt.enc)
			if err != nil || o.Sum() != sum {
				t.Errorf("another sum, %v", err)
			}
			before, err := OpenTaken(written(t, s, scanFields), Encoding{})
			if err != nil {
				t.Fatal(err)
			}
			defer before.Release()
			lists, err := o.Compare(before)
			if err != nil || (lists != nil) != tt.compared {
				t.Errorf("compared: %v, %v", lists != nil, err)
			}
			if o.Whole() != tt.whole {
				t.Errorf("whole: %v", o.Whole())
			}
			if diff := cmp.Diff(want, Event(o.Scan)); tt.whole && diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An empty list is written out by others than us. It ends where it ends, and the scan does not end with it.
func TestAScanThatIsComparedMayHaveEmptyLists(t *testing.T) {
	earlier := written(t, hostScan(20), scanFields)
	with := func(more byte, parts ...[]byte) []byte { // more fields, by the head of the map: \xde and two bytes
		payload := slices.Concat(parts...)
		payload[2] += more
		return payload
	}
	empty := []byte("\xaaadvisories\x90")
	for name, tt := range map[string]struct {
		later []byte
		taken bool
	}{
		"first":                  {with(1, earlier[:3], empty, earlier[3:]), true},
		"last":                   {with(1, earlier, empty), true},
		"last, with a field due": {with(2, earlier, empty), false},
	} {
		t.Run(name, func(t *testing.T) {
			if o := checkOpened(t, earlier, tt.later); (o != nil) != tt.taken || o != nil && o.whole {
				t.Errorf("taken: %v", o != nil)
			}
		})
	}
}

// An element is read as deep as it stands in its payload, though it was cut out of it.
func TestAPackageThatIsComparedIsNestedNoDeeperThanOneThatIsDecoded(t *testing.T) {
	scan := func(depth int) []byte {
		const inPackage = 3                                         // the map, the list of packages, the package
		unknown := strings.Repeat("\x91", depth-inPackage) + "\xc0" // where a later release put a string
		pkg := "\x9f\xa1a\xa3all\xa11" + strings.Repeat("\xc0", 11) + unknown
		payload, err := msgpack.Marshal(map[string]any{
			"v": 1, "id": "s", "host": "h", "taken_at": "2026-01-02T03:04:05Z", "complete": true, "os": map[string]string{"system": "DEBIAN"},
			"packages": []msgpack.RawMessage{msgpack.RawMessage(pkg)},
		})
		if err != nil {
			t.Fatal(err)
		}
		return payload
	}
	if checkOpened(t, scan(4), scan(maxNesting)) == nil {
		t.Error("as deep as may be is not taken")
	}
	if checkOpened(t, scan(4), scan(maxNesting+1)) != nil {
		t.Error("deeper is taken")
	}
}

func TestAReleasedScanKeepsItsHeadAndNothingOfThePayload(t *testing.T) {
	o, err := OpenScan(packed(t, hostScan(700)), Encoding{ContentEncoding: "zstd"})
	if err != nil {
		t.Fatal(err)
	}
	lists := o.lists
	o.Release()
	want := hostScan(700)
	want.Packages = nil
	if diff := cmp.Diff(want, o.Scan); diff != "" || lists.packages.Len() != 0 {
		t.Error(diff, lists.packages.Len())
	}
}

// The memory of packages is used again for those of the next scan, the strings in them are not.
func TestOfReleasedPackagesOnlyTheStringsStay(t *testing.T) {
	s := hostScan(700)
	var names []string
	for range 3 {
		o, err := OpenScan(packed(t, s), Encoding{ContentEncoding: "zstd"})
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Packages(); err != nil {
			t.Fatal(err)
		}
		for i := range o.Scan.Packages {
			names = append(names, o.Scan.Packages[i].Name)
		}
		o.Release()
		if len(o.Scan.Packages) > 0 {
			t.Fatal("packages that were released are still listed")
		}
		slices.Reverse(s.Packages)
	}
	for i, name := range names {
		if at := i % 700; i/700 == 1 && name != s.Packages[at].Name || i/700 != 1 && name != s.Packages[699-at].Name {
			t.Fatalf("%d: %q is another name by now", i, name)
		}
	}
}

// A panic of ours is survived, and the next scan is read into memory of which nothing is known to be zero.
func TestAListThatWasBeingFilledIsNotUsedAgain(t *testing.T) {
	o, err := OpenScan(written(t, hostScan(3), scanFields), Encoding{})
	if err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() { _ = recover() }()
		defer o.Release()
		o.emptyList(1)[:1][0] = Package{Name: "left behind"}
		panic("in the middle of it")
	}()
	for range 2 * runtime.GOMAXPROCS(0) {
		list := packageLists.Get().(*packageList)
		for _, p := range list.packages[:cap(list.packages)] {
			if p.Name != "" {
				t.Fatalf("a list is to be filled that has %q in it", p.Name)
			}
		}
	}
}
