package bench

import (
	"cmp"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/cmd/patchstream/bench/fleet"
)

// Config says what to measure. The zero value measures everything, in some minutes.
type Config struct {
	// Settings are where the races are run. Nil: [Settings].
	Settings []Setting

	// Cases are the names of those that are raced; see [Cases]. Nil: all.
	Cases []string

	// Events is how many hosts of 700 packages a repeat has, each with an event of each case; of larger ones it has fewer. 0: 1000.
	Events int

	// Repeats is how often everything is measured. 0: 5.
	Repeats int

	// Parts are what is measured beside the races; see [Parts]. Nil: all.
	Parts []string

	// Rate is the rate of events for the latency, a second; the other one is half of what the race reached. 0: 100.
	Rate int

	// Steady is how long each rate is kept up. 0: 4 seconds.
	Steady time.Duration

	// Workers is how many share a queue. Nil: 1, 2 and 10.
	Workers []int

	// Hosts are the sizes of the fleets of the scale, of ScalePackages each. Nil and 0: 1,000 and 10,000 hosts of 100.
	Hosts         []int
	ScalePackages int

	// Worker returns a worker process on that server, which says "ready" on its output. Nil: the scale is left out.
	Worker func(url string) *exec.Cmd

	// Connect connects to a server that runs elsewhere. It must have no stream of patchstream. Nil: a server of our own.
	Connect func() (*nats.Conn, error)

	// Dir is where servers of our own store everything, in a directory that is removed. Empty: the system's for such.
	Dir string

	// Profile is a directory for a CPU profile of each race: of the worker and the server, in the first repeat. Empty: none is taken.
	Profile string

	Seed    uint64
	Version string // of the program

	// Progress is told how many steps there will be, and returns what is to be told of each as it begins. Nil: nobody is.
	Progress func(steps int) func(what string)
}

// Setting is where a race is run.
type Setting struct {
	Packages  int       `json:"packages"`
	Transport Transport `json:"transport"`
	Sync      Sync      `json:"sync"`
}

// Transport is how a worker reaches the server.
type Transport string

// The transports.
const (
	TCP       Transport = "tcp"
	InProcess Transport = "process"
)

// Sync is when the server syncs what was written.
type Sync string

// Unknown is that of a server that runs elsewhere.
const (
	Interval Sync = "interval"
	Always   Sync = "always"
	Unknown  Sync = "unknown"
)

// Settings returns those that a run has unless told otherwise.
func Settings() []Setting {
	return []Setting{
		{700, TCP, Interval}, {2000, TCP, Interval}, {10_000, TCP, Interval},
		{700, InProcess, Interval}, {2000, InProcess, Interval},
		{700, TCP, Always},
	}
}

// The parts beside the races.
const (
	PartLatency = "latency"
	PartWorkers = "workers"
	PartScale   = "scale"
)

// Parts returns them all.
func Parts() []string { return []string{PartLatency, PartWorkers, PartScale} }

// withDefaults fills in what is not given, and refuses what cannot be measured.
func (c Config) withDefaults() (Config, error) {
	c.Events, c.Repeats, c.Rate = cmp.Or(c.Events, 1000), cmp.Or(c.Repeats, 5), cmp.Or(c.Rate, 100)
	c.Steady, c.ScalePackages = cmp.Or(c.Steady, 4*time.Second), cmp.Or(c.ScalePackages, 100)
	if c.Settings == nil {
		c.Settings = Settings()
	}
	if c.Cases == nil {
		c.Cases = Cases()
	}
	if c.Parts == nil {
		c.Parts = Parts()
	}
	if c.Workers == nil {
		c.Workers = []int{1, 2, 10}
	}
	if c.Hosts == nil {
		c.Hosts = []int{1000, 10_000}
	}
	if c.Progress == nil {
		c.Progress = func(int) func(string) { return func(string) {} }
	}
	if c.Connect != nil {
		c.Settings = elsewhere(c.Settings)
	}
	return c, c.check()
}

// elsewhere returns the settings that a server has that runs elsewhere: it is reached as it is, and syncs as it does.
func elsewhere(all []Setting) []Setting {
	var kept []Setting
	for _, s := range all {
		s.Transport, s.Sync = TCP, Unknown
		if !slices.Contains(kept, s) {
			kept = append(kept, s)
		}
	}
	return kept
}

func (c *Config) check() error {
	switch {
	case c.Events < 1 || c.Repeats < 1 || c.Rate < 1 || c.Steady < 0:
		return errors.New("events, repeats, the rate and how long it is kept up must be more than 0")
	case c.ScalePackages < fleet.MinPackages || c.ScalePackages > fleet.MaxPackages:
		return fmt.Errorf("hosts of %d packages cannot be made: %d to %d", c.ScalePackages, fleet.MinPackages, fleet.MaxPackages)
	case slices.Min(append(slices.Clone(c.Hosts), 1)) < 1 || slices.Min(append(slices.Clone(c.Workers), 1)) < 1:
		return errors.New("there must be at least 1 host and 1 worker")
	}
	for _, s := range c.Settings {
		if s.Packages < fleet.MinPackages || s.Packages > fleet.MaxPackages {
			return fmt.Errorf("hosts of %d packages cannot be made: %d to %d", s.Packages, fleet.MinPackages, fleet.MaxPackages)
		}
	}
	return nil
}

func (c *Config) has(part string) bool { return slices.Contains(c.Parts, part) }

// events returns how many hosts of that size a repeat has: so many that it takes about as long as with others.
func (c *Config) events(packages int) int { return max(1, c.Events*1400/(max(packages, 700)+700)) }
