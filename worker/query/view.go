package query

import (
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/explain"
	"github.com/patchstream/patchstream/messages"
)

// ReportView is a report as machines read it: the fields of the contract first, always all of them.
type ReportView struct {
	*classify.Report
	About       AboutView  `json:"about"`
	Revision    uint64     `json:"revision,omitempty"` // of the host's last change; absent: no worker made the report
	CommittedAt *time.Time `json:"committed_at,omitempty"`
	Heard       *time.Time `json:"heard_at,omitempty"` // when its newest event came, to within an hour; absent: none did, or no worker made the report
	Outdated    bool       `json:"outdated,omitempty"` // another baseline, revision or group applies by now
}

// AboutView is what a report says of the host itself.
type AboutView struct {
	OS OSView `json:"os"`
	classify.About
	LastRun *RunView `json:"last_run,omitempty"`
}

// OSView is an operating system, with all its fields whether they are known or not.
type OSView struct {
	System   string `json:"system"`
	Product  string `json:"product"`
	Version  string `json:"version"`
	Codename string `json:"codename"`
	Arch     string `json:"arch"`
	Kernel   string `json:"kernel"`
}

// RunView is the newest run of a host, as far as it is about the host.
type RunView struct {
	ID         string    `json:"id"`
	RunID      string    `json:"run_id"`
	Operation  string    `json:"operation"`
	FinishedAt time.Time `json:"finished_at"`
	ExitCode   *int      `json:"exit_code,omitempty"`
	Error      string    `json:"error,omitempty"`
	Outcomes   int       `json:"outcomes"`
	Ignored    []string  `json:"ignored,omitempty"`
}

// View returns the view of a report that no worker need have made.
func View(r *classify.Report) ReportView {
	return ReportView{Report: r, About: AboutView{OS: OSView(r.About.OS), About: r.About, LastRun: runView(r.About.LastRun)}}
}

func runView(run *classify.RunFact) *RunView {
	if run == nil {
		return nil
	}
	return &RunView{
		ID: run.ID, RunID: run.RunID, Operation: run.Operation, FinishedAt: run.At,
		ExitCode: run.ExitCode, Error: run.Error, Outcomes: run.Outcomes, Ignored: run.Ignored,
	}
}

// View returns the view of the host's report, with the number of its last change.
func (h *Host) View() ReportView {
	v := View(h.Report)
	v.Revision, v.CommittedAt, v.Heard, v.Outdated = h.Revision, &h.CommittedAt, timeOrNil(h.Heard), h.Outdated
	return v
}

// HostOf returns the host of a view, as it was read from JSON.
func HostOf(v *ReportView) *Host {
	r := v.Report
	r.About = v.About.About
	r.About.OS = messages.OS(v.About.OS)
	if run := v.About.LastRun; run != nil {
		r.About.LastRun = &classify.RunFact{
			Stamp: classify.Stamp{ID: run.ID, At: run.FinishedAt}, RunID: run.RunID, Operation: run.Operation, ExitCode: run.ExitCode, Error: run.Error,
			Outcomes: run.Outcomes, Ignored: run.Ignored,
		}
	}
	h := &Host{Report: r, Revision: v.Revision, Outdated: v.Outdated}
	if v.CommittedAt != nil {
		h.CommittedAt = *v.CommittedAt
	}
	if v.Heard != nil {
		h.Heard = *v.Heard
	}
	return h
}

// ConditionView is what stands on a host, in sentences.
type ConditionView struct {
	messages.Condition
	Sentences []string `json:"sentences"`
	Next      string   `json:"next"`
}

func conditionViews(r *classify.Report, conditions []messages.Condition) []ConditionView {
	views := []ConditionView{}
	for _, c := range conditions {
		e := explain.Condition(r, c)
		views = append(views, ConditionView{c, e.Sentences, e.Next})
	}
	return views
}

// Conditions says of each condition of a report what it means and what to do next.
func Conditions(r *classify.Report) []ConditionView { return conditionViews(r, r.Conditions) }

// ExplanationView is an item with its reason in sentences.
type ExplanationView struct {
	Host string `json:"host"`
	classify.Item
	Sentences   []string `json:"sentences"`
	Next        string   `json:"next"`
	WouldChange []string `json:"would_change"`

	Conditions []ConditionView `json:"conditions"` // of the host, those that matter to the item
}

// Explain says why an item of a report is in its state.
func Explain(r *classify.Report, item *classify.Item) ExplanationView {
	e := explain.Item(r, item)
	return ExplanationView{
		Host: r.Host, Item: *item, Sentences: append([]string{}, e.Sentences...), Next: e.Next,
		WouldChange: append([]string{}, e.WouldChange...), Conditions: conditionViews(r, explain.Concerning(r, item)),
	}
}
