package record

import (
	"fmt"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// benchScan is a full scan of a Debian host.
func benchScan(packages int) *messages.Scan {
	s := &messages.Scan{
		ID: "scan-01793505660000000000", Host: "mail-000003.example.org", TakenAt: now.UTC(), Complete: true,
		OS:   messages.OS{System: "DEBIAN", Product: "Debian12", Version: "12", Codename: "bookworm", Arch: "amd64", Kernel: "6.1.0-50-amd64"},
		Tags: map[string]string{"PatchGroup": "mail-ring-0"}, BootedAt: now.UTC().Add(-time.Hour), BootID: "0b0e7a5a1d3f4f7c893e2943b94f381e",
		IndexAt: now.UTC(), Machine: "40c3343273249dc71bd61c203e047305",
	}
	for _, suffix := range []string{"", "-updates", "-security"} {
		s.Origins = append(s.Origins, messages.Origin{
			Archive: "oldstable" + suffix, Site: "deb.debian.org", Origin: "Debian", Label: "Debian" + suffix, Component: "main",
			Codename: "bookworm" + suffix, Trusted: true, Date: now.UTC().Add(-time.Hour),
		})
	}
	for i := range packages {
		is := fmt.Sprintf("%d.%d-%d", i%5, i%31, i%3)
		p := messages.Package{Name: fmt.Sprintf("lib%c%05d", 'a'+i%26, i), Arch: "amd64", Installed: &is, Candidate: is, Versions: []messages.Version{{Version: is, Origins: []int{0}, Priority: "optional", Section: "libs"}}}
		if i%8 == 0 {
			p.Candidate = is + "+deb12u1"
			p.Versions = append(p.Versions, messages.Version{Version: p.Candidate, Origins: []int{2}, Priority: "optional", Section: "libs"})
		}
		s.Packages = append(s.Packages, p)
	}
	s.Hash = messages.ContentHash(s)
	return s
}

// benchRecord is the record of a host of 700 packages, as it is after a full scan, whose change is not known to be published, or after
// an unchanged one.
func benchRecord(b *testing.B, unchanged bool) *Record {
	b.Helper()
	at := now.UTC().Add(time.Hour)
	scan := benchScan(700)
	r := &Record{Revision: 17, CommitID: "MFRGGZDFMZTWQ2LKNNWG23TPOB", CommittedAt: at, Heard: at, Later: at.Add(168 * time.Hour), Scanned: true}
	r.Basis = Basis{BaselinesCreated: now.UTC(), BaselinesSeq: 7, By: fmt.Sprintf("%q %d %q %s %+v", "prod-debian", 7, "mail-ring-0", "group", classify.Settings{})}
	r.Fences = Fences{Changed: 123456, Status: 123400}
	add(&r.Facts, scan)
	if unchanged {
		later := *scan
		later.ID, later.TakenAt, later.Unchanged, later.Packages = "scan-01793509200000000000", at, true, nil
		add(&r.Facts, &later)
	}
	r.Report = new(classify.Library).Judge(scan.Host, &r.Facts, at)
	transitions := classify.Diff(nil, r.Report, at)
	if !unchanged {
		r.Outbox = outbox(b, &messages.Changed{
			Head: messages.Head{
				V: 1, ID: "i/mail-000003.example.org/17", Host: scan.Host, Revision: 17, At: at, Counts: r.Report.Counts, Baseline: r.Report.Baseline,
				Cause: messages.Cause{Kind: messages.KindScan, ID: scan.ID, OccurredAt: at},
			},
			Transitions: transitions[:5],
		})
	}
	if _, err := r.Encode(); err != nil {
		b.Fatal(err)
	}
	r.Drop()
	return r
}

func benchRecords(b *testing.B, each func(b *testing.B, r *Record)) {
	for name, unchanged := range map[string]bool{"unchanged": true, "full": false} {
		b.Run(name, func(b *testing.B) { each(b, benchRecord(b, unchanged)) })
	}
}

func BenchmarkReadRecord(b *testing.B) {
	benchRecords(b, func(b *testing.B, r *Record) {
		e, err := r.Encode()
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Decode(e.Text); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(e.Size()), "stored-B")
	})
}

// BenchmarkWriteRecord writes a record whose report and full scan stay as they are.
func BenchmarkWriteRecord(b *testing.B) {
	benchRecords(b, func(b *testing.B, r *Record) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.Encode(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
