package windows

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// The agent's history (IUpdateHistoryEntry) has a row for each update that was installed or removed, or should have been:
// a date, an operation, a result code, the update's id and revision, its title, and who asked for it. It has no KB numbers;
// those of an update that the searches found are known, else the title has one in most cases:
//
//	2026-11 Cumulative Update for Microsoft server operating system version 21H2 for x64-based Systems (KB5068787)
type historyEntry struct {
	path      string
	at        time.Time
	operation int64
	result    int64
	hresult   uint32
	id        string
	revision  string
	title     string
	client    string // IUpdateHistoryEntry::ClientApplicationID
}

// UpdateOperation.
const (
	operationInstall = 1
	operationRemove  = 2
)

func readHistory(n node) historyEntry {
	identity := n.field("UpdateIdentity")
	h := historyEntry{
		path:      n.path,
		at:        n.field("Date").when(),
		operation: n.field("Operation").number(),
		result:    n.field("ResultCode").number(),
		hresult:   n.field("HResult").code(),
		id:        strings.ToLower(identity.field("UpdateID").text()),
		revision:  revisionText(identity.field("RevisionNumber").number()),
		title:     n.field("Title").text(),
		client:    n.field("ClientApplicationID").text(),
	}
	if h.operation != operationInstall && h.operation != operationRemove {
		n.field("Operation").fail("%d is neither 1, installation, nor 2, uninstallation", h.operation)
	}
	if h.result < 0 || h.result > 5 {
		n.field("ResultCode").fail("%d is none of 0 to 5", h.result)
	}
	return h
}

var kbInTitle = regexp.MustCompile(`(?i)\bKB(\d{5,8})\b`)

// names returns what an entry is about, none where nothing tells.
func (h *historyEntry) names(known map[string][]string) []string {
	if names := known[h.id]; len(names) > 0 {
		return names
	}
	if m := kbInTitle.FindStringSubmatch(h.title); m != nil {
		return []string{"KB" + m[1]}
	}
	if h.id != "" {
		return []string{h.id}
	}
	return nil
}

// ended reports whether an entry says how an attempt ended.
func (h *historyEntry) ended() bool { return h.result >= succeeded }

// installedAt returns when each name was last installed.
func (d *Dump) installedAt() map[string]time.Time {
	at, known := make(map[string]time.Time), d.kbsByID()
	for i := range d.history {
		h := &d.history[i]
		if h.operation != operationInstall || h.result != succeeded && h.result != 3 || h.at.After(d.TakenAt) {
			continue
		}
		for _, name := range h.names(known) {
			if h.at.After(at[name]) {
				at[name] = h.at
			}
		}
	}
	return at
}

// sitting is the time without an entry that ends a run: a large update takes less.
const sitting = time.Hour

// Runs returns the runs that the history tells of and that ended after since, the oldest first, without Host. A run is a
// sitting of one client's. Its RunID is made of its first entry, its ID of all: the same history makes the same runs, and one
// that went on after it was published makes another event of that RunID, which says what the first one said and more.
func (d *Dump) Runs(since time.Time) []*messages.Run {
	entries := slices.Clone(d.history)
	entries = slices.DeleteFunc(entries, func(h historyEntry) bool { return !d.counts(&h) })
	slices.SortStableFunc(entries, func(a, b historyEntry) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.client, b.client), cmp.Compare(a.id, b.id))
	})
	last := make(map[string]int) // by client, of sittings
	var sittings [][]historyEntry
	for _, h := range entries {
		n, begun := last[h.client]
		if begun {
			before := sittings[n]
			begun = h.at.Sub(before[len(before)-1].at) < sitting && len(before) < messages.MaxOutcomes/maxNames
		}
		if !begun {
			n = len(sittings)
			last[h.client], sittings = n, append(sittings, nil)
		}
		sittings[n] = append(sittings[n], h)
	}
	known := d.kbsByID()
	var runs []*messages.Run
	for _, entries := range sittings {
		if entries[len(entries)-1].at.After(since) {
			runs = append(runs, d.run(entries, known))
		}
	}
	slices.SortStableFunc(runs, func(a, b *messages.Run) int { return a.FinishedAt.Compare(b.FinishedAt) })
	return runs
}

// maxNames is more than the KBs of any update.
const maxNames = 16

// counts reports whether an entry goes into a run. What has no date or a date that is still to come is noted and left out.
func (d *Dump) counts(h *historyEntry) bool {
	switch {
	case !h.ended():
		return false
	case h.at.IsZero():
		d.note("%s.Date: an entry without a date is left out", h.path)
		return false
	case h.at.After(d.TakenAt):
		d.note("%s.Date: %s is later than the dump: the entry is left out (dates of the history are UTC)", h.path, h.at.Format(time.RFC3339))
		return false
	}
	return true
}

func (d *Dump) run(entries []historyEntry, known map[string][]string) *messages.Run {
	first, end := entries[0], entries[len(entries)-1]
	r := &messages.Run{
		Operation: messages.OperationInstall, StartedAt: first.at, FinishedAt: end.at, Machine: host.MachineOf(d.machineGUID),
		RunID: "wua-" + digest(entries[:1]), ID: "wua-" + digest(entries),
	}
	ok := true
	for i := range entries {
		ok = d.outcomes(r, &entries[i], known) && ok
	}
	r.Succeeded = &ok
	return r
}

// outcomes adds what became of one entry's update, and reports whether it went well.
func (d *Dump) outcomes(r *messages.Run, h *historyEntry, known map[string][]string) bool {
	names := h.names(known)
	if len(names) > maxNames {
		names = names[:maxNames]
	}
	if len(names) == 0 {
		d.note("%s: an entry without an update's id and without a KB in its title is left out", h.path)
		return h.result == succeeded
	}
	for _, name := range names {
		revision := h.revision
		if h.operation == operationRemove && (h.result == succeeded || h.result == 3) {
			r.Removed = append(r.Removed, messages.Removal{Name: name, Arch: d.os.archWord(), From: revision})
			continue
		}
		o := messages.Outcome{Name: name, Arch: d.os.archWord(), To: &revision, Result: messages.ResultInstalled}
		if h.result == 4 || h.result == 5 {
			o.Result = messages.ResultFailed
		}
		if h.operation == operationRemove {
			o.From, o.Stage = revision, "remove"
		}
		if h.result != succeeded {
			o.Error = h.why()
			o.Stage = cmp.Or(o.Stage, stageOf(h.hresult))
		}
		r.Outcomes = append(r.Outcomes, o)
	}
	return h.result == succeeded
}

func (h *historyEntry) why() string {
	what := "the installation "
	if h.operation == operationRemove {
		what = "the removal "
	}
	text := what + resultWords(h.result)
	if h.hresult != 0 {
		text += ": " + hresultWords(h.hresult)
	}
	return text
}

// digest names entries by what they say.
func digest(entries []historyEntry) string {
	h := sha256.New()
	for _, e := range entries {
		fmt.Fprintf(h, "%d\x00%s\x00%s\x00%d\x00%d\x00%d\x00%q\x00%q\n", e.at.UnixNano(), e.id, e.revision, e.operation, e.result, e.hresult, e.client, e.title)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
