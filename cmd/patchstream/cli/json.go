package cli

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/worker/query"
)

// json prints a value for machines and people alike.
func (a *app) json(v any) error { return a.encode(v, "  ") }

// jsonLine prints a value in one line.
func (a *app) jsonLine(v any) error { return a.encode(v, "") }

func (a *app) encode(v any, indent string) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	return enc.Encode(v)
}

// jsonList prints a list whose elements come one by one.
type jsonList struct {
	a *app
	n int
}

func (l *jsonList) add(v any) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("  ", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	before := ",\n  "
	if l.n == 0 {
		before = "[\n  "
	}
	l.n++
	l.a.printf("%s%s", before, bytes.TrimSpace(text.Bytes()))
	return l.a.stdout.err
}

func (l *jsonList) end() {
	if l.n == 0 {
		l.a.printf("[]\n")
		return
	}
	l.a.printf("\n]\n")
}

// reportJSON is a report as -o json prints it: the fields of the contract first, always all of them.
type reportJSON struct {
	*classify.Report
	About       aboutJSON  `json:"about"`
	Revision    uint64     `json:"revision,omitempty"`
	CommittedAt *time.Time `json:"committed_at,omitempty"`
}

type aboutJSON struct {
	OS osJSON `json:"os"`
	classify.About
	LastRun *runJSON `json:"last_run,omitempty"`
}

type osJSON struct {
	System   string `json:"system"`
	Product  string `json:"product"`
	Version  string `json:"version"`
	Codename string `json:"codename"`
	Arch     string `json:"arch"`
	Kernel   string `json:"kernel"`
}

// runJSON is the newest run of a host, as far as it is about the host.
type runJSON struct {
	ID         string    `json:"id"`
	RunID      string    `json:"run_id"`
	Operation  string    `json:"operation"`
	FinishedAt time.Time `json:"finished_at"`
	ExitCode   *int      `json:"exit_code,omitempty"`
	Error      string    `json:"error,omitempty"`
	Outcomes   int       `json:"outcomes"`
	Ignored    []string  `json:"ignored,omitempty"`
}

func asJSON(r *classify.Report) reportJSON {
	about := aboutJSON{OS: osJSON(r.About.OS), About: r.About}
	if run := r.About.LastRun; run != nil {
		about.LastRun = &runJSON{
			ID: run.ID, RunID: run.RunID, Operation: run.Operation, FinishedAt: run.At,
			ExitCode: run.ExitCode, Error: run.Error, Outcomes: run.Outcomes, Ignored: run.Ignored,
		}
	}
	return reportJSON{Report: r, About: about}
}

// hostJSON is the report of a host that workers know, with the number of its last change.
func hostJSON(h *query.Host) reportJSON {
	r := asJSON(h.Report)
	r.Revision, r.CommittedAt = h.Revision, &h.CommittedAt
	return r
}

// narrowed returns a report with only the items that fit, and everything else as it is.
func narrowed(r *classify.Report, fits func(*classify.Item) bool) *classify.Report {
	few := *r
	few.Patches = []classify.Item{}
	for i := range r.Patches {
		if fits(&r.Patches[i]) {
			few.Patches = append(few.Patches, r.Patches[i])
		}
	}
	return &few
}
