package worker

import (
	"strings"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/patchstream/patchstream/worker/turns"
)

// worstHosts shows the hosts that took more of this worker lately than hosts do: which host it is, when one takes too much.
// However many hosts there are, it shows a few, and mostly none.
type worstHosts struct {
	turns atomic.Pointer[turns.Turns[*envelope]]
}

const (
	worstOf      = 5   // by each measure
	otherHosts   = "*" // the label of what all others took together
	maxHostLabel = 255
)

var worstMeasures = []struct {
	desc *prometheus.Desc
	of   func(turns.Load) float64
}{
	{worst("seconds", "Seconds of handling"), func(l turns.Load) float64 { return l.Seconds }},
	{worst("bytes", "Bytes of events"), func(l turns.Load) float64 { return l.Bytes }},
	{worst("events", "Events handled"), func(l turns.Load) float64 { return l.Events }},
	{worst("postponed", "Events given back, since the host's share was taken,"), func(l turns.Load) float64 { return l.Refused }},
}

func worst(measure, help string) *prometheus.Desc {
	return prometheus.NewDesc("patchstream_worst_hosts_"+measure, help+" lately of hosts that took more of this worker than hosts do, and of all others; half counts after five minutes.", []string{"host"}, nil)
}

// Describe implements [prometheus.Collector].
func (w *worstHosts) Describe(descs chan<- *prometheus.Desc) {
	for _, m := range worstMeasures {
		descs <- m.desc
	}
}

// Collect implements [prometheus.Collector].
func (w *worstHosts) Collect(metrics chan<- prometheus.Metric) {
	var named []turns.Load
	var others turns.Load
	if t := w.turns.Load(); t != nil {
		named, others = t.Worst(worstOf)
	}
	shown := map[string]bool{otherHosts: true}
	show := func(host string, load turns.Load) {
		for _, m := range worstMeasures {
			metrics <- prometheus.MustNewConstMetric(m.desc, prometheus.GaugeValue, m.of(load), host)
		}
	}
	show(otherHosts, others)
	for _, load := range named {
		host := strings.ToValidUTF8(load.Host[:min(len(load.Host), maxHostLabel)], "")
		if !shown[host] { // else they are no legal names, of which this is all that can be shown
			shown[host] = true
			show(host, load)
		}
	}
}
