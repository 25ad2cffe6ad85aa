package bench

import "strconv"

// Sizing is what follows from the races of a setting for a fleet of such hosts, each of which sends [scansADay] scans and one run a day; one scan is
// a full one with changes. What is computed is that of worker and server together.
type Sizing struct {
	Setting
	HostCPU      float64 `json:"host_cpu_ms_a_day"`
	HostsPerCore float64 `json:"hosts_per_core"` // while half of the core is used

	BurstFullCores      float64 `json:"burst_full_cores"`      // that 100,000 full scans in a minute take
	BurstUnchangedCores float64 `json:"burst_unchanged_cores"` // … unchanged ones
	BurstMinutes        float64 `json:"burst_full_minutes"`    // that this machine takes for 100,000 full scans
	BurstBytes          float64 `json:"burst_full_bytes"`      // that they take while they wait
	RecheckMinutes      float64 `json:"recheck_minutes"`       // … for a baseline that concerns 100,000 hosts

	HostBytes   float64 `json:"host_bytes"`       // on disk, its changes aside
	ChangeBytes float64 `json:"change_bytes"`     // of the first one, which stays as the others do
	DayBytes    float64 `json:"host_bytes_a_day"` // of its changes
}

const (
	scansADay  = 24
	burstHosts = 100_000
	dayMillis  = 24 * 60 * 60 * 1000
	headBytes  = 500 // that a stored change has beside its payload: subject and headers
)

// sizings returns what follows for each setting in which every case was raced.
func (r *Report) sizings() []Sizing {
	var all []Sizing
	by := make(map[Setting]map[string]*Race)
	for i := range r.Races {
		c := &r.Races[i]
		if by[c.Setting] == nil {
			by[c.Setting] = make(map[string]*Race)
		}
		by[c.Setting][c.Case] = c
		if len(by[c.Setting]) == len(story()) {
			all = append(all, sizing(by[c.Setting]))
		}
	}
	return all
}

func sizing(of map[string]*Race) Sizing {
	full, same, run, rest := of[caseFull], of[caseUnchanged], of[caseRun], of[caseRecheck]
	cpu := (full.Ours.CPU.Median + (scansADay-1)*same.Ours.CPU.Median + run.Ours.CPU.Median) / 1000
	s := Sizing{
		Setting: full.Setting, HostCPU: cpu, HostsPerCore: over(dayMillis/2, cpu),
		BurstFullCores:      burstHosts / 60 * full.Ours.CPU.Median / 1e6,
		BurstUnchangedCores: burstHosts / 60 * same.Ours.CPU.Median / 1e6,
		BurstMinutes:        over(burstHosts, full.Ours.Rate.Median) / 60, BurstBytes: burstHosts * full.EventBytes,
		RecheckMinutes: over(burstHosts, of[caseBaseline].Ours.Rate.Median) / 60,
		ChangeBytes:    of[caseFirst].ChangeBytes + headBytes,
		DayBytes:       full.ChangeBytes + run.ChangeBytes + 2*headBytes,
	}
	for stream, bytes := range rest.AtRest {
		if stream != "PATCH_CHANGES" {
			s.HostBytes += bytes
		}
	}
	return s
}

func (r *Report) sizingTable() Table {
	t := Table{
		Title: "What follows for a fleet",
		Head: []string{"PACKAGES", "VIA", "SYNC", "CPU ms A HOST AND DAY", "HOSTS A CORE", "CORES, 100k FULL A MINUTE", "CORES, 100k UNCHANGED", "100k FULL HERE, min",
			"WAITING MiB", "BASELINE, 100k HOSTS, min", "DISK MiB, 1,000 HOSTS", "FIRST CHANGES MiB", "CHANGES MiB A DAY"},
		Note: "Each host sends 24 scans a day, one of them full and with changes, and one run; half of each core is left. CPU is that of worker and server together. The minutes are those of this machine as it was, with one worker.",
	}
	for _, s := range r.Sizings {
		t.Rows = append(t.Rows, []string{
			strconv.Itoa(s.Packages), string(s.Transport), string(s.Sync), number(s.HostCPU), number(s.HostsPerCore), number(s.BurstFullCores), number(s.BurstUnchangedCores),
			number(s.BurstMinutes), number(s.BurstBytes / mib), number(s.RecheckMinutes), number(1000 * s.HostBytes / mib), number(1000 * s.ChangeBytes / mib), number(1000 * s.DayBytes / mib),
		})
	}
	return t
}
