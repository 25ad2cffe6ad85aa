package print

import (
	"fmt"
	"strconv"

	"github.com/patchstream/patchstream/worker/query"
)

// Groups prints a line for each patch group on each operating system.
func (p *Printer) Groups(list []query.GroupView) {
	if len(list) == 0 {
		p.Printf("There are no groups and no hosts yet: \"patchstream host group HOST… GROUP\" puts hosts into one.\n")
		return
	}
	g := &grid{head: []string{"GROUP", "OS", "HOSTS", "BY OPERATOR", "BASELINE"}, numbers: []int{3, 4}, least: []int{4}}
	waiting := 0
	for _, v := range list {
		waiting += v.NeverHeard
		baseline := Plain(OrNone(v.Baseline))
		if v.Baseline != "" && !v.Bound {
			baseline += " (default)"
		}
		g.add(Plain(OrNone(v.Group)), Plain(OrNone(v.OS)), strconv.Itoa(v.Hosts), p.number(v.SetByOperator), baseline)
	}
	if waiting > 0 {
		g.foot = fmt.Sprintf("Besides, %s put into a group of which nothing was ever heard.", Count(waiting, "host"))
	}
	p.grid(g)
}
