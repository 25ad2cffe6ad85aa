package query

import (
	"context"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/worker/baselines"
)

// RevisionView is one of those that a baseline has had.
type RevisionView struct {
	Revision uint64            `json:"revision"` // of the baseline, from 1; of a removal, that of what it removed
	Version  uint64            `json:"version"`  // by which changes and hosts name it
	At       time.Time         `json:"at"`
	By       string            `json:"by"`
	Removed  bool              `json:"removed"`
	Changes  []baseline.Change `json:"changes"` // since the revision before that is kept
}

// BaselineLog lists the revisions of a baseline that are kept, oldest first, also of one that was removed; none of one that there never was.
func BaselineLog(ctx context.Context, store *baselines.Store, id string) ([]RevisionView, error) {
	history, err := store.History(ctx, id)
	if err != nil {
		return nil, err
	}
	views := make([]RevisionView, 0, len(history))
	before := new(baseline.Baseline)
	for i, r := range history {
		v := RevisionView{r.Number, r.Revision, r.At, r.By, r.Removed, []baseline.Change{}}
		if !r.Removed {
			text, err := store.Text(ctx, id, r)
			if err != nil {
				return nil, err
			}
			if b, err := baseline.Parse(text); err == nil {
				if i > 0 || r.Number == 1 {
					v.Changes = append(v.Changes, baseline.Diff(before, b)...)
				}
				before = b
			}
		}
		views = append(views, v)
	}
	return views, nil
}
