package bench

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/cmd/patchstream/bench/fleet"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
)

// telling is a story on a ground: hosts that come one block after the other, and how far they are.
type telling struct {
	*ground
	fleet *fleet.Fleet
	alone *alone
	began time.Time

	first, hosts int // the block
	round, step  int
	baselines    uint64 // sequence of the newest decision about them
	decisions    int
}

// events returns one event of each host of the block.
func (t *telling) events(k kind) (*events, error) {
	at := t.began.Add(time.Duration(t.step) * time.Second)
	t.step++
	if k.nextRound {
		t.round++
	}
	e := new(events)
	for i := range t.hosts {
		h := t.fleet.Host(t.first + i)
		m, err := fleet.Message(k.event(h, at, t.round, t.baselines))
		if err != nil {
			return nil, err
		}
		e.hosts, e.messages = append(e.hosts, h.Name), append(e.messages, m)
	}
	return e, nil
}

// nextBlock goes on with new hosts.
func (t *telling) nextBlock() { t.first, t.round, t.step = t.first+t.hosts, 0, 0 }

// newBaseline has another baseline apply: the level of what its rule approves changes.
func (t *telling) newBaseline(ctx context.Context) error {
	store, err := baselines.Open(ctx, t.js)
	if err != nil {
		return err
	}
	b := *baseline.Builtin("AWS-DebianDefaultPatchBaseline")
	b.BaselineID, b.Name = "bench", "bench"
	rules := slices.Clone(b.ApprovalRules.PatchRules)
	levels := []messages.Level{messages.High, messages.Medium}
	rules[0].ComplianceLevel = levels[t.decisions%len(levels)]
	t.decisions++
	b.ApprovalRules.PatchRules = rules
	text, err := json.Marshal(&b)
	if err != nil {
		return err
	}
	if _, err = store.Put(ctx, b.BaselineID, text); err != nil {
		return err
	}
	if err := store.SetDefault(ctx, b.OperatingSystem, b.BaselineID); err != nil {
		return err
	}
	entries, err := t.js.Stream(ctx, "KV_"+messages.BucketBaselines)
	if err != nil {
		return err
	}
	t.baselines = entries.CachedInfo().State.LastSeq
	return nil
}
