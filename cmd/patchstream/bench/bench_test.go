package bench_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/patchstream/patchstream/cmd/patchstream/bench"
)

func tiny() bench.Config {
	return bench.Config{
		Settings: []bench.Setting{{Packages: 40, Transport: bench.TCP, Sync: bench.Interval}, {Packages: 40, Transport: bench.InProcess, Sync: bench.Always}},
		Events:   6, Repeats: 2, Rate: 50, Steady: 100 * time.Millisecond, Workers: []int{1, 2},
	}
}

func TestTry(t *testing.T) {
	r, err := bench.Run(t.Context(), tiny())
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.MarshalIndent(r, "", " ")
	t.Log(string(text))
	t.Log(r.Markdown())
}
