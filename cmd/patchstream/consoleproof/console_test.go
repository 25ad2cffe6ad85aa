package consoleproof

import "testing"

func (b *tab) logIn(token string) {}

func TestTheViewsAreAccessibleInEveryLook(t *testing.T) {
	b := open(t, "")
	for _, l := range looks() {
		b.as(l)
		b.visit("/docs")
		b.keep("docs-" + l.String())
		b.accessible("docs " + l.String())
	}
}
