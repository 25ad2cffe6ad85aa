package messages

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/patchstream/patchstream/messages/pack"
)

// compareTaken compares what two full scans list, given as payloads that [Decode] has taken.
func compareTaken(earlier, later []byte, encodingOfEarlier, encodingOfLater Encoding) (*ListChanges, error) {
	now, err := OpenTaken(later, encodingOfLater)
	if err != nil {
		return nil, err
	}
	defer now.Release()
	before, err := now.OpenEarlier(earlier, encodingOfEarlier)
	if err != nil {
		return nil, err
	}
	defer before.Release()
	return now.Compare(before)
}

// checkComparison holds for any two scans that are taken: what is not said to differ is the same in both.
func checkComparison(t *testing.T, earlier, later []byte) {
	t.Helper()
	before, err := Decode(KindScan, earlier, Encoding{})
	if err != nil {
		return
	}
	now, err := Decode(KindScan, later, Encoding{})
	if err != nil {
		return
	}
	lists, err := compareTaken(earlier, later, Encoding{}, Encoding{})
	if err != nil || lists == nil {
		t.Fatalf("not compared: %v", err)
	}
	was, is := before.(*Scan), now.(*Scan)
	type key struct{ name, arch string }
	left := make(map[key]Package)
	for _, p := range was.Packages {
		left[key{p.Name, p.Arch}] = p
	}
	for i, p := range lists.Gone {
		if diff := cmp.Diff(was.Packages[lists.GoneAt[i]], p, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("gone from another position (-listed +gone):\n%s", diff)
		}
		k := key{p.Name, p.Arch}
		if diff := cmp.Diff(left[k], p, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("gone, and never there (-listed +gone):\n%s", diff)
		}
		delete(left, k)
	}
	for i, p := range is.Packages {
		if len(lists.Added) > 0 && lists.Added[0] == i {
			if lists.Added = lists.Added[1:]; lists.Was[i] != -1 {
				t.Fatalf("position %d was added, and was at %d", i, lists.Was[i])
			}
			continue
		}
		if diff := cmp.Diff(was.Packages[lists.Was[i]], p, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("it was at another position (-listed +now):\n%s", diff)
		}
		k := key{p.Name, p.Arch}
		if diff := cmp.Diff(left[k], p, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("the same, and not the same (-before +now):\n%s", diff)
		}
		delete(left, k)
	}
	if len(left)+len(lists.Added) > 0 {
		t.Fatalf("not told of: %v, %v", left, lists.Added)
	}
	checkNotices(t, was, is, lists)
}

func checkNotices(t *testing.T, was, is *Scan, lists *ListChanges) {
	t.Helper()
	if len(lists.Notices) > 0 {
		if diff := cmp.Diff(was.Advisories, lists.Advisories, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("the advisories of before (-decoded +compared):\n%s", diff)
		}
	}
	same := func(list []Advisory) map[string]Advisory {
		byID := make(map[string]Advisory)
		for _, a := range list {
			if !lists.Notices[a.ID] {
				byID[a.ID] = a
			}
		}
		return byID
	}
	if diff := cmp.Diff(same(was.Advisories), same(is.Advisories), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("advisories that differ and are not named (-before +now):\n%s", diff)
	}
}

func FuzzCompareLists(f *testing.F) {
	seeds(f, ".msgpack", func(a []byte) {
		seeds(f, ".msgpack", func(b []byte) { f.Add(a, b) })
	})
	// Packages as maps, as nil, none; a list within the name; the same package in two encodings of a string.
	f.Add([]byte("\x81\xa8packages\x92\x81\xa4name\xa1a\xc0"), []byte("\x81\xa8packages\xc0"))
	f.Fuzz(checkComparison)
}

func TestWhatIsListedInTheSameBytesIsNotSaidToDiffer(t *testing.T) {
	scan := func(packages ...Package) []byte {
		s := &Scan{ID: "s", Host: "web-1", TakenAt: at("2026-03-01T12:00:00Z"), Complete: true, OS: OS{System: "DEBIAN"}, Packages: packages}
		payload, err := Encode(s, MsgPack)
		if err != nil {
			t.Fatal(err)
		}
		return payload
	}
	p := func(name, version string) Package { return Package{Name: name, Arch: "amd64", Installed: &version} }
	a, b, c := p("a", "1"), p("b", "1"), p("c", "1")
	for _, row := range []struct {
		name           string
		earlier, later []byte
		gone           []string
		added          []int
	}{
		{"nothing", scan(a, b), scan(a, b), nil, nil},
		{"one changed", scan(a, b, c), scan(a, p("b", "2"), c), []string{"b"}, []int{1}},
		{"one came first", scan(b, c), scan(a, b, c), nil, []int{0}},
		{"one went", scan(a, b, c), scan(b, c), []string{"a"}, nil},
		{"another order", scan(a, b, c), scan(c, a, b), nil, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			checkComparison(t, row.earlier, row.later)
			packed, encoding := pack.Compress(row.later, 0)
			got, err := compareTaken(row.earlier, packed, Encoding{}, Encoding{ContentEncoding: encoding})
			if err != nil {
				t.Fatal(err)
			}
			var gone []string
			for _, p := range got.Gone {
				gone = append(gone, p.Name)
			}
			if diff := cmp.Diff(row.gone, gone) + cmp.Diff(row.added, got.Added); diff != "" {
				t.Error(diff)
			}
		})
	}
	json, err := Encode(&Scan{ID: "s", Host: "web-1", TakenAt: at("2026-03-01T12:00:00Z"), Complete: true, OS: OS{System: "DEBIAN"}, Packages: []Package{a}}, JSON)
	if err != nil {
		t.Fatal(err)
	}
	if lists, err := compareTaken(scan(a), json, Encoding{}, Encoding{ContentType: JSON.ContentType()}); lists != nil || err != nil {
		t.Errorf("JSON: %v %v", lists, err)
	}
}
