package aws_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/web/webtest"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/items"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/workertest"
)

func putOf(host, kind string, entries ...types.ComplianceItemEntry) *ssm.PutComplianceItemsInput {
	if entries == nil {
		entries = []types.ComplianceItemEntry{}
	}
	return &ssm.PutComplianceItemsInput{
		ResourceId: &host, ResourceType: sdk.String("ManagedInstance"), ComplianceType: &kind, Items: entries,
		ExecutionSummary: &types.ComplianceExecutionSummary{ExecutionTime: sdk.Time(time.Unix(1_790_000_000, 0)), ExecutionId: sdk.String("run-1"), ExecutionType: sdk.String("Command")},
	}
}

func entry(id string, status types.ComplianceStatus, state string) types.ComplianceItemEntry {
	e := types.ComplianceItemEntry{Id: &id, Status: status, Severity: types.ComplianceSeverityHigh, Title: sdk.String("CHG-1")}
	if state != "" {
		e.Details = map[string]string{"PatchState": state}
	}
	return e
}

const (
	compliant    = types.ComplianceStatusCompliant
	nonCompliant = types.ComplianceStatusNonCompliant
)

// overrides are those of a host that were not withdrawn, in short.
func (f *fleet) overrides(t *testing.T, host string) (list []string) {
	t.Helper()
	workertest.Applied(t, f.JS)
	for _, o := range f.record(t, host).Overrides {
		list = append(list, fmt.Sprintf("%s %s %s %s by %s", o.Patch, o.State, o.Level, o.Reason, o.By))
	}
	slices.Sort(list)
	return list
}

func (f *fleet) record(t *testing.T, host string) *query.Host {
	t.Helper()
	h, err := f.Index.Record(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestStatesThatArePutAreOverrides(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.Says(t, webtest.Grouped("web-1", "web", 0, workertest.Package("bash", "1", "2"), workertest.Package("curl", "1", "2"), workertest.Package("nginx", "1", "2")))
	f.Says(t, workertest.Override("web-1", 1, "nginx.amd64", messages.Installed))
	c := f.client(operator)
	byHand := f.overrides(t, "web-1")[0]
	partial := func(in *ssm.PutComplianceItemsInput) *ssm.PutComplianceItemsInput {
		in.UploadType = types.ComplianceUploadTypePartial
		return in
	}
	hashed := func(hash string, in *ssm.PutComplianceItemsInput) *ssm.PutComplianceItemsInput {
		in.ItemContentHash = &hash
		return in
	}
	const bash, curl = "bash.amd64 INSTALLED HIGH CHG-1 by olga", "curl.amd64 NOT_APPLICABLE HIGH CHG-1 by olga"
	for i, step := range []struct {
		in     *ssm.PutComplianceItemsInput
		want   []string
		events int // that are published
	}{
		{putOf("web-1", "Patch", entry("bash.amd64", compliant, "")), []string{bash, byHand}, 1},
		{putOf("web-1", "Patch", entry("bash", compliant, "Installed")), []string{bash, byHand}, 0},
		{partial(putOf("web-1", "Patch", entry("curl", compliant, "NotApplicable"))), []string{bash, curl, byHand}, 1},
		{hashed("h1", putOf("web-1", "Patch", entry("curl", compliant, "NOT_APPLICABLE"))), []string{curl, byHand}, 1},
		{hashed("h1", putOf("web-1", "Patch", entry("bash", compliant, ""))), []string{curl, byHand}, 0},
		{hashed("h2", putOf("web-1", "Patch", entry("bash", nonCompliant, "failed"))), []string{"bash.amd64 FAILED HIGH CHG-1 by olga", byHand}, 2},
		{hashed("h3", putOf("web-1", "Patch", entry("bash", nonCompliant, ""))), []string{"bash.amd64 MISSING HIGH CHG-1 by olga", byHand}, 1},
		{putOf("web-1", "Patch", entry("nginx", compliant, "")), []string{"nginx.amd64 INSTALLED HIGH CHG-1 by olga"}, 2},
		{putOf("web-1", "Patch"), nil, 1},
		{putOf("web-1", "Patch"), nil, 0},
	} {
		before := workertest.State(t, f.JS, messages.StreamEvents).LastSeq
		if _, err := c.PutComplianceItems(t.Context(), step.in); err != nil {
			t.Fatal(i, err)
		}
		if got := f.overrides(t, "web-1"); !slices.Equal(got, step.want) {
			t.Errorf("%d: %q\nwant %q", i, got, step.want)
		}
		if n := workertest.State(t, f.JS, messages.StreamEvents).LastSeq - before; int(n) != step.events {
			t.Errorf("%d: %d events, want %d", i, n, step.events)
		}
		for _, o := range f.record(t, "web-1").Overrides {
			if o.Reason == "CHG-1" && (!strings.HasPrefix(o.ID, "aws-") || o.ExpiresAt.Sub(o.At) != 90*24*time.Hour) {
				t.Errorf("%+v", o)
			}
		}
	}
}

// Who puts two lists at once, before a worker took the first: what is in the first alone is withdrawn.
func TestAListWithdrawsWhatNoWorkerHasTakenYet(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.Says(t, webtest.Grouped("web-1", "web", 0, workertest.Package("bash", "1", "2"), workertest.Package("curl", "1", "2")))
	c := f.client(operator)
	stream, err := f.JS.Stream(t.Context(), messages.StreamEvents)
	if err != nil {
		t.Fatal(err)
	}
	until, err := stream.PauseConsumer(t.Context(), "patchstream-worker", time.Now().Add(time.Minute))
	if err != nil || !until.Paused {
		t.Fatal(until, err)
	}
	for _, id := range []string{"bash", "curl"} {
		if _, err := c.PutComplianceItems(t.Context(), putOf("web-1", "Patch", entry(id, compliant, ""))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := stream.ResumeConsumer(t.Context(), "patchstream-worker"); err != nil {
		t.Fatal(err)
	}
	workertest.Eventually(t, "the first is withdrawn", func() bool {
		return slices.Equal(f.overrides(t, "web-1"), []string{"curl.amd64 INSTALLED HIGH CHG-1 by olga"})
	})
}

// An override that is put again and again does not end; one that nobody puts does.
func TestAnOverrideThatIsPutAgainGoesOn(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.Says(t, webtest.Grouped("web-1", "web", 0, workertest.Package("bash", "1", "2")))
	const day = 24 * time.Hour
	ends := func(daysAgo int) time.Time {
		f.ahead.Store(int64(-time.Duration(daysAgo) * day))
		body := `{"ResourceId":"web-1","ResourceType":"ManagedInstance","ComplianceType":"Patch","ExecutionSummary":{"ExecutionTime":1790000000},"ItemContentHash":"h",
			"Items":[{"Id":"bash","Title":"CHG-1","Severity":"HIGH","Status":"COMPLIANT"}]}`
		r := sign(t, f.request(t, "PutComplianceItems", body), operator, everybody[operator].secret, body, f.now())
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		if response.StatusCode != http.StatusOK {
			t.Fatal(response.Status)
		}
		f.overrides(t, "web-1")
		return f.record(t, "web-1").Overrides[0].ExpiresAt
	}
	first := ends(60)
	if again := ends(30); !again.Equal(first) {
		t.Errorf("it ends %s, and was put again when most of its time was left: %s", first, again)
	}
	if again := ends(0); again.Sub(first) < 59*day {
		t.Errorf("it ends %s, and was put again when little was left: %s", first, again)
	}
}

func TestItemsOfOthersAreKeptAndChangeNoStatus(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.Says(t, webtest.Grouped("web-1", "web", 0, workertest.Package("bash", "1")))
	c := f.client(operator)
	before := f.record(t, "web-1")
	in := putOf("web-1", "Custom:Backup", entry("daily", compliant, ""), entry("weekly", nonCompliant, ""))
	in.Items[1].Details = map[string]string{"Vault": "x"}
	if _, err := c.PutComplianceItems(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	lists, err := items.NewStore(f.JS).Lists(t.Context(), "web-1")
	if err != nil || len(lists) != 1 {
		t.Fatalf("%+v, %v", lists, err)
	}
	l := lists[0]
	if l.Type != "Custom:Backup" || l.By != "olga" || l.ExecutionID != "run-1" || l.ExecutionType != "Command" || l.ExecutedAt.Unix() != 1_790_000_000 || len(l.Items) != 2 ||
		!l.Items[0].Compliant || l.Items[1].Compliant || l.Items[1].Severity != messages.High || l.Items[1].Details["Vault"] != "x" || l.Items[1].Title != "CHG-1" {
		t.Errorf("%+v", l)
	}
	workertest.Applied(t, f.JS)
	if after := f.record(t, "web-1"); after.Revision != before.Revision || after.Report.Status != messages.Compliant {
		t.Errorf("%+v", after.Report)
	}
	for i := range 9 {
		if _, err := c.PutComplianceItems(t.Context(), putOf("web-1", fmt.Sprint("Custom:Type", i), entry("a", compliant, ""))); err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.PutComplianceItems(t.Context(), putOf("web-1", "Custom:More", entry("a", compliant, "")))
	wantCode(t, "the eleventh type", err, "ComplianceTypeCountLimitExceededException")
	big := putOf("web-1", "Custom:Backup")
	for i := range 2000 {
		e := entry(fmt.Sprint(i), compliant, "")
		e.Details = map[string]string{"x": strings.Repeat("x", 4000)}
		big.Items = append(big.Items, e)
	}
	_, err = c.PutComplianceItems(t.Context(), big)
	wantCode(t, "too much", err, "TotalSizeLimitExceededException")
}

func TestWhatCannotBePutIsRefused(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.Says(t, webtest.Grouped("web-1", "web", 0, workertest.Package("bash", "1", "2")), webtest.Grouped("db-1", "db", 1, workertest.Package("bash", "1")), workertest.Retire("db-1", 2))
	c := f.client(operator)
	one := entry("bash", compliant, "")
	many := putOf("web-1", "Custom:Own")
	for i := range 10_001 {
		many.Items = append(many.Items, entry(fmt.Sprint(i), compliant, ""))
	}
	change := func(in *ssm.PutComplianceItemsInput, how func(*ssm.PutComplianceItemsInput)) *ssm.PutComplianceItemsInput {
		how(in)
		return in
	}
	for name, c2 := range map[string]struct {
		in   *ssm.PutComplianceItemsInput
		code string
	}{
		"an unknown host":          {putOf("nobody", "Patch", one), "InvalidResourceId"},
		"a host that is retired":   {putOf("db-1", "Custom:Own", one), "InvalidResourceId"},
		"another resource":         {change(putOf("web-1", "Patch", one), func(in *ssm.PutComplianceItemsInput) { in.ResourceType = sdk.String("Bucket") }), "InvalidResourceType"},
		"an association":           {putOf("web-1", "Association", one), "InvalidItemContentException"},
		"a type that is none":      {putOf("web-1", "Backup", one), "InvalidItemContentException"},
		"a bad type":               {putOf("web-1", "Custom:a b", one), "ValidationException"},
		"a patch that is none":     {putOf("web-1", "Patch", entry("lost", compliant, "")), "InvalidItemContentException"},
		"a patch without a name":   {putOf("web-1", "Patch", types.ComplianceItemEntry{Status: compliant, Severity: types.ComplianceSeverityLow}), "InvalidItemContentException"},
		"a patch twice":            {putOf("web-1", "Patch", one, one), "InvalidItemContentException"},
		"a patch twice, otherwise": {putOf("web-1", "Patch", one, entry("bash.amd64", compliant, "")), "InvalidItemContentException"},
		"a state that is none":     {putOf("web-1", "Patch", entry("bash", compliant, "Lost")), "InvalidItemContentException"},
		"green and missing":        {putOf("web-1", "Patch", entry("bash", compliant, "Missing")), "InvalidItemContentException"},
		"red and installed":        {putOf("web-1", "Patch", entry("bash", nonCompliant, "Installed")), "InvalidItemContentException"},
		"no severity that is one":  {putOf("web-1", "Custom:Own", types.ComplianceItemEntry{Id: sdk.String("a"), Status: compliant, Severity: "SEVERE"}), "ValidationException"},
		"too many states":          {change(putOf("web-1", "Patch"), func(in *ssm.PutComplianceItemsInput) { in.Items = many.Items[:classify.MaxOverrides+1] }), "TotalSizeLimitExceededException"},
		"too many":                 {many, "ValidationException"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.PutComplianceItems(t.Context(), c2.in)
			wantCode(t, name, err, c2.code)
		})
	}
	if got := f.overrides(t, "web-1"); len(got) != 0 {
		t.Errorf("something was set: %q", got)
	}
}

// Every operation that writes, by who may not.
func TestWhoMayNotWriteIsRefused(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.Says(t, webtest.Grouped("web-1", "web", 0, workertest.Package("bash", "1", "2")), webtest.Grouped("db-1", "db", 1, workertest.Package("bash", "1", "2")))
	id := create(t, f.client(operator), strictUbuntu("strict"))
	group, tag := "web", []types.Tag{{Key: sdk.String("Patch Group"), Value: sdk.String("web")}}
	host := func(name string) *string { return &name }
	patch := func(name string) *ssm.PutComplianceItemsInput {
		return putOf(name, "Patch", entry("bash", compliant, ""))
	}
	type call func(ctx context.Context, c *ssm.Client) error
	all := map[string]call{
		"create": func(ctx context.Context, c *ssm.Client) error {
			_, err := c.CreatePatchBaseline(ctx, strictUbuntu("mine"))
			return err
		},
		"update": func(ctx context.Context, c *ssm.Client) error {
			_, err := c.UpdatePatchBaseline(ctx, &ssm.UpdatePatchBaselineInput{BaselineId: &id, Name: sdk.String("mine")})
			return err
		},
		"delete": func(ctx context.Context, c *ssm.Client) error {
			_, err := c.DeletePatchBaseline(ctx, &ssm.DeletePatchBaselineInput{BaselineId: &id})
			return err
		},
		"register": func(ctx context.Context, c *ssm.Client) error {
			_, err := c.RegisterPatchBaselineForPatchGroup(ctx, &ssm.RegisterPatchBaselineForPatchGroupInput{BaselineId: &id, PatchGroup: &group})
			return err
		},
		"deregister": func(ctx context.Context, c *ssm.Client) error {
			_, err := c.DeregisterPatchBaselineForPatchGroup(ctx, &ssm.DeregisterPatchBaselineForPatchGroupInput{BaselineId: &id, PatchGroup: &group})
			return err
		},
		"register default": func(ctx context.Context, c *ssm.Client) error {
			_, err := c.RegisterDefaultPatchBaseline(ctx, &ssm.RegisterDefaultPatchBaselineInput{BaselineId: &id})
			return err
		},
		"tag a baseline": func(ctx context.Context, c *ssm.Client) error {
			_, err := c.AddTagsToResource(ctx, &ssm.AddTagsToResourceInput{ResourceType: types.ResourceTypeForTaggingPatchBaseline, ResourceId: &id, Tags: tag})
			return err
		},
		"untag a baseline": func(ctx context.Context, c *ssm.Client) error {
			_, err := c.RemoveTagsFromResource(ctx, &ssm.RemoveTagsFromResourceInput{ResourceType: types.ResourceTypeForTaggingPatchBaseline, ResourceId: &id, TagKeys: []string{"a"}})
			return err
		},
		"untag a host": func(ctx context.Context, c *ssm.Client) error {
			_, err := c.RemoveTagsFromResource(ctx, &ssm.RemoveTagsFromResourceInput{ResourceType: types.ResourceTypeForTaggingManagedInstance, ResourceId: host("web-1"), TagKeys: []string{"Patch Group"}})
			return err
		},
		"another group": func(ctx context.Context, c *ssm.Client) error {
			_, err := c.AddTagsToResource(ctx, &ssm.AddTagsToResourceInput{ResourceType: types.ResourceTypeForTaggingManagedInstance, ResourceId: host("web-1"), Tags: []types.Tag{{Key: sdk.String("Patch Group"), Value: sdk.String("db")}}})
			return err
		},
	}
	for name, do := range all {
		wantCode(t, name+" by a viewer", do(t.Context(), f.client(viewer)), "AccessDeniedException")
		wantCode(t, name+" by who is limited to a group", do(t.Context(), f.client(webOnly)), "AccessDeniedException")
	}
	own := map[string]call{
		"put": func(ctx context.Context, c *ssm.Client) error {
			_, err := c.PutComplianceItems(ctx, patch("web-1"))
			return err
		},
		"put others": func(ctx context.Context, c *ssm.Client) error {
			_, err := c.PutComplianceItems(ctx, putOf("web-1", "Custom:Own", entry("a", compliant, "")))
			return err
		},
		"tag a host": func(ctx context.Context, c *ssm.Client) error {
			_, err := c.AddTagsToResource(ctx, &ssm.AddTagsToResourceInput{ResourceType: types.ResourceTypeForTaggingManagedInstance, ResourceId: host("web-1"), Tags: tag})
			return err
		},
	}
	for name, do := range own {
		wantCode(t, name+" by a viewer", do(t.Context(), f.client(viewer)), "AccessDeniedException")
		wantCode(t, name+" by who is limited to the host's group", do(t.Context(), f.client(webOnly)), "")
	}
	others := map[string]call{
		"put": func(ctx context.Context, c *ssm.Client) error {
			_, err := c.PutComplianceItems(ctx, patch("db-1"))
			return err
		},
		"put others": func(ctx context.Context, c *ssm.Client) error {
			_, err := c.PutComplianceItems(ctx, putOf("db-1", "Custom:Own", entry("a", compliant, "")))
			return err
		},
		"tag a host": func(ctx context.Context, c *ssm.Client) error {
			_, err := c.AddTagsToResource(ctx, &ssm.AddTagsToResourceInput{ResourceType: types.ResourceTypeForTaggingManagedInstance, ResourceId: host("db-1"), Tags: tag})
			return err
		},
	}
	for name, do := range others {
		wantCode(t, name+" on a host of another group", do(t.Context(), f.client(webOnly)), "InvalidResourceId")
	}
	if got := f.overrides(t, "web-1"); len(got) != 1 || !strings.HasSuffix(got[0], "by wanda") {
		t.Errorf("%q", got)
	}
	if got := f.overrides(t, "db-1"); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// Who is limited to groups sees the baselines that may apply to their hosts, and no other group.
func TestWhoIsLimitedToGroupsSeesTheirBaselinesAlone(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	c := f.client(operator)
	ids := make(map[string]string)
	for _, group := range []string{"web", "db"} {
		ids[group] = create(t, c, strictUbuntu("for-"+group))
		if _, err := c.RegisterPatchBaselineForPatchGroup(t.Context(), &ssm.RegisterPatchBaselineForPatchGroupInput{BaselineId: sdk.String(ids[group]), PatchGroup: &group}); err != nil {
			t.Fatal(err)
		}
	}
	w := f.client(webOnly)
	list, err := w.DescribePatchBaselines(t.Context(), &ssm.DescribePatchBaselinesInput{Filters: []types.PatchOrchestratorFilter{{Key: sdk.String("OWNER"), Values: []string{"Self"}}}})
	if err != nil || len(list.BaselineIdentities) != 1 || *list.BaselineIdentities[0].BaselineName != "for-web" {
		t.Errorf("%+v, %v", list, err)
	}
	groups, err := w.DescribePatchGroups(t.Context(), &ssm.DescribePatchGroupsInput{})
	if err != nil || len(groups.Mappings) != 1 || *groups.Mappings[0].PatchGroup != "web" {
		t.Errorf("%+v, %v", groups, err)
	}
	_, err = w.GetPatchBaseline(t.Context(), &ssm.GetPatchBaselineInput{BaselineId: sdk.String(ids["db"])})
	wantCode(t, "another's baseline", err, "DoesNotExistException")
	_, err = w.GetPatchBaselineForPatchGroup(t.Context(), &ssm.GetPatchBaselineForPatchGroupInput{PatchGroup: sdk.String("db")})
	wantCode(t, "another's group", err, "AccessDeniedException")
	_, err = w.ListTagsForResource(t.Context(), &ssm.ListTagsForResourceInput{ResourceType: types.ResourceTypeForTaggingPatchBaseline, ResourceId: sdk.String(ids["db"])})
	wantCode(t, "another's tags", err, "InvalidResourceId")
}
