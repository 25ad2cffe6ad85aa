package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/workertest"
)

// pileMisdeeds are what a host may do to be kept ever more of, in records, dead letters and connections.
func pileMisdeeds() []misdeed {
	return []misdeed{
		{name: "runs of ever new names", do: func(ctx context.Context, a *adversary) {
			a.event(ctx, listed())
			for n := range 14 {
				a.event(ctx, newNames(n, messages.MaxOutcomes, "r"))
			}
		}, check: recordIsSmall},
		{name: "runs of ever new names with an id as long as may be", do: func(ctx context.Context, a *adversary) {
			a.event(ctx, listed())
			for n := range 4 {
				a.event(ctx, newNames(n, messages.MaxOutcomes, strings.Repeat("r", messages.MaxStringBytes)))
			}
		}, check: recordIsSmall},
		{name: "unreadable events that fill the disk", do: func(ctx context.Context, a *adversary) {
			for n := range 25 {
				a.send(ctx, messages.KindScan, noise(n, 6<<20))
			}
		}, check: lettersAreFew},
		{name: "events from the future that fill the disk", do: func(ctx context.Context, a *adversary) {
			for n := range 12 {
				s := workertest.Scan(badHost, 0, workertest.Package("bash", "1"))
				s.ID, s.TakenAt = fmt.Sprint(n), time.Now().Add(time.Hour)
				s.Packages[0].Advisories = []string{}
				for text := string(noise(n, 5<<20)); text != ""; text = text[min(len(text), messages.MaxStringBytes):] {
					s.Packages[0].Advisories = append(s.Packages[0].Advisories, text[:min(len(text), messages.MaxStringBytes)])
				}
				a.event(ctx, s)
			}
			for range 100 {
				a.send(ctx, messages.KindRun, []byte("hello"))
			}
		}, check: lettersAreFew},
		{name: "connections that say nothing", do: func(ctx context.Context, a *adversary) {
			for range 300 {
				for _, address := range []string{a.web, a.address} {
					if idle, err := net.DialTimeout("tcp", address, time.Second); err == nil {
						a.Cleanup(func() { _ = idle.Close() })
					}
				}
			}
		}, check: func(ctx context.Context, a *adversary) {
			a.Helper()
			if status, said := a.readiness(ctx); status != http.StatusOK {
				a.Errorf("readiness: %d %s", status, said)
			}
		}},
	}
}

// listed is a scan of the bad host, by which every outcome of a package that it does not list becomes a patch.
func listed() *messages.Scan {
	s := workertest.Scan(badHost, 0, workertest.Package("bash", "1"))
	s.TakenAt = time.Now().Add(-time.Minute).UTC()
	return s
}

// newNames is a run of failures of packages that no other run names.
func newNames(n, outcomes int, id string) *messages.Run {
	r := workertest.Run(badHost, 0)
	r.ID, r.RunID, r.FinishedAt = fmt.Sprint(n), id, time.Now().Add(time.Duration(n)*time.Millisecond).UTC()
	for i := range outcomes {
		r.Outcomes = append(r.Outcomes, workertest.Outcome(fmt.Sprintf("p%d-%d", n, i), "1.0", messages.ResultFailed))
	}
	return r
}

// noise is text on which compression gains little.
func noise(n, bytes int) []byte {
	random, text := rand.New(rand.NewPCG(7, uint64(n))), make([]byte, bytes)
	for i := range text {
		text[i] = ' ' + byte(random.IntN(95))
	}
	return text
}

// event publishes an event of the bad host as a publisher would.
func (a *adversary) event(ctx context.Context, e messages.Event) {
	m, err := (&backlog{}).message(e)
	if err != nil {
		a.Error(err)
		return
	}
	m.Header.Del(nats.MsgIdHdr)
	_, _ = a.js.PublishMsg(ctx, m)
}

// recordIsSmall: the host's record is read in no time, and says that it is full.
func recordIsSmall(ctx context.Context, a *adversary) {
	a.Helper()
	began := time.Now()
	r := workertest.Stored(a.T, a.js, badHost)
	took := time.Since(began)
	a.Logf("the record has %d outcomes, %d MiB decompressed, and is read in %s", len(r.Facts.Outcomes), r.PlainBytes()>>20, took.Round(time.Millisecond))
	if len(r.Facts.Outcomes) != messages.MaxOutcomes || r.PlainBytes() > 80<<20 || took > 10*time.Second {
		a.Errorf("the record has %d outcomes, %d bytes decompressed, and is read in %s", len(r.Facts.Outcomes), r.PlainBytes(), took)
	}
	full := false
	for _, c := range r.Report.Conditions {
		full = full || c.Code == "record_full"
	}
	if !full {
		a.Errorf("the host does not say that its record is full: %+v", r.Report.Conditions)
	}
}

// lettersAreFew: of one host, of all kinds together.
func lettersAreFew(ctx context.Context, a *adversary) {
	a.Helper()
	stream, err := a.js.Stream(ctx, messages.StreamDead)
	if err != nil {
		a.Fatal(err)
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(messages.DeadSubjects(badHost)))
	if err != nil {
		a.Fatal(err)
	}
	letters := uint64(0)
	for _, n := range info.State.Subjects {
		letters += n
	}
	a.Logf("%d dead letters, %d KiB", letters, info.State.Bytes>>10)
	if letters == 0 || letters > 32 || info.State.Bytes > 16<<20 {
		a.Errorf("%d dead letters of %d bytes", letters, info.State.Bytes)
	}
}
