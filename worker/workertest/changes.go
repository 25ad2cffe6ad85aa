package workertest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
)

// Published is what PATCH_CHANGES says of one host, in the order of the stream.
type Published struct {
	Changed []*messages.Changed
	Status  []*messages.StatusChanged

	Messages []Message // both, as they came
}

// Message is a message of a stream.
type Message struct {
	Subject  string
	Header   nats.Header
	Data     []byte
	Sequence uint64
}

// ReadAll reads a stream from its beginning with an ordinary consumer.
func ReadAll(t testing.TB, js jetstream.JetStream, stream string) []Message {
	t.Helper()
	consumer, err := js.CreateConsumer(t.Context(), stream, jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy})
	if err != nil {
		t.Fatal(err)
	}
	info, err := consumer.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []Message
	for want := int(info.NumPending); len(all) < want; {
		batch, err := consumer.Fetch(want-len(all), jetstream.FetchMaxWait(5*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		for m := range batch.Messages() {
			meta, err := m.Metadata()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, Message{m.Subject(), m.Headers(), m.Data(), meta.Sequence.Stream})
		}
		if batch.Error() != nil {
			t.Fatalf("after %d of %d messages of %s: %v", len(all), want, stream, batch.Error())
		}
	}
	return all
}

// ReadChanges reads all that was published of every host.
func ReadChanges(t testing.TB, js jetstream.JetStream) map[string]*Published {
	t.Helper()
	hosts := make(map[string]*Published)
	for _, m := range ReadAll(t, js, messages.StreamChanges) {
		enc := messages.EncodingOf(m.Header)
		host := m.Subject[len(messages.ChangedSubject("")):]
		var changed *messages.Changed
		var status *messages.StatusChanged
		var err error
		if m.Subject == messages.ChangedSubject(host) {
			changed, err = messages.DecodeChanged(m.Data, enc)
		} else {
			host = m.Subject[len(messages.StatusSubject("")):]
			status, err = messages.DecodeStatusChanged(m.Data, enc)
		}
		if err != nil {
			t.Fatalf("%s %d: %v", m.Subject, m.Sequence, err)
		}
		published := hosts[host]
		if published == nil {
			published = new(Published)
			hosts[host] = published
		}
		published.Messages = append(published.Messages, m)
		if changed != nil {
			published.Changed = append(published.Changed, changed)
		} else {
			published.Status = append(published.Status, status)
		}
	}
	return hosts
}

// Revisions returns the revisions of a host's changes, in the order of the stream.
func (published *Published) Revisions() []uint64 {
	if published == nil {
		return nil
	}
	var all []uint64
	for _, c := range published.Changed {
		all = append(all, c.Revision)
	}
	return all
}

// Items folds the transitions, as a subscriber does.
func (published *Published) Items() []classify.Item {
	var items []classify.Item
	for _, c := range published.Changed {
		if c.Initial {
			items = nil
		}
		items = classify.Apply(items, c.Transitions)
	}
	return items
}

// CheckNumbers checks that revisions are 1, 2, 3, …, in the order of the stream, each once; and that a status
// message follows those revisions, and no others, whose status changed or of which a condition came or went. What is said of a run is said
// where it is the cause.
func CheckNumbers(t testing.TB, published *Published) {
	t.Helper()
	if published == nil || len(published.Changed) == 0 {
		t.Error("nothing was published")
		return
	}
	var turned, status []uint64
	for i, c := range published.Changed {
		if c.Revision != uint64(i+1) {
			t.Errorf("the revisions are %d, not 1 to n", published.Revisions())
			break
		}
		if c.Status.From != c.Status.To || c.ConditionsFrom != nil {
			turned = append(turned, c.Revision)
		}
		before := []string{}
		if i > 0 {
			before = codes(published.Changed[i-1].Conditions)
		}
		if want := !slices.Equal(before, codes(c.Conditions)); want != (c.ConditionsFrom != nil) || want && !slices.Equal(before, c.ConditionsFrom) {
			t.Errorf("revision %d has the conditions %q from %q, the one before had %q", c.Revision, codes(c.Conditions), c.ConditionsFrom, before)
		}
		if (c.Run != nil) != (c.Cause.Kind == messages.KindRun) {
			t.Errorf("revision %d rests on a %s, and has the run %+v", c.Revision, c.Cause.Kind, c.Run)
		}
		if i > 0 && c.Status.From != published.Changed[i-1].Status.To {
			t.Errorf("revision %d begins at %q, the one before ended at %q", c.Revision, c.Status.From, published.Changed[i-1].Status.To)
		}
	}
	for _, s := range published.Status {
		status = append(status, s.Revision)
	}
	seen := make(map[string]bool)
	for _, m := range published.Messages {
		revision := m.Header.Get(messages.HeaderRevision)
		if m.Subject == messages.StatusSubject(published.Changed[0].Host) && !seen[revision] {
			t.Errorf("the status of revision %s stands before its change", revision)
		}
		seen[revision] = true
	}
	if !cmp.Equal(turned, status) {
		t.Errorf("the status changed in revisions %d, and status messages went out for %d", turned, status)
	}
}

func codes(conditions []messages.Condition) []string {
	all := []string{}
	for _, c := range conditions {
		all = append(all, c.Code)
	}
	return all
}

// Expected is the report that follows from a set of events.
func Expected(host string, library *classify.Library, now time.Time, events ...messages.Event) *classify.Report {
	var facts classify.Facts
	for _, e := range events {
		facts.Add(e, messages.ContentSum(e))
	}
	return library.Judge(host, &facts, now)
}

// Stored returns a host's record, nil where there is none.
func Stored(t testing.TB, js jetstream.JetStream, host string) *record.Record {
	t.Helper()
	kv, err := js.KeyValue(t.Context(), messages.BucketHosts)
	if err != nil {
		t.Fatal(err)
	}
	stored, _, err := record.NewStore(js, kv, 5*time.Second).Load(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

// Put stores a host's record, and the full scan that it names, over whatever is there, and returns the version.
func Put(t interface{ Fatal(args ...any) }, kv jetstream.KeyValue, js jetstream.JetStream, host string, r *record.Record) uint64 {
	ctx, cancel := context.WithTimeout(context.Background(), Deadline)
	defer cancel()
	e, err := r.Encode()
	if err == nil && e.Scan != nil {
		err = record.NewStore(js, kv, Deadline).SaveScan(ctx, host, e.Scan)
	}
	if err != nil {
		t.Fatal(err)
	}
	version, err := kv.Put(ctx, host, e.Text)
	if err != nil {
		t.Fatal(err)
	}
	return version
}

// CheckHost checks all that a host's subscribers and its record may be asked: the numbers, that folding the
// transitions gives what package classify makes of the set of events, and that the stored report is that report.
func CheckHost(t testing.TB, js jetstream.JetStream, host string, library *classify.Library, now time.Time, events ...messages.Event) *Published {
	t.Helper()
	published := ReadChanges(t, js)[host]
	CheckNumbers(t, published)
	want := Expected(host, library, now, events...)
	if published == nil || len(published.Changed) == 0 {
		t.Fatalf("nothing was published of %s", host)
	}
	if diff := cmp.Diff(want.Patches, published.Items(), core, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("what the changes of %s add up to is not what its events say (-events +changes):\n%s", host, diff)
	}
	last := published.Changed[len(published.Changed)-1]
	head := []any{last.Status.To, last.Status.Reasons, last.Level.To, last.Counts, last.Baseline, codes(last.Conditions)}
	if diff := cmp.Diff([]any{want.Status, want.Reasons, want.Level, want.Counts, want.Baseline, want.Codes()}, head, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the last change of %s (-want +got):\n%s", host, diff)
	}
	stored := Stored(t, js, host)
	if stored == nil {
		t.Fatalf("%s has no record", host)
	}
	without := cmp.Options{
		cmpopts.IgnoreFields(classify.Item{}, "Since"), cmpopts.IgnoreFields(messages.Condition{}, "Since"),
		cmpopts.IgnoreFields(classify.Frame{}, "At"), cmpopts.EquateEmpty(),
	}
	if diff := cmp.Diff(want, stored.Report, without); diff != "" {
		t.Errorf("the stored report of %s (-want +got):\n%s", host, diff)
	}
	checkSchedule(t, js, stored)
	if stored.Revision != last.Revision {
		t.Errorf("the record of %s is at revision %d, and %d was published", host, stored.Revision, last.Revision)
	}
	return published
}

// checkSchedule checks that a host whose report is due again comes up then.
func checkSchedule(t testing.TB, js jetstream.JetStream, r *record.Record) {
	t.Helper()
	due := r.Report.Due
	if due.IsZero() {
		return
	}
	if late := r.Later.Sub(due); r.Later.IsZero() || late >= time.Second {
		t.Errorf("the report is due at %s, and the record names a schedule for %s", due, r.Later)
	}
	host := r.Report.Host
	queued := Later(t, js, ">")
	if subject := messages.LaterSubject(r.Later, host); queued[subject] == 0 && queued[messages.DueSubject(host)] == 0 {
		t.Errorf("there is no %s, only %v", subject, queued)
	}
}

// core compares of items what makes a change: not why they are so, nor since when, nor which event said it.
var core = cmp.Options{
	cmpopts.IgnoreFields(classify.Item{}, "Since"),
	cmp.Transformer("Override", func(r messages.Reason) *messages.OverrideReason {
		if r.Override == nil {
			return nil
		}
		o := *r.Override
		o.Event = ""
		return &o
	}),
}
