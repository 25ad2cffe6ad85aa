package record

import (
	"slices"

	"github.com/patchstream/patchstream/messages"
)

// What a reason says of notices, as part of a patch.

func speaksOfNotices(r *messages.Reason) bool {
	return len(r.Notices) > 0 || r.MoreNotices > 0 || r.Matched != nil && r.Matched.Notice != "" ||
		r.Stopped != nil && (r.Stopped.Notice != "" || !r.Stopped.Until.IsZero())
}

func (w *patchWriter) notices(r *messages.Reason) {
	if r.Matched != nil {
		w.text(r.Matched.Notice)
	}
	if r.Stopped != nil {
		w.text(r.Stopped.Notice)
		w.instant(r.Stopped.Until)
	}
	w.number(uint64(len(r.Notices)))
	for i := range r.Notices {
		n := &r.Notices[i]
		w.text(n.ID)
		w.text(n.Type)
		w.text(n.Severity)
		w.instant(n.At)
		w.number(uint64(len(n.CVEs)))
		for _, cve := range n.CVEs {
			w.text(cve)
		}
		w.number(uint64(n.MoreCVEs))
	}
	w.number(uint64(r.MoreNotices))
}

func (r *patchReader) notices(reason *messages.Reason) {
	if m := reason.Matched; m != nil {
		m.Notice = r.text()
	}
	if s := reason.Stopped; s != nil {
		s.Notice, s.Until = r.text(), r.instant()
	}
	const leastBytes = 7 // of a notice
	if n := r.count(leastBytes); n > 0 {
		reason.Notices = make([]messages.Notice, n)
	}
	for i := range reason.Notices {
		n := &reason.Notices[i]
		n.ID, n.Type, n.Severity, n.At = r.text(), r.text(), r.text(), r.instant()
		n.CVEs = r.texts(r.count(1))
		n.MoreCVEs = r.small()
	}
	reason.MoreNotices = r.small()
}

func speaksOfAliases(r *messages.Reason) bool {
	return slices.ContainsFunc(r.Notices, func(n messages.Notice) bool { return len(n.Aliases) > 0 })
}

// aliases follow the notices that have them.
func (w *patchWriter) aliases(r *messages.Reason) {
	for i := range r.Notices {
		w.number(uint64(len(r.Notices[i].Aliases)))
		for _, alias := range r.Notices[i].Aliases {
			w.text(alias)
		}
	}
}

func (r *patchReader) aliases(reason *messages.Reason) {
	for i := range reason.Notices {
		reason.Notices[i].Aliases = r.texts(r.count(1))
	}
}

// small reads a number that fits any integer.
func (r *patchReader) small() int {
	n := r.number()
	if n > 1<<31-1 {
		r.fail(nil)
		return 0
	}
	return int(n)
}
