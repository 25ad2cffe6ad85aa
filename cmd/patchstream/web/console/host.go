package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/explain"
	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// hostData is what the page of a host shows.
type hostData struct {
	query.HostView
	Why        string
	Conditions []query.ConditionView
	Facts      []fact
	Ages       []ageOf

	States   []segment     // how many patches are in each state, and where they are seen
	Groups   []patchGroup  // the patches that are shown
	Asked    hostQuestion  // which those are
	OneStep  string        // command that mends the most at once; empty: there is none
	Mends    int           // how many
	Override []hostSetHand // what was set by hand
	Past     *hostPast
}

// fact is something that is known of a host.
type fact struct {
	Name, Value string
	Href        string // empty: it leads nowhere
}

// ageOf is when something was last so.
type ageOf struct {
	Name string
	At   time.Time
	More string
	Tone string // class, where it is no good news
}

// patchGroup is the patches of a host in one state.
type patchGroup struct {
	State chip
	Items []patchRow
}

// patchRow is a patch of a host.
type patchRow struct {
	classify.Item
	Words, Next string // Words say more than the state; empty: nothing does
	Notices     []string
}

// hostSetHand is an override of the host.
type hostSetHand struct {
	query.OverrideView
	Word string
}

// hostQuestion is which patches of a host are asked for.
type hostQuestion struct {
	State  string
	Patch  string // part of a name
	Before string // sequence before which the history is shown; empty: the newest of it
}

func (c *console) host(r *http.Request, who web.Who) (*view, error) {
	if err := knownParameters(r, "state", "patch", "before"); err != nil {
		return nil, err
	}
	if clean, is := cleaned(r); is {
		return nil, moved(clean)
	}
	name := r.PathValue("host")
	answer, err := c.cfg.Index.Host(r.Context(), name, who.Groups)
	if err != nil {
		return nil, err
	}
	stored, err := c.cfg.Index.Record(r.Context(), name)
	if err != nil {
		return nil, err
	}
	v := r.URL.Query()
	d := &hostData{HostView: stored.HostView(), Asked: hostQuestion{v.Get("state"), v.Get("patch"), v.Get("before")}}
	if d.Asked.State != "" {
		if _, err := messages.ParseState(d.Asked.State); err != nil {
			return nil, &messages.FieldError{Field: "query.state", Problem: err.Error()}
		}
	}
	report := stored.Report
	d.Why, d.Conditions = why(report), query.Conditions(report)
	d.Facts, d.Ages = factsOf(d), agesOf(report, stored)
	d.States = statesOf(r, report, d.Asked.State)
	d.Groups = groupsOf(report, d.Asked)
	d.OneStep, d.Mends = explain.NextOfAll(&report.About.OS, report.Patches)
	for _, o := range stored.OverridesAt(c.cfg.Now()) {
		d.Override = append(d.Override, hostSetHand{o, word(o.Standing)})
	}
	if d.Past, err = c.pastOf(r, name, d.Asked.Before); err != nil {
		return nil, err
	}
	asked := url.Values{}
	if d.Asked.State != "" {
		asked.Set("state", d.Asked.State)
	}
	return &view{
		Title: name, Section: "/", AsOf: &answer.AsOf, Refresh: fleetRefresh, Data: d, CSV: csvOf(hostURL(name)+"/patches", asked),
		Commands: []command{
			cli("status", name), cli("watch", "--host", name, "--since", "30d"), c.curl(r, hostURL(name), nil), c.curl(r, hostURL(name)+"/patches", asked),
			aws(r, "ssm", "describe-instance-patches", "--instance-id", name),
		},
	}, nil
}

// why says in a sentence why a host has its status.
func why(r *classify.Report) string {
	switch r.Status {
	case messages.Retired:
		words := "It was retired"
		if by := r.About.Retired; by != nil {
			words += " by " + cmp.Or(by.By, "somebody")
			if by.Reason != "" {
				words += ": " + by.Reason
			}
		}
		return words + "."
	case messages.Unknown:
		return "Nothing that is known of it is wrong, but that is not enough to call it compliant: " + reasonsOf(r) + "."
	case messages.Compliant:
		return "All that its baseline wants is installed, by facts that are new enough."
	}
	var parts []string
	for _, s := range outstanding() {
		if n := r.Counts[string(s)]; n > 0 && s != messages.AvailableSecurityUpdate {
			parts = append(parts, count(n)+" "+strings.ToLower(stateChip(s).Word))
		}
	}
	if n := r.Counts[string(messages.AvailableSecurityUpdate)]; n > 0 && len(parts) == 0 {
		parts = append(parts, plural(n, "security update that is not approved", "security updates that are not approved"))
	}
	words := "Because of its patches: " + strings.Join(parts, ", ")
	if r.Level != "" {
		words += "; the highest level is " + word(r.Level)
	}
	if len(r.Reasons) > 0 {
		words += ". Besides, what is known of it is not enough: " + reasonsOf(r)
	}
	return words + "."
}

func reasonsOf(r *classify.Report) string {
	var words []string
	for _, code := range r.Reasons {
		words = append(words, explain.ConditionWords(code))
	}
	if len(words) == 0 {
		return "what time has changed is being looked at"
	}
	return strings.Join(words, "; ")
}

// factsOf is what is known of a host besides.
func factsOf(d *hostData) []fact {
	os := d.OS
	group := fact{Name: "Patch group", Value: "none"}
	if d.Group != "" {
		group = fact{"Patch group", d.Group, address("/", url.Values{"group": {d.Group}})}
	}
	by := fact{Name: "Baseline", Value: "none"}
	if d.Baseline.ID != "" {
		by = fact{"Baseline", cmp.Or(d.Baseline.Name, d.Baseline.ID), baselineURL(d.Baseline.ID)}
	}
	return []fact{
		{Name: "System", Value: strings.TrimSpace(cmp.Or(os.Product, os.System, "not known") + " " + os.Arch)}, {Name: "Kernel", Value: cmp.Or(os.Kernel, "not known")}, group, by,
	}
}

// agesOf are the times of what is known of a host.
func agesOf(r *classify.Report, h *query.Host) []ageOf {
	a := &r.About
	lists := ageOf{Name: "Security lists", At: a.SecurityListsAt}
	if a.Searches() {
		lists = ageOf{Name: "Search for updates", At: a.IndexAt}
	}
	ages := []ageOf{
		{Name: "Heard of", At: h.Heard}, {Name: "Complete scan", At: a.ScanAt}, lists, {Name: "Lists asked for", At: a.IndexAt}, {Name: "Boot", At: a.BootedAt},
		{Name: "Last change", At: h.CommittedAt},
	}
	if a.Searches() {
		ages = slices.DeleteFunc(ages, func(one ageOf) bool { return one.Name == "Lists asked for" })
	}
	if !a.ScanFailedAt.IsZero() {
		ages = append(ages, ageOf{Name: "Failed scan", At: a.ScanFailedAt, More: a.ScanError, Tone: "bad"})
	}
	if run := a.LastRun; run != nil {
		one := ageOf{Name: "Patch run", At: run.At, More: strings.TrimSpace(word(run.Operation) + " " + run.RunID)}
		if run.Error != "" {
			one.More, one.Tone = one.More+": "+run.Error, "bad"
		}
		ages = append(ages, one)
	}
	if !r.Due.IsZero() {
		ages = append(ages, ageOf{Name: "Looked at again", At: r.Due, More: "when time alone may change it"})
	}
	return ages
}

// statesOf are the states that patches of a host are in, and where those are seen.
func statesOf(r *http.Request, report *classify.Report, asked string) []segment {
	var list []segment
	for _, s := range slices.Concat(outstanding(), []messages.State{messages.Installed, messages.InstalledOther, messages.NotApplicable}) {
		if n := report.Counts[string(s)]; n > 0 {
			on := asked == string(s)
			list = append(list, segment{chip: stateChip(s), N: n, On: on, Href: toggled(r, "state", string(s), on) + "#patches"})
		}
	}
	return list
}

// groupsOf are the patches that are asked for, by state; without a question, those that somebody has to see to, or has set by hand.
func groupsOf(r *classify.Report, q hostQuestion) (groups []patchGroup) {
	for _, s := range slices.Concat(outstanding(), []messages.State{messages.Installed, messages.InstalledOther, messages.NotApplicable}) {
		g := patchGroup{State: stateChip(s)}
		for i := range r.Patches {
			item := &r.Patches[i]
			if item.State == s && q.shows(item) {
				g.Items = append(g.Items, patchRowOf(r, item))
			}
		}
		if len(g.Items) > 0 {
			slices.SortStableFunc(g.Items, func(a, b patchRow) int {
				if a.Level != b.Level {
					if a.Level.Above(b.Level) {
						return -1
					}
					return 1
				}
				return strings.Compare(a.Patch, b.Patch)
			})
			groups = append(groups, g)
		}
	}
	return groups
}

func (q hostQuestion) shows(i *classify.Item) bool {
	if q.Patch != "" && !strings.Contains(strings.ToLower(i.Patch), strings.ToLower(q.Patch)) {
		return false
	}
	switch {
	case q.State != "":
		return string(i.State) == q.State
	case q.Patch != "":
		return true
	}
	return i.Reason.Override != nil || slices.Contains(outstanding(), i.State)
}

func patchRowOf(r *classify.Report, i *classify.Item) patchRow {
	row := patchRow{Item: *i, Next: explain.Next(&r.About.OS, i)}
	if words := explain.Words(i); !strings.EqualFold(words, stateChip(i.State).Word) && !strings.EqualFold(words, word(i.State)) {
		row.Words = words
	}
	for _, n := range i.Reason.Notices {
		if n.ID != i.Patch {
			row.Notices = append(row.Notices, n.ID)
		}
	}
	return row
}
