package query_test

import (
	"context"
	"errors"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nats-io/nats.go/jetstream"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/classifytest"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/workertest"
)

// told is a host's changes, as a worker would have published them, and the reports that they make.
type told struct {
	reports []*classify.Report
	changes []*messages.Changed
}

// tell applies events one after the other, a minute apart.
func tell(host string, events []messages.Event) (t told) {
	var facts classify.Facts
	var before *classify.Report
	for i, e := range events {
		at := classifytest.At(100).Add(time.Duration(i) * time.Minute)
		facts.Add(e, messages.ContentSum(e))
		report := new(classify.Library).Judge(host, &facts, at)
		transitions := classify.Diff(before, report, at)
		if !classify.Changed(before, report, transitions) {
			continue
		}
		c := &messages.Changed{Transitions: transitions}
		c.Host, c.ID, c.Revision, c.At = host, host, uint64(len(t.changes)+1), at
		c.Status.To, c.Level.To, c.Counts, c.Conditions = report.Status, report.Level, report.Counts, report.Conditions
		c.Status.Reasons = report.Reasons
		if before != nil {
			c.Status.From, c.Level.From = before.Status, before.Level
		}
		t.changes, t.reports, before = append(t.changes, c), append(t.reports, report), report
	}
	return t
}

func publish(t fataler, js jetstream.JetStream, changes []*messages.Changed) {
	for _, c := range changes {
		text, err := messages.EncodeChange(c, messages.MsgPack)
		must(t, text, err)
		_, err = js.Publish(context.Background(), messages.ChangedSubject(c.Host), text)
		must(t, 0, err)
	}
}

func pastOf(r *classify.Report) []query.PastPatch {
	patches := []query.PastPatch{}
	for _, i := range r.Patches {
		patches = append(patches, query.PastPatch{Patch: i.Patch, Name: i.Name, Arch: i.Arch, State: i.State, Version: i.Version, Installed: i.Installed, Level: i.Level, Classification: i.Classification, Blocked: i.Blocked})
	}
	return patches
}

// A host at a time is what package classify makes of the events that were applied by then; where the first changes are kept no longer, what
// is known of it is true.
func TestAHostAtATimeIsWhatItsEventsMadeByThen(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	workertest.Streams(t, js, time.Minute)
	stream, err := js.Stream(t.Context(), messages.StreamChanges)
	must(t, stream, err)
	rapid.Check(t, func(r *rapid.T) {
		ctx := context.Background()
		must(r, 0, stream.Purge(ctx))
		pick := classifytest.Pick(func(n int) int { return rapid.IntRange(0, n-1).Draw(r, "pick") })
		history := tell("web-1", append(pick.Host(), pick.Host()...))
		publish(r, js, history.changes)
		if len(history.changes) == 0 {
			return
		}
		gone := rapid.IntRange(0, len(history.changes)-1).Draw(r, "gone")
		if gone > 0 {
			info, err := stream.Info(ctx)
			must(r, info, err)
			must(r, 0, stream.Purge(ctx, jetstream.WithPurgeSequence(info.State.FirstSeq+uint64(gone))))
		}
		now := history.reports[len(history.reports)-1]
		for i, report := range history.reports {
			at := history.changes[i].At.Add(time.Second)
			got, err := query.PastAt(ctx, js, "web-1", at, now)
			then := query.NewPastFleet(at)
			for _, c := range history.changes[gone:] {
				copied := *c
				then.Take(&copied)
			}
			hosts, forgotten := then.Hosts()
			var v *query.PastView
			if len(hosts) == 1 {
				v = &hosts[0]
			}
			if (forgotten == 1) != (i < gone) || (v == nil) != (i < gone || report.Status == messages.Retired) || v != nil && (v.Status != report.Status || v.Level != report.Level || len(v.Patches) > 0) {
				r.Fatalf("change %d of %d, the first %d gone: of the fleet %+v, %d forgotten; %s", i, len(history.changes), gone, v, forgotten, report.Status)
			}
			if i < gone {
				if early := new(query.RetentionError); !errors.As(err, &early) || !early.Earliest.Equal(history.changes[gone].At) {
					r.Fatalf("change %d of %d, the first %d gone: %v", i, len(history.changes), gone, err)
				}
				continue
			}
			must(r, got, err)
			want := pastOf(report)
			for j := range got.Patches {
				if p := &got.Patches[j]; p.StateOnly && gone > 0 && j < len(want) { // no more is said
					want[j] = query.PastPatch{Patch: want[j].Patch, Name: want[j].Name, Arch: want[j].Arch, State: want[j].State, StateOnly: true}
				}
			}
			if diff := gocmp.Diff(want, got.Patches, cmpopts.IgnoreFields(query.PastPatch{}, "Since")); diff != "" || got.Status != report.Status || got.Level != report.Level {
				r.Fatalf("change %d of %d, the first %d gone: %s %s\n(-report +past)\n%s", i, len(history.changes), gone, got.Status, got.Level, diff)
			}
		}
		if _, err := query.PastAt(ctx, js, "web-1", classifytest.At(99), now); gone == 0 && !errors.Is(err, query.ErrNotYet) {
			r.Fatal(err)
		}
	})
}

// The trend goes backwards from the fleet as it is, and each day is what the reports of that day come to.
func TestATrendIsWhatEachDayWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	workertest.Streams(t, w.js, time.Minute)
	host, reports := "web-1.example.org", map[string]*classify.Report{}
	w.set(time.Now().UTC())
	today := w.now.Truncate(24 * time.Hour)
	x := w.index(t)
	trends := query.NewTrends(x)
	if got, err := trends.Days(t.Context(), 5, nil); err != nil || len(got) != 5 || got[4].Hosts != 0 {
		t.Errorf("of nothing: %+v, %v", got, err)
	}
	var before *classify.Report
	var facts classify.Facts
	for i, scan := range []*messages.Scan{
		workertest.Scan(host, 0, workertest.Package("a", "1"), workertest.Package("b", "1")),
		workertest.Scan(host, 1, workertest.Package("a", "1", "2"), workertest.Package("b", "1", "2")),
		workertest.Scan(host, 2, workertest.Package("a", "2"), workertest.Package("b", "1", "2")),
		workertest.Scan(host, 3, workertest.Package("a", "2"), workertest.Package("b", "2")),
	} {
		at := today.AddDate(0, 0, i-3).Add(time.Minute)
		facts.Add(scan, messages.ContentSum(scan))
		report := new(classify.Library).Judge(host, &facts, w.now)
		c := &messages.Changed{Transitions: classify.Diff(before, report, at)}
		c.Host, c.ID, c.Revision, c.At, c.Counts, c.Status.To = host, host, uint64(i+1), at, report.Counts, report.Status
		if before != nil {
			c.Status.From = before.Status
		}
		publish(t, w.js, []*messages.Changed{c})
		before, reports[at.Format(time.DateOnly)] = report, report
		w.say(t, host, scan)
	}
	w.reaches(t, x)
	for range 2 { // the second time nothing is read again
		got, err := trends.Days(t.Context(), 1, nil)
		must(t, got, err)
		if len(got) != 1 || got[0].Hosts != 1 || got[0].Compliant != 1 || got[0].OpenPatches != 0 {
			t.Errorf("%+v", got)
		}
	}
	if _, err := trends.Days(t.Context(), query.MaxTrendDays+1, nil); err == nil {
		t.Error("more days than there are")
	}
	for _, scope := range [][]string{nil, {""}, {"other"}} {
		points, err := trends.Days(t.Context(), 30, scope) // that begin with the oldest change
		must(t, points, err)
		for i, p := range points {
			want := query.TrendPoint{Day: today.AddDate(0, 0, i-3).Format(time.DateOnly)}
			if r := reports[p.Day]; r != nil && (scope == nil || scope[0] == "") {
				want.Hosts, want.OpenPatches = 1, r.Counts[string(messages.Missing)]
				switch r.Status {
				case messages.Compliant:
					want.Compliant = 1
				case messages.NonCompliant:
					want.NonCompliant = 1
				}
			}
			if len(points) != 4 || p != want {
				t.Errorf("scope %v: %+v, want %+v", scope, p, want)
			}
		}
	}
}
