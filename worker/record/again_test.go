package record

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/classifytest"
	"github.com/patchstream/patchstream/messages"
)

// lightly reads a record as a worker does, which decodes no more than it needs.
func lightly(t *rapid.T, text []byte) *Record {
	w, err := decodeWire(text)
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.record()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What a judging keeps of a report stays in the record as bytes, and comes back as if all had been judged and written anew.
func TestWhatIsKeptOfAReportComesBackAsJudgedAnew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := classifytest.Pick(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "n") })
		events := append(p.Host(), p.Host()...)
		if p(2) == 0 {
			events = append(p.RPMHost(), p.RPMHost()...)
		}
		library, now := new(classify.Library), classifytest.Start
		text, err := new(Record).Encode()
		if err != nil {
			t.Fatal(err)
		}
		var last *classify.Report
		var facts classify.Facts
		for i, e := range events {
			r := lightly(t, text)
			if scan, ok := e.(*messages.Scan); ok && scan.Complete && r.Facts.Full != nil && p(3) > 0 {
				again := *scan
				again.TakenAt = r.Facts.Full.At.Add(time.Duration(1+i) * time.Hour)
				again.Unchanged, again.Packages, again.Advisories, again.Hash = true, nil, nil, r.Facts.Full.Scan.Hash
				e = &again
			}
			now = now.Add(time.Hour)
			before := r.Before()
			r.Facts.Add(e, messages.ContentSum(e))
			facts.Add(e, messages.ContentSum(e))
			judging := library.Begin("web-1", &r.Facts, now, before)
			if err := r.Provide(judging.Needs()); err != nil {
				t.Fatal(err)
			}
			report := judging.Report()
			classify.Diff(r.Report, report, now)
			r.Report = report
			if text, err = r.Encode(); err != nil {
				t.Fatal(err)
			}
			want := library.Judge("web-1", &facts, now)
			classify.Diff(last, want, now)
			last = want
			got, err := Decode(text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.Report, same); diff != "" {
				t.Fatalf("after event %d (-judged anew +kept):\n%s", i, diff)
			}
			if diff := cmp.Diff(Summarise(want), r.summary, same); diff != "" {
				t.Fatalf("the summary after event %d (-judged anew +kept):\n%s", i, diff)
			}
			if again := lightly(t, text); again.Report != nil && again.Facts.Full != nil && len(again.Facts.Full.Scan.Packages) > 0 {
				t.Fatal("the packages were decoded, and nobody asked for them")
			}
		}
	})
}
