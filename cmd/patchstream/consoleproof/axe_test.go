package consoleproof

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

//go:embed testdata/axe/axe.min.js
var axe string

// violation is something by which a page keeps people out.
type violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

func (v violation) String() string {
	words := []string{fmt.Sprintf("%s (%s): %s", v.ID, v.Impact, v.Help)}
	for _, n := range v.Nodes[:min(3, len(v.Nodes))] {
		words = append(words, n.HTML, n.Summary)
	}
	return strings.Join(words, "\n    ")
}

// accessible fails the test where axe-core finds something serious or critical on the page, or the page is wider than the window.
func (b *tab) accessible(what string) {
	b.t.Helper()
	if !eval[bool](b, `!!window.axe`) {
		get(b, chromedp.Evaluate[any](axe+"; null"))
	}
	for _, v := range eval[[]violation](b, `axe.run({resultTypes: ['violations']}).then(r => r.violations)`) {
		if v.Impact == "serious" || v.Impact == "critical" {
			b.t.Errorf("%s: %s", what, v)
		}
	}
	if wide := eval[int](b, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
		b.t.Errorf("%s: the page is %d px wider than the window", what, wide)
	}
}
