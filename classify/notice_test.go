package classify

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

// A reason names the most serious notices first: security before all else, then severity, then the newest.
func TestNoticesInReasons(t *testing.T) {
	c := &classifier{family: &rpm, notices: map[string]*notice{}, judge: newJudge(ruled(nil), &rpm, "", scanned)}
	var list []*notice
	many := "N-5 security Low 2024-01-01"
	for i := range messages.MaxNoticeCVEs + 3 {
		many += fmt.Sprint(" CVE-1-", i)
	}
	for _, text := range []string{"N-1 bugfix Critical 2024-03-01", "N-2 security Low 2024-02-01", "N-3 security Important 2024-01-01", "N-4 security Medium 2024-01-01", many} {
		list = append(list, c.newNotice(new(noticeOf(text))))
	}
	list = append(list, list[2]) // of two versions
	var r messages.Reason
	rpm.inReason(&r, list)
	var ids []string
	for _, n := range r.Notices {
		ids = append(ids, n.ID)
	}
	if got := strings.Join(ids, " "); got != "N-3 N-4 N-2" || r.MoreNotices != 2 {
		t.Errorf("%s and %d more", got, r.MoreNotices)
	}
	r = messages.Reason{}
	rpm.inReason(&r, list[4:5])
	if n := r.Notices[0]; len(n.CVEs) != messages.MaxNoticeCVEs || n.MoreCVEs != 3 {
		t.Errorf("%+v", n)
	}
	if got := rpm.classificationOf(list[:1]) + rpm.classificationOf(list[:2]) + rpm.classificationOf(nil); got != "BugfixSecurity" {
		t.Error(got)
	}
	slices.Reverse(list)
	if rpm.classificationOf(list) != Security {
		t.Error("the order counts")
	}
}
