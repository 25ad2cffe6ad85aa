package cli

import (
	"bytes"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// hosts is a fleet in which everything occurs.
func hosts() []*query.Host {
	host := func(name string, status messages.HostStatus, level messages.Level, scan, lists time.Duration, items ...classify.Item) *query.Host {
		r := &classify.Report{
			Host: name, Status: status, Level: level, Counts: messages.Counts{}, Patches: items, Reasons: []string{},
			Baseline: messages.BaselineRef{ID: "prod", Name: "prod", Version: 4},
			About:    classify.About{ScanAt: at.Add(-scan), SecurityListsAt: at.Add(-lists)},
		}
		for _, i := range items {
			r.Counts[string(i.State)]++
		}
		return &query.Host{Report: r}
	}
	item := func(name string, state messages.State, level messages.Level, installed, version, blocked string) classify.Item {
		return classify.Item{
			Patch: name + ".amd64", Name: name, Arch: "amd64", State: state, Level: level, Installed: installed, Version: version,
			Blocked: blocked, Since: at.Add(-3 * day),
		}
	}
	silent := host("silent", messages.Unknown, "", 0, 0)
	silent.Report.Reasons, silent.Report.Baseline = []string{classify.NoCompleteScan}, messages.BaselineRef{}
	silent.Report.About = classify.About{ScanFailedAt: at}
	return []*query.Host{
		host("fine", messages.Compliant, "", time.Hour, day, item("openssl", messages.Installed, messages.High, "2", "2", "")),
		silent,
		host("web-1", messages.NonCompliant, messages.Medium, 2*time.Hour, 3*day,
			item("curl", messages.InstalledPendingReboot, messages.Medium, "8", "8", ""),
			item("openssl", messages.Missing, messages.Low, "1", "2", classify.BlockedByHold)),
		host("web-2", messages.NonCompliant, messages.Critical, 5*time.Minute, 20*day,
			item("openssl", messages.Failed, messages.Critical, "1", "2", ""),
			item("telnetd", messages.InstalledRejected, messages.Unspecified, "1", "1", "")),
	}
}

func TestFleetTables(t *testing.T) {
	t.Parallel()
	for name, q := range map[string]question{
		"fleet":   {},
		"missing": {missing: "openssl"},
		"failed":  {states: stateSet{messages.Failed: true}},
	} {
		var out bytes.Buffer
		a := newApp(nil, &out, &out)
		s := &survey{question: q, worst: messages.Compliant}
		f := &fleet{now: at}
		for _, h := range hosts() {
			if err := s.take(h, func(*query.Host) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if s.worst != messages.NonCompliant {
			t.Errorf("%s: worst is %s", name, s.worst)
		}
		if q.missing != "" {
			a.matches(s, f)
		} else {
			a.fleet(s, f)
		}
		golden(t, name+".txt", out.String())
	}
}
