package chaos

import "testing"

// The power fails right after the server said that it has an event. What is on the disk then is known from the
// system calls of the real program. A server that finds nothing else has every event that was acknowledged.
func TestAcknowledgedEventsOutliveAPowerFailure(t *testing.T) {
	t.Parallel()
	p := &power{sync: "always", sent: make(map[uint64][]byte)}
	p.run(t)
	if p.cut(t); p.acknowledged < powerEvents || p.absent != 0 {
		t.Errorf("of %d events %d were not on the disk when they were acknowledged", p.acknowledged, p.absent)
	}
	if p.images == 0 || p.missing != 0 {
		t.Errorf("%d servers found %d acknowledged events missing", p.images, p.missing)
	}
	t.Logf("%d acknowledged events; %d servers on what was synced found all of them", p.acknowledged, p.images)
}

// With --sync interval they do not, which also shows that the test above could fail.
func TestAPowerFailureTakesAcknowledgedEventsThatAreSyncedAtIntervals(t *testing.T) {
	t.Parallel()
	p := &power{sync: "interval", sent: make(map[uint64][]byte)}
	p.run(t)
	if p.cut(t); p.absent == 0 || p.missing == 0 {
		t.Errorf("of %d events %d were not on the disk when they were acknowledged; %d servers found %d missing", p.acknowledged, p.absent, p.images, p.missing)
	}
	t.Logf("of %d events %d were not on the disk when they were acknowledged", p.acknowledged, p.absent)
}
