package bench

import (
	"runtime"
	"time"
)

// Report is what a run measured. Its JSON has all that its tables have.
type Report struct {
	Version string    `json:"version"`
	At      time.Time `json:"at"`
	Seconds float64   `json:"seconds"` // that the run took
	Machine Machine   `json:"machine"`
	Repeats int       `json:"repeats"`

	Races     []Race    `json:"races,omitempty"`
	Latencies []Latency `json:"latencies,omitempty"`
	Crowds    []Crowd   `json:"crowds,omitempty"`
	Scales    []Scale   `json:"scales,omitempty"`
	Sizings   []Sizing  `json:"sizings,omitempty"`
}

// Machine is where it was measured.
type Machine struct {
	System string `json:"system"`
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Go     string `json:"go"`
	NATS   string `json:"nats"` // version of the server
}

// Race is a case in a setting. What is used is that of an event; CPU and allocations are the server's too, where it is our own.
type Race struct {
	Case string `json:"case"`
	What string `json:"what"`
	Setting
	Hosts int `json:"hosts"` // of a repeat, each with one event

	Ours  Side    `json:"patchstream"`
	Alone Side    `json:"jetstream_alone"`
	Ratio Spread  `json:"ratio"`          // of the rates, of each repeat
	Goal  float64 `json:"goal,omitempty"` // of the ratio; 0: none

	// CPURatio is what an event takes of JetStream alone in CPU, to what it takes of ours: what Ratio would be where nothing else
	// runs on the machine and nobody waits. 0: not known here.
	CPURatio Spread `json:"cpu_ratio"`

	EventBytes  float64 `json:"event_bytes"`  // as sent
	ChangeBytes float64 `json:"change_bytes"` // the payload of one; 0: there is none

	StoredBytes Spread             `json:"stored_bytes"`      // that the streams hold more after an event
	Writes      Spread             `json:"writes"`            // messages written into them
	AtRest      map[string]float64 `json:"at_rest,omitempty"` // bytes of a host in each stream, after the first repeat
}

// Side is one of the two that race.
type Side struct {
	Rate        Spread `json:"events_per_second"`
	CPU         Spread `json:"cpu_us"`
	Allocations Spread `json:"allocations"`
	Received    Spread `json:"received_bytes"`
	Sent        Spread `json:"sent_bytes"`
}

func sideOf(all []sample) Side {
	return Side{
		Rate:        spread(all, func(s sample) float64 { return s.rate }),
		CPU:         spread(all, func(s sample) float64 { return s.cpu }),
		Allocations: spread(all, func(s sample) float64 { return s.mallocs }),
		Received:    spread(all, func(s sample) float64 { return s.received }),
		Sent:        spread(all, func(s sample) float64 { return s.sent }),
	}
}

// Latency is how long it takes, in ms, from publishing an event until what it causes can be read, at a rate.
type Latency struct {
	Setting
	Of     string `json:"of"`
	Rate   int    `json:"rate"`   // events a second
	Events int    `json:"events"` // of all repeats
	P50    Spread `json:"p50_ms"`
	P99    Spread `json:"p99_ms"`
	P999   Spread `json:"p999_ms"`

	P50Ratio float64 `json:"p50_ratio,omitempty"` // to the chain's, of the medians
	P99Ratio float64 `json:"p99_ratio,omitempty"`
}

// Crowd is some workers on one queue in which each host has several events.
type Crowd struct {
	Workers   int     `json:"workers"`
	Packages  int     `json:"packages"`
	Hosts     int     `json:"hosts"`
	Events    int     `json:"events"` // of a repeat
	Rate      Spread  `json:"events_per_second"`
	Ratio     float64 `json:"ratio"`     // to one worker
	Conflicts Spread  `json:"conflicts"` // commits of an event that began again because another worker wrote the record
}

// Scale is one worker process on a fleet of a size.
type Scale struct {
	Hosts      int     `json:"hosts"`
	Packages   int     `json:"packages"`
	FirstRate  float64 `json:"first_per_second"`     // first scans
	Unchanged  float64 `json:"unchanged_per_second"` // unchanged scans, by a worker that has just begun
	AloneFirst float64 `json:"alone_first_per_second"`
	AloneSame  float64 `json:"alone_unchanged_per_second"`

	FillBytes    int64   `json:"fill_peak_bytes"`      // the most memory of the worker that took the first scans
	WorkerBytes  int64   `json:"unchanged_peak_bytes"` // … the unchanged ones
	StartSeconds float64 `json:"start_seconds"`        // until it is ready, all hosts being known
	FillCPU      float64 `json:"fill_cpu_us"`          // of the worker alone, of an event
	WorkerCPU    float64 `json:"unchanged_cpu_us"`
	ServerBytes  int64   `json:"server_bytes"` // memory of the process with the server and what measures

	AtRest map[string]float64 `json:"at_rest"` // bytes of a host in each stream
}

func machine(natsVersion string) Machine {
	return Machine{System: runtime.GOOS + "/" + runtime.GOARCH, CPU: cpuName(), Cores: runtime.NumCPU(), Go: runtime.Version(), NATS: natsVersion}
}
