package classify_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// The code's own answer about a host, asked as a worker asks.

const readHost = "web-1"

// library builds the code's library from a readLibrary, by the texts that an operator would store.
func (l *readLibrary) library(os messages.OS) (*classify.Library, error) {
	lib := &classify.Library{
		Baselines:  map[string]*baseline.Baseline{},
		Groups:     map[classify.GroupKey]string{},
		Defaults:   map[string]string{},
		HostGroups: map[string]string{},
	}
	for id, b := range l.baselines {
		lib.Baselines[id] = nil
		if b == nil {
			continue
		}
		parsed, err := baseline.Parse(asJSON(b))
		if err != nil {
			return nil, err
		}
		lib.Baselines[id] = parsed
	}
	for group, id := range l.groups {
		lib.Groups[classify.GroupKey{System: os.System, Group: group}] = id
	}
	for group, id := range l.others {
		lib.Groups[classify.GroupKey{System: "SUSE", Group: group}] = id
	}
	if l.fallback != "" {
		lib.Defaults[os.System] = l.fallback
	}
	if l.hostGroup != "" {
		lib.HostGroups[readHost] = l.hostGroup
	}
	var err error
	lib.Settings, err = classify.ParseSettings(asJSON(l.settings))
	return lib, err
}

// judge returns the code's report on the events as they arrive.
func judge(lib *classify.Library, events []messages.Event, now time.Time) (*classify.Report, *classify.Facts) {
	facts := &classify.Facts{}
	for _, e := range events {
		facts.Add(e, messages.ContentSum(e))
	}
	return lib.Judge(readHost, facts, now), facts
}

// answerOf brings a report into the shape of the reading's answer.
func answerOf(report *classify.Report, facts *classify.Facts) answer {
	a := answer{
		status: report.Status, reasons: report.Reasons, conditions: report.Codes(), level: report.Level,
		counts: map[string]int{}, resend: facts.NeedsFullScan(),
	}
	for key, n := range report.Counts {
		if n != 0 {
			a.counts[key] = n
		}
	}
	for _, item := range report.Patches {
		computed := item.State
		if o := item.Reason.Override; o != nil {
			computed = o.ComputedState
		}
		a.items = append(a.items, verdict{
			patch: item.Patch, name: item.Name, arch: item.Arch, state: item.State, version: spelling(item.Version),
			installed: item.Installed, level: item.Level, classification: item.Classification, blocked: item.Blocked,
			computed: computed,
		})
	}
	return a
}

// shuffled returns the events in another order, some of them twice.
func shuffled(events []messages.Event, seed uint64) []messages.Event {
	random := rand.New(rand.NewPCG(seed, 1))
	out := slices.Clone(events)
	for _, e := range events {
		if random.IntN(3) == 0 {
			out = append(out, e)
		}
	}
	random.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func asJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
