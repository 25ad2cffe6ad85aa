package windows

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// update is one of the agent's updates (IUpdate). One KB may be several of them, as the malicious software removal tool
// is every month, and one update may have several KBs, or none, as a driver.
type update struct {
	id       string // a GUID, in lower case
	revision string
	kbs      []string // KB5034441
	title    string

	installed, hidden *bool
	reboot            bool
	mayReboot         bool

	classification string
	severity       string
	changedAt      time.Time
	cves           []string
	bulletins      []string
	products       []string
	families       []string
	familyIDs      []string
	supersedes     []string // ids of updates
}

func readUpdate(n node) update {
	identity := n.field("Identity")
	u := update{
		id:         strings.ToLower(identity.field("UpdateID").text()),
		revision:   revisionText(identity.field("RevisionNumber").number()),
		kbs:        readKBs(n.field("KBArticleIDs")),
		title:      n.field("Title").text(),
		installed:  n.field("IsInstalled").flag(),
		hidden:     n.field("IsHidden").flag(),
		reboot:     n.field("RebootRequired").isTrue(),
		mayReboot:  n.field("InstallationBehavior").field("RebootBehavior").number() != 0,
		severity:   n.field("MsrcSeverity").text(),
		changedAt:  n.field("LastDeploymentChangeTime").when(),
		cves:       n.field("CveIDs").texts(),
		bulletins:  n.field("SecurityBulletinIDs").texts(),
		supersedes: lowered(n.field("SupersededUpdateIDs").texts()),
	}
	if u.id == "" {
		identity.field("UpdateID").fail("is required")
	}
	if len(u.cves) > messages.MaxAdvisoryCVEs {
		n.field("CveIDs").fail("%d ids, the bound is %d", len(u.cves), messages.MaxAdvisoryCVEs)
	}
	if len(u.kbs) == 0 { // a bundle whose number only its parts have
		for _, child := range n.field("BundledUpdates").list() {
			u.kbs = append(u.kbs, readKBs(child.object().field("KBArticleIDs"))...)
		}
		slices.Sort(u.kbs)
		u.kbs = slices.Compact(u.kbs)
	}
	for _, c := range n.field("Categories").list() {
		u.categorize(c.object())
	}
	return u
}

// revisionText is the revision as a version, 1 where it is not known.
func revisionText(n int64) string {
	if n <= 0 {
		n = 1
	}
	return strconv.FormatInt(n, 10)
}

// readKBs returns the numbers as they are written everywhere else, with their letters.
func readKBs(n node) []string {
	var all []string
	for _, t := range n.texts() {
		number := strings.TrimPrefix(strings.ToUpper(t), "KB")
		if number == "" || strings.Trim(number, "0123456789") != "" {
			n.fail("%.64q is no number of a KB", t)
			continue
		}
		if name := "KB" + number; !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

func lowered(texts []string) []string {
	for i := range texts {
		texts[i] = strings.ToLower(texts[i])
	}
	return texts
}

// names returns what the update is called in events: its KBs, or its id.
func (u *update) names() []string {
	if len(u.kbs) == 0 {
		return []string{u.id}
	}
	return u.kbs
}
