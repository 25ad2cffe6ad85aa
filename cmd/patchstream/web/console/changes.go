package console

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/history"
)

// changesData is what the page of changes shows.
type changesData struct {
	Asked  url.Values
	States []messages.State
	Rows   []changeRow // the newest first
	Last   uint64      // sequence up to which all is shown
	Older  string      // address of older ones; empty: there are none
	Live   string      // address of a stream of events that says when there is more; empty: this is no page of the newest
	Since  string      // address of what came after a sequence, which is put at its end
	Kept   time.Time   // since when changes are kept
	Looked int         // changes that were looked at, where the search ended before it had enough
}

const (
	changesPage = 50

	// lookedAtMost bounds how many changes are read for one page: one that few fit says how far it looked.
	lookedAtMost = 5000

	// behindAtMost is how many changes a page that slept catches up with; after more it is loaded anew.
	behindAtMost = 1000
)

func (c *console) changes(r *http.Request, who web.Who) (*view, error) {
	if err := knownParameters(r, "host", "state", "before"); err != nil {
		return nil, err
	}
	if clean, is := cleaned(r); is {
		return nil, moved(clean)
	}
	asked := said(r.URL.Query())
	want, err := c.wanted(asked, who)
	if err != nil {
		return nil, err
	}
	before, err := sequence(asked, "before")
	if err != nil {
		return nil, err
	}
	kept, err := history.Keeps(r.Context(), c.cfg.JS)
	if err != nil {
		return nil, err
	}
	asked.Del("before")
	d := &changesData{Asked: asked, States: messages.States(), Last: kept.Last, Kept: kept.Since, Since: address("/changes/rows", asked)}
	d.Since += map[bool]string{true: "?", false: "&"}[len(asked) == 0] + "after="
	until := kept.Last + 1
	if before > 0 {
		until = min(before, until)
	} else {
		d.Live = address(web.Prefix+"/changes/live", asked)
	}
	if err := c.newest(r.Context(), d, kept.First, until, want); err != nil {
		return nil, err
	}
	watch := []string{"watch"}
	if host := asked.Get("host"); host != "" {
		watch = append(watch, "--host", host)
	}
	for _, state := range want.states {
		watch = append(watch, "--state", string(state))
	}
	return &view{
		Title: "Changes", Section: "/changes", Data: d, CSV: csvOf("/changes", asked),
		Commands: []command{cli(watch...), c.curl(r, "/changes", asked), c.curl(r, "/changes/live", asked)},
	}, nil
}

// newest reads the newest changes that are wanted and before a sequence, further and further back until they are a page.
func (c *console) newest(ctx context.Context, d *changesData, first, until uint64, want wantedChanges) error {
	now := c.cfg.Now()
	first = max(first, 1) // of an empty stream it may be 0
	for reach := uint64(4 * changesPage); until > first && len(d.Rows) < changesPage && d.Looked < lookedAtMost; reach *= 4 {
		if want.host == "" { // else the server leaves the other hosts out
			reach = min(reach, lookedAtMost)
		}
		from := first
		if until-first > reach {
			from = until - reach
		}
		var some []changeRow
		err := history.Read(ctx, c.cfg.JS, history.From{Host: want.host, After: from - 1, Oldest: from == 1}, func(e history.Entry) error {
			if e.Sequence >= until {
				return history.ErrStop
			}
			d.Looked++
			if row, fits := want.row(&e, now); fits {
				some = append(some, row)
			}
			return nil
		})
		if err != nil {
			return err
		}
		slices.Reverse(some)
		d.Rows, until = append(d.Rows, some...), from
	}
	if len(d.Rows) > changesPage {
		d.Rows = d.Rows[:changesPage]
		until = d.Rows[changesPage-1].Sequence
	}
	if until > first {
		older := url.Values{"before": {strconv.FormatUint(until, 10)}}
		for name, values := range d.Asked {
			older[name] = values
		}
		d.Older = address("/changes", older)
	}
	return nil
}

// changeRows answers with the rows of changes after a sequence, the newest first, for the script of the page of changes. Where these are too
// many 205 has it load the page anew.
func (c *console) changeRows(w http.ResponseWriter, r *http.Request) {
	who, status, why := c.cfg.Admit(r)
	if status != 0 {
		http.Error(w, why, status)
		return
	}
	asked := said(r.URL.Query())
	want, err := c.wanted(asked, who)
	after, errAfter := sequence(asked, "after")
	var kept history.Kept
	if err == nil && errAfter == nil {
		kept, err = history.Keeps(r.Context(), c.cfg.JS)
	}
	if err != nil || errAfter != nil {
		http.Error(w, "the changes cannot be read", http.StatusServiceUnavailable)
		return
	}
	if kept.Last < after || kept.Last-after > behindAtMost {
		w.WriteHeader(http.StatusResetContent)
		return
	}
	d := &changesData{}
	now := c.cfg.Now()
	want.visible = func(host string) bool { return c.cfg.Index.VisibleSoon(r.Context(), host, who.Groups) } // it may be the first that is heard of it
	if kept.Last > after {
		err = history.Read(r.Context(), c.cfg.JS, history.From{Host: want.host, After: after, Oldest: true}, func(e history.Entry) error {
			d.Last = e.Sequence
			if row, fits := want.row(&e, now); fits {
				d.Rows = append(d.Rows, row)
			}
			return nil
		})
	}
	if err != nil {
		http.Error(w, "the changes cannot be read", http.StatusServiceUnavailable)
		return
	}
	slices.Reverse(d.Rows)
	w.Header().Set("X-Patchstream-Last", strconv.FormatUint(max(d.Last, kept.Last), 10))
	var text bytes.Buffer
	if err := c.pages["changes.html"].ExecuteTemplate(&text, "changerows", &view{Data: d}); err != nil {
		c.cfg.Log.Error().Err(err).Msg("changes could not be shown")
		http.Error(w, "the changes cannot be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-store")
	_, _ = w.Write(text.Bytes())
}

// wantedChanges are those that a page is asked for, of hosts that whoever asks may see.
type wantedChanges struct {
	host    string
	states  []messages.State // in which a patch came, or which it left; none: all changes
	visible func(host string) bool
}

func (c *console) wanted(v url.Values, who web.Who) (wantedChanges, error) {
	want := wantedChanges{host: strings.TrimSpace(v.Get("host")), visible: func(host string) bool { return c.cfg.Index.Visible(host, who.Groups) }}
	if want.host != "" {
		if err := messages.ValidHost(want.host); err != nil {
			return want, &messages.FieldError{Field: "query.host", Problem: err.Error()}
		}
	}
	for _, values := range v["state"] {
		for state := range strings.SplitSeq(values, ",") {
			if !slices.Contains(messages.States(), messages.State(state)) {
				return want, &messages.FieldError{Field: "query.state", Problem: "there is no state " + state}
			}
			want.states = append(want.states, messages.State(state))
		}
	}
	return want, nil
}

// row is a change as it is shown, and whether it is wanted.
func (want wantedChanges) row(e *history.Entry, now time.Time) (changeRow, bool) {
	if !want.visible(e.Host) {
		return changeRow{}, false
	}
	if want.states != nil {
		asked := func(s messages.State) bool { return slices.Contains(want.states, s) }
		kept := slices.DeleteFunc(slices.Clone(e.Transitions), func(t messages.Transition) bool { return !asked(t.State) && !asked(t.From) })
		if len(kept) == 0 {
			return changeRow{}, false
		}
		changed := *e.Changed
		changed.Transitions = kept
		e = &history.Entry{Sequence: e.Sequence, StoredAt: e.StoredAt, Changed: &changed}
	}
	return rowOf(e, now, want.states != nil), true
}

// sequence reads a parameter that is a sequence of the stream; 0: it is not given.
func sequence(v url.Values, name string) (uint64, error) {
	text := v.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, huma.Error422UnprocessableEntity("a parameter is wrong", &huma.ErrorDetail{Location: name, Message: "it must be a number"})
	}
	return n, nil
}

// lookedWords says how far the search for changes went.
func lookedWords(d *changesData) string {
	if d.Older == "" {
		return "All that are kept were looked at."
	}
	return plural(d.Looked, "change was", "changes were") + " looked at; there are older ones."
}
