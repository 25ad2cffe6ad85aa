package windows

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// A search is a query with criteria (IUpdateSearcher::Search), such as
//
//	IsInstalled=0 and IsHidden=0
//
// and its answer: a result code, and a list of updates.
type search struct {
	criteria   string
	resultCode int64
	hresult    uint32
	err        string // the script's, where the search threw
	online     *bool
	service    service
	updates    []update
}

// service is who was asked.
type service struct {
	selection int64  // IUpdateSearcher::ServerSelection
	id        string // of a service that was added
	name      string
	server    string    // of WSUS: its URL
	fileAt    time.Time // of Microsoft's offline file: its date
}

// ServerSelection.
const (
	selectManaged = 1
	selectOthers  = 3
)

// succeeded is orcSucceeded of OperationResultCode. Code 3, with errors, is an answer that may lack something.
const succeeded = 2

func readSearch(n node) search {
	s := search{
		criteria:   n.field("Criteria").text(),
		resultCode: n.field("ResultCode").number(),
		hresult:    n.field("HResult").code(),
		err:        n.field("Error").text(),
		online:     n.field("Online").flag(),
		service: service{
			selection: n.field("ServerSelection").number(),
			id:        strings.ToLower(n.field("ServiceID").text()),
			name:      n.field("ServiceName").text(),
			server:    n.field("Server").text(),
			fileAt:    n.field("ScanFileDate").when(),
		},
	}
	if s.criteria == "" {
		n.field("Criteria").fail("is required: what was searched for, such as IsInstalled=1")
	}
	for _, u := range n.field("Updates").list() {
		s.updates = append(s.updates, readUpdate(u.object()))
	}
	s.complete()
	return s
}

// complete gives an update that does not say whether it is installed or hidden what it was searched by.
func (s *search) complete() {
	covers, _ := readCriteria(s.criteria)
	for i := range s.updates {
		u := &s.updates[i]
		if u.installed == nil {
			u.installed = new(covers.installed && !covers.others)
		}
		if u.hidden == nil {
			u.hidden = new(covers.hidden && !covers.shown)
		}
	}
}

// failure says why a search has no answer, or not a whole one.
func (s *search) failure() string {
	if s.resultCode == succeeded && s.err == "" {
		return ""
	}
	text := fmt.Sprintf("the search for %q %s", s.criteria, resultWords(s.resultCode))
	if s.hresult != 0 {
		text += ": " + hresultWords(s.hresult)
	}
	if s.err != "" {
		text += ": " + s.err
	}
	return text
}

// resultWords is OperationResultCode in words.
func resultWords(code int64) string {
	switch code {
	case 0:
		return "was not started"
	case 1:
		return "had not ended"
	case succeeded:
		return "ended"
	case 3:
		return "ended with errors"
	case 4:
		return "failed"
	case 5:
		return "was aborted"
	}
	return fmt.Sprintf("ended with result code %d", code)
}

// coverage is which updates criteria ask for.
type coverage struct{ installed, others, hidden, shown bool }

// condition is one part of criteria. Values are numbers, or texts in single quotes.
var condition = regexp.MustCompile(`(?i)^\s*(\w+)\s*=\s*(?:'([^']*)'|(\w+))\s*$`)

var (
	between   = regexp.MustCompile(`(?i)\s+and\s+`)
	otherwise = regexp.MustCompile(`(?i)\bor\b|!=|\bcontains\b`)
)

// readCriteria returns what criteria cover, and why they are narrower than one has to know. Only software matters: a
// search without drivers is a whole one.
func readCriteria(criteria string) (c coverage, narrow string) {
	c = coverage{true, true, true, true}
	if otherwise.MatchString(criteria) {
		return c, "only AND and = are understood"
	}
	text := strings.NewReplacer("(", " ", ")", " ").Replace(criteria)
	for _, part := range between.Split(strings.TrimSpace(text), -1) {
		m := condition.FindStringSubmatch(part)
		if m == nil {
			return c, fmt.Sprintf("%.64q is not understood", part)
		}
		name, value := strings.ToLower(m[1]), strings.ToLower(m[2]+m[3])
		switch {
		case name == "isinstalled" && value == "1":
			c.others = false
		case name == "isinstalled" && value == "0":
			c.installed = false
		case name == "ishidden" && value == "1":
			c.shown = false
		case name == "ishidden" && value == "0":
			c.hidden = false
		case name == "type" && value == "software", name == "deploymentaction" && value == "installation":
		default:
			return c, fmt.Sprintf("%s leaves updates out", strings.TrimSpace(part))
		}
	}
	return c, ""
}
