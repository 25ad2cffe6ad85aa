package worker_test

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
	scheduling "github.com/patchstream/patchstream/worker/schedule"
	"github.com/patchstream/patchstream/worker/workertest"
)

var dueHosts = flag.Int("worker.due", 1000, "how many hosts fall due in one second")

// Many hosts fall silent in one second, which two workers then take at their own pace.
func TestManyHostsThatFallDueInOneSecondArePublishedOnceEach(t *testing.T) {
	t.Parallel()
	hosts := *dueHosts
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	set := prepare(t, js)
	due := time.Now().Add(5 * time.Second).UTC().Truncate(time.Second)
	later := scheduling.New(js, set.Later, 30*time.Second)
	records := record.NewStore(js, set.Hosts, 30*time.Second)
	const atOnce = 64
	var setting sync.WaitGroup
	for first := range atOnce {
		setting.Go(func() {
			for i := first; i < hosts; i += atOnce {
				host := fmt.Sprintf("web-%d", i)
				if err := later.Set(t.Context(), host, due); err != nil {
					t.Error(err)
				}
				if err := storeSilent(t.Context(), records, host, due); err != nil {
					t.Error(err)
				}
			}
		})
	}
	setting.Wait()
	start(t, s)
	start(t, s)
	for published := uint64(0); published < 2*uint64(hosts); { // on a busy machine it takes minutes, but goes on
		before := published
		workertest.Eventually(t, "another change", func() bool {
			published = workertest.State(t, js, messages.StreamChanges).Msgs
			return published > before
		})
	}
	workertest.NoneDue(t, js)
	for host, published := range workertest.ReadChanges(t, js) {
		if len(published.Changed) != 1 || len(published.Status) != 1 || published.Changed[0].Status.To != messages.Unknown {
			t.Fatalf("%s: %+v", host, published)
		}
	}
	if state := workertest.State(t, js, messages.StreamLater); state.Msgs != 0 {
		t.Errorf("%d messages are left in PATCH_LATER", state.Msgs)
	}
	t.Logf("the last change came %s after the second", time.Since(due).Round(time.Second))
}

// storeSilent stores the record of a compliant host that becomes unknown at a time.
func storeSilent(ctx context.Context, records *record.Store, host string, due time.Time) error {
	scan := workertest.Scan(host, 0, workertest.Package("openssl", "3.0.2"))
	scan.TakenAt = due.Add(-7*24*time.Hour - 1)
	r := &record.Record{Scanned: true, Later: due}
	r.Facts.Add(scan, messages.ContentSum(scan))
	if r.Report = builtin.Judge(host, &r.Facts, due.Add(-time.Hour)); r.Report.Status != messages.Compliant || !r.Report.Due.Equal(due) {
		return fmt.Errorf("%s, due at %s", r.Report, r.Report.Due)
	}
	encoded, err := r.Encode()
	if err != nil {
		return err
	}
	if err := records.SaveScan(ctx, host, encoded.Scan); err != nil {
		return err
	}
	_, err = records.Save(ctx, host, encoded, 0)
	return err
}
