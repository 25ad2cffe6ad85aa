package bench

import (
	"strings"
	"testing"

	"github.com/patchstream/patchstream/worker"
)

// A benchmark that loses events would be fast.
func TestAnEventThatIsLostIsAnError(t *testing.T) {
	t.Parallel()
	cfg, err := Config{Dir: t.TempDir(), Events: 3, Repeats: 1}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	r := &run{Config: cfg}
	g, err := r.prepare(t.Context(), Setting{40, InProcess, Interval})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := g.close(); err != nil {
			t.Error(err)
		}
	}()
	tell, err := r.tell(g, 40, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		what   string
		damage func(e *events)
		want   string // "": it is no error
	}{
		{"as they are", func(*events) {}, ""},
		{"one that cannot be read", func(e *events) { e.messages[1].Data = []byte("?") }, "1 dead letters"},
		{"one that changes nothing", func(e *events) { e.messages[2] = e.messages[1] }, "2 changes where 3 must come"},
	} {
		first := story()[0]
		first.nextRound = true
		e, err := tell.events(first)
		if err != nil {
			t.Fatal(err)
		}
		row.damage(e)
		for _, m := range e.messages { // one that comes twice is to reach the worker
			m.Header.Del("Nats-Msg-Id")
		}
		before, err := tell.look(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tell.race(t.Context(), workerRacer(worker.Config{}), e); err != nil {
			t.Fatal(err)
		}
		after, err := tell.look(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		switch err := tell.lossless(t.Context(), before, after, 3); {
		case row.want == "" && err != nil, row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
			t.Errorf("%s: %v, want %q", row.what, err, row.want)
		}
	}
}
