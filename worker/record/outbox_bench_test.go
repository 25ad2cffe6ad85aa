package record

import (
	"fmt"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

// BenchmarkNewOutbox makes the outbox of a change of few transitions and of a host's first scan.
func BenchmarkNewOutbox(b *testing.B) {
	for _, n := range []int{5, 700} {
		c := &messages.Changed{Head: messages.Head{V: 1, ID: "i/web-1/1", Host: "web-1", Revision: 1}}
		for i := range n {
			p := fullPatch()
			p.Name = fmt.Sprintf("lib%c%05d-dev", 'a'+i%26, i*7919%n)
			p.Patch = p.Name + ".amd64"
			p.Version = fmt.Sprintf("%d.%d-%d", i%5, i%31, i%3)
			if p.Installed = p.Version; i%7 > 0 {
				p.Reason = messages.Reason{Code: messages.BecauseNotApproved}
			}
			c.Transitions = append(c.Transitions, messages.Transition{Item: p})
		}
		text, err := messages.EncodeChange(c, messages.MsgPack)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			var o *Outbox
			for b.Loop() {
				if o, err = NewOutbox(c, text); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(o.packed)), "packed-B")
		})
	}
}
