package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/bench"
	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
)

// benchOptions are the flags of bench.
type benchOptions struct {
	cfg          bench.Config
	quick        bool
	packages     []int
	vias, syncs  []string
	from         string
	cases, parts []string
	output       *oneOf[print.Format]
	server       *dial.Target
	given        func(flag string) bool
}

const markdown print.Format = "markdown"

func (a *app) benchCommand() *cobra.Command {
	o := &benchOptions{output: &oneOf[print.Format]{print.Table, []print.Format{print.Table, print.JSON, markdown}}}
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast this machine is, beside JetStream alone",
		Long: `Starts a server of its own in a temporary directory, makes a fleet of recorded packages, and measures events a second, latency, several
workers on one queue, and a worker on ever more hosts: always beside what JetStream alone does with the same bytes in the same run. Prints
medians, and the least and the greatest of the repeats. Nothing is left behind, and a run in which an event is lost fails.

With --server it measures on a server that runs elsewhere, which must have no stream of patchstream; what is made there is deleted at the
end. Everything takes about ten minutes, --quick less than one. docs/benchmarks.md has figures, and what follows from them.`,
		Example: `  patchstream bench --quick
  patchstream bench -o json > bench.json
  patchstream bench --from bench.json -o markdown
  patchstream bench --packages 700 --via tcp --case full,unchanged --part none
  patchstream bench --part scale --case none --hosts 100000`,
		Args: takes(0, 0),
	}
	f := cmd.Flags()
	f.BoolVar(&o.quick, "quick", false, "fewer settings, hosts and repeats: less than a minute")
	f.StringSliceVar(&o.cases, "case", nil, "`CASES` to race: "+strings.Join(bench.Cases(), ", ")+", or none")
	f.IntSliceVar(&o.packages, "packages", nil, "`SIZES` of the hosts that are raced, in packages (700,2000,10000)")
	f.StringSliceVar(&o.vias, "via", nil, "how the worker reaches the server: tcp, process")
	f.StringSliceVar(&o.syncs, "sync", nil, "when the server syncs: interval, always")
	f.IntVar(&o.cfg.Events, "events", 0, "`HOSTS` of 700 packages in a repeat of a race, each with an event of each case (1000)")
	f.IntVar(&o.cfg.Repeats, "repeats", 0, "how `OFTEN` everything is measured (5)")
	f.StringSliceVar(&o.parts, "part", nil, "what is measured beside the races: "+strings.Join(bench.Parts(), ", ")+", or none")
	f.IntVar(&o.cfg.Rate, "rate", 0, "`EVENTS` a second of the latency; the other rate is half of what was reached (100)")
	f.DurationVar(&o.cfg.Steady, "steady", 0, "how `LONG` each rate is kept up (4s)")
	f.IntSliceVar(&o.cfg.Workers, "workers", nil, "how `MANY` share a queue (1,2,10)")
	f.IntSliceVar(&o.cfg.Hosts, "hosts", nil, "sizes of the `FLEETS` of the scale (1000,10000)")
	f.IntVar(&o.cfg.ScalePackages, "scale-packages", 0, "`PACKAGES` of their hosts (100)")
	f.StringVar(&o.cfg.Profile, "profile", "", "`DIR` for a CPU profile of each race; without it, none is taken")
	f.StringVar(&o.from, "from", "", "`FILE` with the JSON of a run, to be printed instead of measuring")
	f.Uint64Var(&o.cfg.Seed, "seed", 1, "`NUMBER` that makes the fleet")
	f.StringVar(&o.cfg.Dir, "dir", "", "`DIR` for the stores of servers of our own, on the disk that is to be measured; without it, the system's for temporary files")
	f.VarP(o.output, "output", "o", "print tables for people, JSON, or Markdown")
	o.server = addConnection(cmd)
	o.given = f.Changed
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.bench(cmd.Context(), o) }
	return cmd
}

func (a *app) bench(ctx context.Context, o *benchOptions) error {
	report, err := a.measure(ctx, o)
	switch {
	case err != nil:
		return err
	case o.output.value == markdown:
		a.Printf("%s", report.Markdown())
		return nil
	}
	return a.Show(o.output.value, report, func() {
		a.Printf("%s\n", report.Where())
		for _, t := range report.Tables() {
			a.Figures(t.Title, t.Head, t.Rows, t.Note)
		}
	})
}

// measure returns what a run measures, or what an earlier one has.
func (a *app) measure(ctx context.Context, o *benchOptions) (*bench.Report, error) {
	if o.from != "" {
		return a.readMeasured(ctx, o.from)
	}
	cfg, err := o.config()
	if err != nil {
		return nil, err
	}
	var shown *print.Progress
	cfg.Version = build().Version
	cfg.Progress = func(steps int) func(string) {
		shown = a.Progress("measuring", steps)
		begun := false
		return func(what string) {
			if begun {
				shown.Done()
			}
			begun = true
			shown.Begin(what)
		}
	}
	report, err := bench.Run(ctx, cfg)
	shown.Stop()
	return report, err
}

func (a *app) readMeasured(ctx context.Context, file string) (*bench.Report, error) {
	name, text, err := (&inputs{a.stdin}).read(ctx, file, maxMeasuredBytes)
	if err != nil {
		return nil, err
	}
	report := new(bench.Report)
	if err := json.Unmarshal(text, report); err != nil {
		return nil, fmt.Errorf("%s is not what \"patchstream bench -o json\" prints: %w", name, err)
	}
	if len(report.Tables()) == 0 {
		return nil, fmt.Errorf("%s has no figures: it is not what \"patchstream bench -o json\" prints", name)
	}
	return report, nil
}

// config is what the flags come to.
func (o *benchOptions) config() (bench.Config, error) {
	cfg := o.cfg
	if o.quick {
		o.lighten(&cfg)
	}
	var err error
	if cfg.Cases, err = chosen("--case", o.cases, bench.Cases()); err != nil {
		return cfg, err
	}
	if o.given("part") || !o.quick {
		if cfg.Parts, err = chosen("--part", o.parts, bench.Parts()); err != nil {
			return cfg, err
		}
	}
	if cfg.Settings, err = o.settings(); err != nil {
		return cfg, err
	}
	if o.server.Given("server") {
		cfg.Connect = func() (*nats.Conn, error) { return o.server.Open() }
	}
	if cfg.Connect == nil { // a process of its own has the server of this one to go to
		self, err := os.Executable()
		if err != nil {
			return cfg, err
		}
		cfg.Worker = func(url string) *exec.Cmd { return exec.Command(self, "worker", "--server", url) }
	}
	return cfg, nil
}

// lighten makes of what is not given what takes less than a minute.
func (o *benchOptions) lighten(cfg *bench.Config) {
	for _, light := range []struct {
		flag string
		set  func()
	}{
		{"events", func() { cfg.Events = 150 }},
		{"repeats", func() { cfg.Repeats = 3 }},
		{"steady", func() { cfg.Steady = time.Second / 2 }},
		{"workers", func() { cfg.Workers = []int{1, 2} }},
		{"hosts", func() { cfg.Hosts = []int{500} }},
	} {
		if !o.given(light.flag) {
			light.set()
		}
	}
}

// settings are where the races are run: those of the flags, in all combinations, or the usual ones.
func (o *benchOptions) settings() ([]bench.Setting, error) {
	usual := bench.Settings()
	if o.quick {
		usual = usual[:1]
	}
	if slices.Equal(o.cases, []string{none}) {
		usual = []bench.Setting{}
	}
	if !o.given("packages") && !o.given("via") && !o.given("sync") {
		return usual, nil
	}
	vias, err := chosen("--via", first(o.vias, string(bench.TCP)), []string{string(bench.TCP), string(bench.InProcess)})
	if err != nil {
		return nil, err
	}
	syncs, err := chosen("--sync", first(o.syncs, string(bench.Interval)), []string{string(bench.Interval), string(bench.Always)})
	if err != nil {
		return nil, err
	}
	all := []bench.Setting{}
	for _, sync := range syncs {
		for _, via := range vias {
			for _, size := range first(o.packages, 700) {
				all = append(all, bench.Setting{Packages: size, Transport: bench.Transport(via), Sync: bench.Sync(sync)})
			}
		}
	}
	return all, nil
}

// first returns what was given, or what there is where nothing was.
func first[T any](given []T, ifNone T) []T {
	if len(given) == 0 {
		return []T{ifNone}
	}
	return given
}

const none = "none"

// chosen returns the words that were given of those that there are: all where none was given.
func chosen(flag string, given, there []string) ([]string, error) {
	switch {
	case len(given) == 0:
		return there, nil
	case slices.Equal(given, []string{none}):
		return []string{}, nil
	}
	for _, word := range given {
		if !slices.Contains(there, word) {
			return nil, usagef("%s: %q is none of %s, %s", flag, word, strings.Join(there, ", "), none)
		}
	}
	return given, nil
}
