package bench_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/cmd/patchstream/bench"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

// serverOfWorker makes this binary a worker process.
const serverOfWorker = "BENCH_TEST_WORKER_OF"

func TestMain(m *testing.M) {
	if url := os.Getenv(serverOfWorker); url != "" {
		if err := work(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func work(url string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	nc, err := nats.Connect(url)
	if err != nil {
		return err
	}
	defer nc.Close()
	w, err := worker.New(worker.Config{Conn: nc})
	if err != nil {
		return err
	}
	go func() {
		<-w.Started()
		fmt.Println("ready")
	}()
	return w.Run(ctx)
}

func workerProcess(url string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serverOfWorker+"="+url)
	return cmd
}

// tiny is everything there is to measure, of a few hosts.
func tiny(t *testing.T) bench.Config {
	return bench.Config{
		Settings: []bench.Setting{{Packages: 40, Transport: bench.TCP, Sync: bench.Interval}, {Packages: 60, Transport: bench.InProcess, Sync: bench.Always}},
		Events:   6, Repeats: 2, Rate: 50, Steady: 100 * time.Millisecond, Workers: []int{1, 2}, Hosts: []int{20}, ScalePackages: 30,
		Worker: workerProcess, Dir: t.TempDir(), Version: "test",
	}
}

func TestEveryCaseGivesFiguresAndLosesNothing(t *testing.T) {
	t.Parallel()
	cfg := tiny(t)
	begun, want := 0, 0
	cfg.Progress = func(steps int) func(string) {
		want = steps
		return func(string) { begun++ }
	}
	r, err := bench.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Races) != len(cfg.Settings)*len(bench.Cases()) || len(r.Latencies)%3 != 0 || len(r.Latencies) == 0 || len(r.Crowds) != 2 || len(r.Scales) != 1 {
		t.Fatalf("%d races, %d latencies, %d crowds, %d scales", len(r.Races), len(r.Latencies), len(r.Crowds), len(r.Scales))
	}
	for _, c := range r.Races {
		for what, s := range map[string]bench.Spread{"rate": c.Ours.Rate, "rate alone": c.Alone.Rate, "ratio": c.Ratio, "allocations": c.Ours.Allocations, "sent": c.Ours.Sent} {
			if s.Min <= 0 || s.Median < s.Min || s.Max < s.Median {
				t.Errorf("%s of %d: %s is %+v", c.Case, c.Packages, what, s)
			}
		}
		writes := map[string]bool{"recheck": false}
		if should, said := writes[c.Case]; !said && c.Writes.Min < 1 || said && !should && c.Writes.Max >= 1 {
			t.Errorf("%s of %d: %v writes an event", c.Case, c.Packages, c.Writes)
		}
		if c.Hosts != 6*2 && c.Hosts != 6 || c.EventBytes <= 0 || c.AtRest["KV_PATCH_HOSTS"] <= 0 {
			t.Errorf("%s of %d: %+v", c.Case, c.Packages, c)
		}
	}
	for _, l := range r.Latencies {
		if l.Events < 2 || l.P50.Min <= 0 || l.P999.Median < l.P99.Median || l.P99.Median < l.P50.Median {
			t.Errorf("latency: %+v", l)
		}
	}
	if s := r.Scales[0]; s.FirstRate <= 0 || s.Unchanged <= 0 || s.AloneFirst <= 0 || s.AloneSame <= 0 || s.StartSeconds <= 0 || s.FillCPU <= 0 {
		t.Errorf("scale: %+v", s)
	}
	for _, s := range r.Sizings {
		if s.HostsPerCore <= 0 || s.BurstMinutes <= 0 || s.RecheckMinutes <= 0 || s.HostBytes <= 0 || s.DayBytes <= 0 {
			t.Errorf("sizing: %+v", s)
		}
	}
	if begun != want {
		t.Errorf("%d steps were announced, and %d begun", want, begun)
	}
	if left, err := os.ReadDir(cfg.Dir); err != nil || len(left) > 0 {
		t.Errorf("it left behind %v, %v", left, err)
	}
	readAgain(t, r)
}

// readAgain holds that the tables can be made of the JSON.
func readAgain(t *testing.T, r *bench.Report) {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var again bench.Report
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Tables(), again.Tables()); diff != "" {
		t.Error(diff)
	}
	if len(r.Tables()) != 8 {
		t.Errorf("%d tables", len(r.Tables()))
	}
	for _, table := range r.Tables() {
		if !strings.Contains(again.Markdown(), "**"+table.Title+"**") {
			t.Errorf("the Markdown lacks the table %q", table.Title)
		}
		for _, cells := range table.Rows {
			if len(cells) != len(table.Head) {
				t.Errorf("%s: %d cells under %d heads", table.Title, len(cells), len(table.Head))
			}
		}
	}
}

func TestAServerThatRunsElsewhereIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t, func(o *server.Options) { o.DontListen = false })
	js := workertest.JetStream(t, s)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "OTHERS", Subjects: []string{"others"}}); err != nil {
		t.Fatal(err)
	}
	cfg := tiny(t)
	cfg.Settings, cfg.Repeats, cfg.Parts = cfg.Settings[:1], 1, []string{}
	cfg.Connect = func() (*nats.Conn, error) { return nats.Connect(s.ClientURL()) }
	r, err := bench.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Races[0]; c.Sync != bench.Unknown || c.Transport != bench.TCP {
		t.Errorf("a server that runs elsewhere is measured %s, sync %s", c.Transport, c.Sync)
	}
	names := js.StreamNames(t.Context())
	var left []string
	for name := range names.Name() {
		left = append(left, name)
	}
	if !slices.Equal(left, []string{"OTHERS"}) || names.Err() != nil {
		t.Errorf("on the server are now %v, %v", left, names.Err())
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "PATCH_EVENTS", Subjects: []string{"patch.>"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := bench.Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "PATCH_EVENTS") {
		t.Errorf("a server in use is measured: %v", err)
	}
	if _, err := js.Stream(t.Context(), "PATCH_EVENTS"); err != nil {
		t.Errorf("its stream is gone: %v", err)
	}
}

func TestWhatCannotBeMeasuredIsRefused(t *testing.T) {
	for name, change := range map[string]func(*bench.Config){
		"packages": func(c *bench.Config) { c.Settings[0].Packages = 1 },
		"repeats":  func(c *bench.Config) { c.Repeats = -1 },
		"hosts":    func(c *bench.Config) { c.Hosts = []int{0} },
		"workers":  func(c *bench.Config) { c.Workers = []int{-1} },
		"scale":    func(c *bench.Config) { c.ScalePackages = 1e6 },
	} {
		cfg := tiny(t)
		change(&cfg)
		if _, err := bench.Run(t.Context(), cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
