package cli

import (
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// collects returns how a process says that it collects garbage: percent of what is in use, and bytes that it aims at.
func collects(t *testing.T, url string) (percent, aimsBytes float64) {
	t.Helper()
	_, text := get(t, url+"/metrics")
	gauge := func(name string) float64 {
		t.Helper()
		found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(text)
		if found == nil {
			t.Fatalf("no %s in %s", name, text)
		}
		n, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return gauge("go_gc_gogc_percent"), gauge("go_gc_gomemlimit_bytes")
}

// A worker and serve aim at a memory of their own, and the environment's word is kept, each by itself.
func TestGarbageIsCollectedAsTheEnvironmentSays(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	s := serve(t, filepath.Join(t.TempDir(), "store"), "--no-worker")
	if percent, aim := collects(t, s.http); percent != 100 || aim != 400<<20 {
		t.Errorf("serve: %v %%, %v bytes", percent, aim)
	}
	for _, row := range []struct {
		gogc, limit        string
		percent, aimsBytes float64
	}{
		{"", "", 400, 120 << 20},
		{"50", "", 50, 120 << 20},
		{"", "1GiB", 400, 1 << 30},
		{"100", "64MiB", 100, 64 << 20},
	} {
		t.Setenv("GOGC", row.gogc)
		t.Setenv("GOMEMLIMIT", row.limit)
		w := start(t, "worker", "--server", s.nats, "--http", "127.0.0.1:0")
		w.lineWith(t, "ready")
		if percent, aim := collects(t, w.logged(t, "http")); percent != row.percent || aim != row.aimsBytes {
			t.Errorf("GOGC=%s GOMEMLIMIT=%s: %v %%, %v bytes", row.gogc, row.limit, percent, aim)
		}
	}
}
