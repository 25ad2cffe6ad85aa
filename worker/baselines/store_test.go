package baselines_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/workertest"
)

// arn is an id as AWS gives it.
const arn = "arn:aws:ssm:eu-west-1:123456789012:patchbaseline/pb-0123456789abcdef0"

func TestABaselineIsKeptAsItWasWritten(t *testing.T) {
	t.Parallel()
	store, kv, _ := open(t)
	for _, id := range []string{"web", arn, "with space.and=dots", "ünïcode"} {
		revision := put(t, store, id, webBaseline)
		text, got, err := store.Get(t.Context(), id)
		if err != nil || string(text) != webBaseline || got != revision {
			t.Errorf("%s: %s at %d, %v", id, text, got, err)
		}
	}
	keys, err := kv.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := "baseline.arn=3Aaws=3Assm=3Aeu-west-1=3A123456789012=3Apatchbaseline=2Fpb-0123456789abcdef0"
	if !slices.Contains(keys, want) {
		t.Errorf("the keys are %s; one must be %s", keys, want)
	}
}

func TestRefusesABaselineThatCouldNotBeUsed(t *testing.T) {
	t.Parallel()
	store, _, _ := open(t)
	for name, c := range map[string]struct{ id, text string }{
		"no id":           {"", webBaseline},
		"a long id":       {strings.Repeat("x", 300), webBaseline},
		"a built-in id":   {"AWS-UbuntuDefaultPatchBaseline", webBaseline},
		"not JSON":        {"web", "hello"},
		"an unknown enum": {"web", `{"Name": "web", "OperatingSystem": "UBUNTU", "RejectedPatchesAction": "BURN"}`},
	} {
		var field *messages.FieldError
		if _, err := store.Put(t.Context(), c.id, []byte(c.text)); !errors.As(err, &field) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := store.Get(t.Context(), "web"); !errors.Is(err, baselines.ErrNoBaseline) {
		t.Errorf("Get: %v", err)
	}
}

func TestBindsOnlyWhatExistsAndFitsTheSystem(t *testing.T) {
	t.Parallel()
	store, _, _ := open(t)
	put(t, store, "debian", debianBaseline)
	put(t, store, "any", anySystem)
	ctx := t.Context()
	for name, c := range map[string]struct{ got, want error }{
		"a stored one":          {store.Bind(ctx, "DEBIAN", "web servers", "debian"), nil},
		"one for any system":    {store.Bind(ctx, "UBUNTU", "web servers", "any"), nil},
		"a built-in one":        {store.SetDefault(ctx, "UBUNTU", "AWS-UbuntuDefaultPatchBaseline"), nil},
		"of another system":     {store.Bind(ctx, "UBUNTU", "web", "debian"), baselines.ErrSystem},
		"default of another":    {store.SetDefault(ctx, "UBUNTU", "debian"), baselines.ErrSystem},
		"built-in of another":   {store.SetDefault(ctx, "DEBIAN", "AWS-UbuntuDefaultPatchBaseline"), baselines.ErrSystem},
		"one that is not there": {store.SetDefault(ctx, "UBUNTU", "nope"), baselines.ErrNoBaseline},
		"bound, not there":      {store.Bind(ctx, "UBUNTU", "web", "nope"), baselines.ErrNoBaseline},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	var field *messages.FieldError
	if err := store.Bind(ctx, "UBUNTU", "", "any"); !errors.As(err, &field) {
		t.Errorf("a group without a name: %v", err)
	}
}

func TestListShowsWhatApplies(t *testing.T) {
	t.Parallel()
	store, kv, _ := open(t)
	ctx := t.Context()
	first := put(t, store, "web", webBaseline)
	second := put(t, store, "web", strings.Replace(webBaseline, "openssl*", "openssh*", 1))
	put(t, store, "any", anySystem)
	if err := errors.Join(store.Bind(ctx, "UBUNTU", "web", "web"), store.Bind(ctx, "UBUNTU", "edge 1", "web"), store.SetDefault(ctx, "UBUNTU", "web")); err != nil {
		t.Fatal(err)
	}
	if _, err := kv.PutString(ctx, "baseline.damaged", "{"); err != nil {
		t.Fatal(err)
	}
	entries, err := store.List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		ID       string
		Readable bool
		Bound    string
	}
	var got []row
	for _, e := range entries {
		got = append(got, row{e.ID, e.Baseline != nil, strings.Join(e.Bound, ", ")})
		if e.StoredAt.IsZero() || time.Since(e.StoredAt) > time.Hour {
			t.Errorf("%s was stored at %s", e.ID, e.StoredAt)
		}
	}
	want := []row{{"any", true, ""}, {"damaged", false, ""}, {"web", true, "default UBUNTU, group edge 1 on UBUNTU, group web on UBUNTU"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if e := entries[2]; e.Revision != second || e.Revision == first || e.Baseline.Version != second || e.Baseline.BaselineID != "web" {
		t.Errorf("web is at %d, version %d of %s", e.Revision, e.Baseline.Version, e.Baseline.BaselineID)
	}
}

func TestSettingsAndGroupsAreReadAsWritten(t *testing.T) {
	t.Parallel()
	store, kv, _ := open(t)
	ctx := t.Context()
	if _, err := kv.PutString(ctx, "settings", `{"scan_max_age": 14}`); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Settings(ctx); err == nil || !strings.Contains(err.Error(), "scan_max_age") || !strings.Contains(err.Error(), "nats kv del PATCH_BASELINES settings") {
		t.Errorf("written by another hand: %v", err)
	}
	if err := kv.Delete(ctx, "settings"); err != nil {
		t.Fatal(err)
	}
	if s, err := store.Settings(ctx); err != nil || !cmp.Equal(s, classify.Settings{}) {
		t.Errorf("without any: %+v %v", s, err)
	}
	want := classify.Settings{FailedUntil: "next-scan", ScanMaxAge: classify.Age(36 * time.Hour), SecuritySites: []string{"mirror"}}
	if err := store.PutSettings(ctx, want); err != nil {
		t.Fatal(err)
	}
	if s, err := store.Settings(ctx); err != nil || !cmp.Equal(s, want) {
		t.Errorf("%+v %v", s, err)
	}
	var field *messages.FieldError
	if err := store.PutSettings(ctx, classify.Settings{PendingReboot: "maybe"}); !errors.As(err, &field) {
		t.Errorf("an unknown value: %v", err)
	}
	if err := store.SetHostGroup(ctx, "bad..host", "g"); !errors.As(err, &field) {
		t.Errorf("an illegal host: %v", err)
	}
	if err := store.SetHostGroup(ctx, "web-1.example.org", "blue green"); err != nil {
		t.Fatal(err)
	}
	l, err := store.Library(ctx)
	if err != nil || l.HostGroups["web-1.example.org"] != "blue green" || !cmp.Equal(l.Settings, want) {
		t.Errorf("%+v %v", l, err)
	}
	if err := store.SetHostGroup(ctx, "web-1.example.org", ""); err != nil {
		t.Fatal(err)
	}
	if l, err := store.Library(ctx); err != nil || len(l.HostGroups) != 0 {
		t.Errorf("after the group was taken away: %+v %v", l, err)
	}
}

func TestSaysToStartAWorkerWhereThereIsNoBucket(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	if _, err := baselines.Open(t.Context(), js); !errors.Is(err, baselines.ErrNoBucket) || !strings.Contains(err.Error(), "worker") {
		t.Errorf("Open: %v", err)
	}
}
