package classify

import (
	"fmt"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/classify/classifytest"
	"github.com/patchstream/patchstream/messages"
)

type pick = classifytest.Pick

func randomSettings(p pick) Settings {
	return Settings{
		FailedUntil: classifytest.One(p, "", "resolved", "next-scan"), PendingReboot: classifytest.One(p, "", "any", "runs"),
		ScanMaxAge: classifytest.One(p, Age(0), Age(time.Hour)), ListsMaxAge: classifytest.One(p, Age(0), Age(400*24*time.Hour)), SecurityLabels: classifytest.One(p, nil, []string{"ubuntu"}),
	}
}

func randomChoice(p pick, b *baseline.Baseline) Choice {
	if p(8) == 0 {
		return Choice{Reason: classifytest.One(p, NoBaseline, UnsupportedSystem)}
	}
	return Choice{Baseline: b, Group: classifytest.One(p, "", "web")}
}

// randomHost returns a host of some family, and what draws baselines for it.
func randomHost(p pick) ([]messages.Event, func() Choice) {
	events, drawn := p.AnyHost()
	return events, func() Choice { return randomChoice(p, drawn()) }
}

func randomNow(p pick) time.Time { return classifytest.One(p, time.Time{}, t0, at(3), at(days(30))) }

// merged adds events to facts, one after the other.
func merged(events []messages.Event) *Facts {
	f := new(Facts)
	for _, e := range events {
		f.Add(e, messages.ContentSum(e))
	}
	return f
}

// mustBeValid panics where the generators make what no worker would let in.
func mustBeValid(events []messages.Event) {
	for _, e := range events {
		if err := e.Validate(); err != nil {
			panic(fmt.Sprintf("%s %s: %v", e.Kind(), e.EventID(), err))
		}
	}
}
