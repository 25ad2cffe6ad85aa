package explain

import (
	"fmt"
	"strings"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Notices names the update notices behind an item in a few words, the most serious first: "RHSA-2024:0811, CVE-2023-42465,
// Moderate, since 14 Feb 2024". One that is called as the patch is not named. Empty where there are none.
func Notices(i *classify.Item) string {
	r := &i.Reason
	var all []string
	for n := range r.Notices {
		all = append(all, noticeWords(&r.Notices[n], i.Patch))
	}
	if r.MoreNotices > 0 {
		all = append(all, fmt.Sprintf("and %d more", r.MoreNotices))
	}
	return strings.Join(all, "; ")
}

func noticeWords(n *messages.Notice, patch string) string {
	var words []string
	if n.ID != patch {
		words = append(words, oneLine(n.ID, 80))
	}
	for _, alias := range n.Aliases {
		words = append(words, oneLine(alias, 40))
	}
	for _, cve := range n.CVEs {
		words = append(words, oneLine(cve, 40))
	}
	if n.MoreCVEs > 0 {
		words = append(words, fmt.Sprintf("%d more CVEs", n.MoreCVEs))
	}
	switch {
	case n.Severity != "" && !strings.EqualFold(n.Severity, "none"):
		words = append(words, oneLine(n.Severity, 40))
	case n.Type != "":
		words = append(words, oneLine(n.Type, 40))
	}
	if !n.At.IsZero() {
		words = append(words, "since "+n.At.UTC().Format("2 Jan 2006"))
	}
	return strings.Join(words, ", ")
}

// notices says which notices are behind what is missing, or behind what is newer and not approved.
func (e *explainer) notices() {
	r := &e.item.Reason
	words := Notices(e.item)
	switch {
	case words == "" || r.Code == messages.BecauseSuperseded:
	case e.manager.revisions:
		e.say("Of it is known: %s.", words)
	case r.Stopped != nil && r.Code != messages.BecauseNewerApproved && r.Code != messages.BecauseFailedRun:
		e.say("%s comes with %s.", versionText(e.manager, r.Stopped.Version), words)
	default:
		e.say("It brings %s.", words)
	}
}
