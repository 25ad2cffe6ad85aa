package bench

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Table is a part of the report for people.
type Table struct {
	Title string
	Head  []string
	Rows  [][]string
	Note  string
}

// Tables returns what was measured, for people.
func (r *Report) Tables() []Table {
	var all []Table
	for _, t := range []Table{r.speeds(), r.costs(), r.rest(), r.latencyTable(), r.crowdTable(), r.scaleTable(), r.scaleBytes(), r.sizingTable()} {
		if len(t.Rows) > 0 {
			all = append(all, t)
		}
	}
	return all
}

// Where says where it was measured, in one line.
func (r *Report) Where() string {
	cpu := r.Machine.CPU
	if cpu == "" {
		cpu = "an unnamed processor"
	}
	return fmt.Sprintf("%s; %d cores of %s, %s; NATS %s, %s; %d repeats, %s, %.0f s",
		version(r.Version), r.Machine.Cores, cpu, r.Machine.System, r.Machine.NATS, r.Machine.Go, r.Repeats, r.At.Format("2006-01-02"), r.Seconds)
}

func version(v string) string {
	if v == "" {
		return "patchstream"
	}
	return "patchstream " + v
}

func (r *Report) speeds() Table {
	t := Table{
		Title: "Events a second, beside JetStream alone with the same bytes",
		Head:  []string{"EVENT", "PACKAGES", "VIA", "SYNC", "EVENTS/S", "ALONE/S", "RATIO", "GOAL", "BY CPU"},
		Note:  "Median, and from the least to the greatest repeat. The ratio is that of each repeat. By CPU: the ratio of what both compute for an event, worker or lanes and server together, which other work on the machine does not touch.",
	}
	for i := range r.Races {
		c := &r.Races[i]
		t.Rows = append(t.Rows, []string{
			c.What, strconv.Itoa(c.Packages), string(c.Transport), string(c.Sync), c.Ours.Rate.text(), c.Alone.Rate.text(), c.Ratio.text(), goalText(c.Goal), ratioText(c.CPURatio.Median),
		})
	}
	return t
}

func goalText(goal float64) string {
	if goal == 0 {
		return "–"
	}
	return "≥ " + number(goal)
}

func (r *Report) costs() Table {
	t := Table{
		Title: "What an event takes",
		Head:  []string{"EVENT", "PACKAGES", "VIA", "SYNC", "CPU µs", "ALONE", "ALLOCS", "ALONE", "EVENT B", "CHANGE B", "STORED B", "WRITES", "RECEIVED B", "SENT B"},
		Note:  "Medians. CPU and allocations are those of worker and server together. Stored is what the streams hold more after it, writes how many messages went into them; received and sent are the worker's, on the wire.",
	}
	for i := range r.Races {
		c := &r.Races[i]
		t.Rows = append(t.Rows, []string{
			c.What, strconv.Itoa(c.Packages), string(c.Transport), string(c.Sync), number(c.Ours.CPU.Median), number(c.Alone.CPU.Median),
			number(c.Ours.Allocations.Median), number(c.Alone.Allocations.Median), number(c.EventBytes), number(c.ChangeBytes),
			number(c.StoredBytes.Median), number(c.Writes.Median), number(c.Ours.Received.Median), number(c.Ours.Sent.Median),
		})
	}
	return t
}

func (r *Report) rest() Table {
	t := Table{Title: "What a host takes at rest, in bytes of each stream", Head: []string{"AFTER", "PACKAGES", "VIA", "SYNC", "STREAMS"}}
	for i := range r.Races {
		if c := &r.Races[i]; c.Transport != InProcess && c.Sync != Always {
			t.Rows = append(t.Rows, []string{c.What, strconv.Itoa(c.Packages), string(c.Transport), string(c.Sync), streamsText(c.AtRest)})
		}
	}
	return t
}

func streamsText(perHost map[string]float64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(perHost)) {
		if perHost[name] < 100 { // what there is once and for all
			continue
		}
		parts = append(parts, strings.TrimPrefix(name, "KV_")+" "+number(perHost[name]))
	}
	return strings.Join(parts, ", ")
}

func (r *Report) latencyTable() Table {
	t := Table{
		Title: "From publishing a full scan with 5 changed packages until its change can be read, in ms",
		Head:  []string{"OF", "PACKAGES", "EVENTS/S", "EVENTS", "P50", "P99", "P99.9", "P50 RATIO", "P99 RATIO"},
		Note:  "The quantiles of each repeat: their median, and from the least to the greatest. The ratios are to the same chain of dependent writes; the goals 1.5 and 3.",
	}
	for _, l := range r.Latencies {
		t.Rows = append(t.Rows, []string{
			l.Of, strconv.Itoa(l.Packages), strconv.Itoa(l.Rate), strconv.Itoa(l.Events), l.P50.text(), l.P99.text(), l.P999.text(), ratioText(l.P50Ratio), ratioText(l.P99Ratio),
		})
	}
	return t
}

func ratioText(ratio float64) string {
	if ratio == 0 {
		return "–"
	}
	return number(ratio)
}

func (r *Report) crowdTable() Table {
	t := Table{
		Title: "Workers on one queue, in which each host has 3 full scans behind one another",
		Head:  []string{"WORKERS", "PACKAGES", "HOSTS", "EVENTS", "EVENTS/S", "TO ONE WORKER", "CONFLICTS AN EVENT"},
		Note:  "All workers run on this one machine. After each repeat every host is what its newest scan says, and the stream has each revision once.",
	}
	for _, c := range r.Crowds {
		t.Rows = append(t.Rows, []string{
			strconv.Itoa(c.Workers), strconv.Itoa(c.Packages), strconv.Itoa(c.Hosts), strconv.Itoa(c.Events), c.Rate.text(), number(c.Ratio), c.Conflicts.text(),
		})
	}
	return t
}

const mib = 1 << 20

func (r *Report) scaleTable() Table {
	t := Table{
		Title: "One worker process on fleets of a size, over TCP",
		Head:  []string{"HOSTS", "PACKAGES", "FIRST/S", "ALONE/S", "UNCHANGED/S", "ALONE/S", "WORKER MiB", "UNCHANGED MiB", "START s", "FIRST CPU µs", "UNCHANGED CPU µs", "SERVER MiB"},
		Note:  "Measured once. Memory at its peak: of the worker that took the first scans, and of the one that took the unchanged ones; CPU is the worker's alone. Start: until a worker is ready when all hosts are known. Server: the process with the server and what measures.",
	}
	for _, s := range r.Scales {
		t.Rows = append(t.Rows, []string{
			strconv.Itoa(s.Hosts), strconv.Itoa(s.Packages), number(s.FirstRate), number(s.AloneFirst), number(s.Unchanged), number(s.AloneSame),
			number(float64(s.FillBytes) / mib), number(float64(s.WorkerBytes) / mib), number(s.StartSeconds), number(s.FillCPU), number(s.WorkerCPU), number(float64(s.ServerBytes) / mib),
		})
	}
	return t
}

func (r *Report) scaleBytes() Table {
	t := Table{Title: "What a host of those fleets takes at rest, in bytes of each stream", Head: []string{"HOSTS", "PACKAGES", "STREAMS"}}
	for _, s := range r.Scales {
		t.Rows = append(t.Rows, []string{strconv.Itoa(s.Hosts), strconv.Itoa(s.Packages), streamsText(s.AtRest)})
	}
	return t
}

// text is the median, and the extremes where repeats differ.
func (s Spread) text() string {
	if number(s.Min) == number(s.Max) {
		return number(s.Median)
	}
	return fmt.Sprintf("%s (%s–%s)", number(s.Median), number(s.Min), number(s.Max))
}

// number rounds to what was measured: about three digits.
func number(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v >= 1000 || v <= -1000:
		return thousands(int64(v + 0.5))
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// Markdown returns the tables as docs/benchmarks.md has them.
func (r *Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.\n", r.Where())
	for _, t := range r.Tables() {
		fmt.Fprintf(&b, "\n**%s**\n\n%s|%s\n", t.Title, row(t.Head), strings.Repeat("---|", len(t.Head)))
		for _, cells := range t.Rows {
			b.WriteString(row(cells))
		}
		if t.Note != "" {
			fmt.Fprintf(&b, "\n%s\n", t.Note)
		}
	}
	return b.String()
}

func row(cells []string) string { return "| " + strings.Join(cells, " | ") + " |\n" }
