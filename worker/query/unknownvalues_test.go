package query_test

import (
	"context"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/worker/query"
)

// The fleet is read once for all baselines of a list.
func TestProductsAreAskedForOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const odd = `{"OperatingSystem": "UBUNTU", "ApprovalRules": {"PatchRules": [{"PatchFilterGroup": {"PatchFilters": [{"Key": "PRODUCT", "Values": ["Ours", "Nobodys"]}]}}]}}`
	for _, id := range []string{"web", "edge"} {
		if _, _, err := w.store.PutRevision(t.Context(), id, []byte(odd)); err != nil {
			t.Fatal(err)
		}
	}
	asked := 0
	list, err := query.Baselines(t.Context(), w.store, func(context.Context) (map[string]bool, error) {
		asked++
		return map[string]bool{"ours": true}, nil
	})
	if err != nil || asked != 1 {
		t.Errorf("asked %d times, %v", asked, err)
	}
	for _, b := range list[:2] {
		if says := strings.Join(b.Warnings, "\n"); !strings.Contains(says, "Nobodys") || strings.Contains(says, "Ours") {
			t.Errorf("%s: %s", b.ID, says)
		}
	}
}
