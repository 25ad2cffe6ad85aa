package aws_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"

	"github.com/patchstream/patchstream/cmd/patchstream/web/webtest"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/workertest"
)

// wantCode fails the test unless an error is the one of AWS's of that name; empty: none.
func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	var known smithy.APIError
	switch {
	case code == "" && err != nil:
		t.Errorf("%s: %v", what, err)
	case code != "" && (!errors.As(err, &known) || known.ErrorCode() != code || known.ErrorMessage() == "" && !slices.Contains(wordless, code)):
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

// wordless are errors whose message the SDK does not read, since AWS's model has none.
var wordless = []string{"InvalidResourceId", "InvalidResourceType", "TooManyTagsError"}

func strictUbuntu(name string) *ssm.CreatePatchBaselineInput {
	return &ssm.CreatePatchBaselineInput{
		Name: sdk.String(name), OperatingSystem: types.OperatingSystemUbuntu, Description: sdk.String("forbids bash"),
		ApprovalRules: &types.PatchRuleGroup{PatchRules: []types.PatchRule{{
			ComplianceLevel: types.PatchComplianceLevelHigh, EnableNonSecurity: sdk.Bool(true),
			PatchFilterGroup: &types.PatchFilterGroup{PatchFilters: []types.PatchFilter{{Key: types.PatchFilterKeyPriority, Values: []string{"Required", "Important"}}}},
		}}},
		RejectedPatches: []string{"bash"}, RejectedPatchesAction: types.PatchActionBlock,
		Sources: []types.PatchSource{{Name: sdk.String("own"), Products: []string{"*"}, Configuration: sdk.String("deb https://mirror.example.org stable main")}},
	}
}

func create(t *testing.T, c *ssm.Client, in *ssm.CreatePatchBaselineInput) string {
	t.Helper()
	made, err := c.CreatePatchBaseline(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^pb-[0-9a-f]{17}$`).MatchString(*made.BaselineId) {
		t.Errorf("the id is %s", *made.BaselineId)
	}
	return *made.BaselineId
}

func TestABaselineIsCreatedReadChangedAndDeleted(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	c := f.client(operator)
	id := create(t, c, strictUbuntu("strict"))
	got, err := c.GetPatchBaseline(t.Context(), &ssm.GetPatchBaselineInput{BaselineId: &id})
	if err != nil {
		t.Fatal(err)
	}
	rule := got.ApprovalRules.PatchRules[0]
	if *got.Name != "strict" || got.OperatingSystem != types.OperatingSystemUbuntu || *got.Description != "forbids bash" || *got.BaselineId != id ||
		rule.ComplianceLevel != types.PatchComplianceLevelHigh || !*rule.EnableNonSecurity || rule.ApproveAfterDays != nil || rule.PatchFilterGroup.PatchFilters[0].Values[1] != "Important" ||
		!slices.Equal(got.RejectedPatches, []string{"bash"}) || got.RejectedPatchesAction != types.PatchActionBlock || got.ApprovedPatches == nil || len(got.ApprovedPatches) != 0 ||
		got.ApprovedPatchesComplianceLevel != types.PatchComplianceLevelUnspecified || *got.Sources[0].Configuration != "deb https://mirror.example.org stable main" ||
		got.CreatedDate.IsZero() || !got.ModifiedDate.Equal(*got.CreatedDate) || len(got.PatchGroups) != 0 {
		t.Errorf("%+v", got)
	}
	changed, err := c.UpdatePatchBaseline(t.Context(), &ssm.UpdatePatchBaselineInput{BaselineId: &id, ApprovedPatches: []string{"curl*"}, ApprovedPatchesComplianceLevel: types.PatchComplianceLevelLow})
	if err != nil {
		t.Fatal(err)
	}
	if *changed.Name != "strict" || *changed.Description != "forbids bash" || len(changed.Sources) != 1 || !slices.Equal(changed.ApprovedPatches, []string{"curl*"}) ||
		!slices.Equal(changed.RejectedPatches, []string{"bash"}) || len(changed.ApprovalRules.PatchRules) != 1 || !changed.CreatedDate.Equal(*got.CreatedDate) || !changed.ModifiedDate.After(*got.ModifiedDate) {
		t.Errorf("%+v", changed)
	}
	_, err = c.UpdatePatchBaseline(t.Context(), &ssm.UpdatePatchBaselineInput{BaselineId: &id, Replace: sdk.Bool(true)})
	wantCode(t, "Replace without what is required", err, "ValidationException")
	changed, err = c.UpdatePatchBaseline(t.Context(), &ssm.UpdatePatchBaselineInput{BaselineId: &id, Replace: sdk.Bool(true), Name: sdk.String("other")})
	if err != nil || *changed.Name != "other" || changed.Description != nil || len(changed.RejectedPatches) != 0 || changed.OperatingSystem != types.OperatingSystemUbuntu {
		t.Errorf("%+v, %v", changed, err)
	}
	deleted, err := c.DeletePatchBaseline(t.Context(), &ssm.DeletePatchBaselineInput{BaselineId: &id})
	if err != nil || *deleted.BaselineId != id {
		t.Errorf("%+v, %v", deleted, err)
	}
	_, err = c.GetPatchBaseline(t.Context(), &ssm.GetPatchBaselineInput{BaselineId: &id})
	wantCode(t, "of one that was deleted", err, "DoesNotExistException")
	log := f.decisions(t)
	if len(log) != 4 || log[0].By != "olga" || log[3].Value != "" {
		t.Errorf("%+v", log)
	}
}

func (f *fleet) decisions(t *testing.T) []baselines.Decision {
	t.Helper()
	log, err := f.store(t).Log(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func (f *fleet) store(t *testing.T) *baselines.Store {
	t.Helper()
	store, err := baselines.Open(t.Context(), f.JS)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func TestATokenMakesABaselineOnce(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	c := f.client(operator)
	in := strictUbuntu("strict")
	in.ClientToken = sdk.String("3f6e9f44-1d0c-4a6c-9f3e-0c5a1f1f9b11")
	const calls = 4
	ids := make(chan string, calls)
	for range calls {
		go func() {
			made, err := c.CreatePatchBaseline(t.Context(), in)
			if err != nil {
				ids <- err.Error()
				return
			}
			ids <- *made.BaselineId
		}()
	}
	id := workertest.Wait(t, "a call", ids)
	for range calls - 1 {
		if other := workertest.Wait(t, "a call", ids); other != id {
			t.Errorf("%s and %s", id, other)
		}
	}
	if _, err := c.UpdatePatchBaseline(t.Context(), &ssm.UpdatePatchBaselineInput{BaselineId: &id, RejectedPatches: []string{"curl"}}); err != nil {
		t.Fatal(err)
	}
	if again := create(t, c, in); again != id {
		t.Error(again)
	}
	if got, err := c.GetPatchBaseline(t.Context(), &ssm.GetPatchBaselineInput{BaselineId: &id}); err != nil || !slices.Equal(got.RejectedPatches, []string{"curl"}) {
		t.Errorf("the repeat undid what was changed since: %+v, %v", got, err)
	}
	other := strictUbuntu("other")
	other.ClientToken = in.ClientToken
	_, err := c.CreatePatchBaseline(t.Context(), other)
	wantCode(t, "another baseline by the same token", err, "IdempotentParameterMismatch")
	if another := create(t, c, strictUbuntu("strict")); another == id {
		t.Error("without the token it is the same")
	}
}

func TestWhatAWSRefusesOfABaselineIsAnError(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	c := f.client(operator)
	rule := func(r types.PatchRule) func(*ssm.CreatePatchBaselineInput) {
		if r.PatchFilterGroup == nil {
			r.PatchFilterGroup = &types.PatchFilterGroup{PatchFilters: []types.PatchFilter{}}
		}
		return func(in *ssm.CreatePatchBaselineInput) { in.ApprovalRules.PatchRules = []types.PatchRule{r} }
	}
	filter := func(key types.PatchFilterKey, values ...string) *types.PatchFilterGroup {
		return &types.PatchFilterGroup{PatchFilters: []types.PatchFilter{{Key: key, Values: values}}}
	}
	for name, c2 := range map[string]struct {
		change func(*ssm.CreatePatchBaselineInput)
		words  string
	}{
		"a short name":        {func(in *ssm.CreatePatchBaselineInput) { in.Name = sdk.String("ab") }, "name"},
		"a name with a blank": {func(in *ssm.CreatePatchBaselineInput) { in.Name = sdk.String("a b c") }, "name"},
		"an unknown system":   {func(in *ssm.CreatePatchBaselineInput) { in.OperatingSystem = "PLAN9" }, "operatingSystem"},
		"eleven rules": {func(in *ssm.CreatePatchBaselineInput) {
			in.ApprovalRules.PatchRules = slices.Repeat(in.ApprovalRules.PatchRules, 11)
		}, "patchRules"},
		"five filters":            {rule(types.PatchRule{PatchFilterGroup: &types.PatchFilterGroup{PatchFilters: slices.Repeat(filter("PRIORITY", "Required").PatchFilters, 5)}}), "patchFilters"},
		"no values":               {rule(types.PatchRule{PatchFilterGroup: filter("PRIORITY", []string{}...)}), "values"},
		"21 values":               {rule(types.PatchRule{PatchFilterGroup: filter("PRIORITY", slices.Repeat([]string{"Required"}, 21)...)}), "values"},
		"a key of another system": {rule(types.PatchRule{PatchFilterGroup: filter("MSRC_SEVERITY", "Critical")}), "MSRC_SEVERITY has no effect on UBUNTU"},
		"too many days":           {rule(types.PatchRule{ApproveAfterDays: sdk.Int32(361)}), "approveAfterDays"},
		"days and a date":         {rule(types.PatchRule{ApproveAfterDays: sdk.Int32(1), ApproveUntilDate: sdk.String("2026-01-31")}), "exclude each other"},
		"no date":                 {rule(types.PatchRule{ApproveUntilDate: sdk.String("31.1.2026")}), "no date"},
		"51 patches":              {func(in *ssm.CreatePatchBaselineInput) { in.ApprovedPatches = slices.Repeat([]string{"a"}, 51) }, "approvedPatches"},
		"a long patch":            {func(in *ssm.CreatePatchBaselineInput) { in.RejectedPatches = []string{strings.Repeat("a", 101)} }, "rejectedPatches"},
		"neither days nor a date, where there are dates": {func(in *ssm.CreatePatchBaselineInput) {
			in.OperatingSystem = types.OperatingSystemRedhatEnterpriseLinux
			in.ApprovalRules.PatchRules[0].PatchFilterGroup = filter("SEVERITY", "Critical")
		}, "needs ApproveAfterDays or ApproveUntilDate"},
	} {
		t.Run(name, func(t *testing.T) {
			in := strictUbuntu("strict")
			c2.change(in)
			_, err := c.CreatePatchBaseline(t.Context(), in)
			wantCode(t, name, err, "ValidationException")
			if err != nil && !strings.Contains(err.Error(), c2.words) {
				t.Errorf("the error does not say %q: %v", c2.words, err)
			}
		})
	}
	if log := f.decisions(t); len(log) != 0 {
		t.Errorf("something was stored: %+v", log)
	}
}

func TestAGroupHasOneBaselineAndASystemADefault(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	c := f.client(operator)
	f.Says(t, webtest.Grouped("web-1", "web", 0, workertest.Package("bash", "1")))
	id, other := create(t, c, strictUbuntu("strict")), create(t, c, strictUbuntu("other"))
	register := func(id, group string) error {
		_, err := c.RegisterPatchBaselineForPatchGroup(t.Context(), &ssm.RegisterPatchBaselineForPatchGroupInput{BaselineId: &id, PatchGroup: &group})
		return err
	}
	deregister := func(id, group string) error {
		_, err := c.DeregisterPatchBaselineForPatchGroup(t.Context(), &ssm.DeregisterPatchBaselineForPatchGroupInput{BaselineId: &id, PatchGroup: &group})
		return err
	}
	applies := func(group string, system types.OperatingSystem) string {
		got, err := c.GetPatchBaselineForPatchGroup(t.Context(), &ssm.GetPatchBaselineForPatchGroupInput{PatchGroup: &group, OperatingSystem: system})
		if err != nil {
			t.Fatal(err)
		}
		return *got.BaselineId
	}
	builtin := applies("web", types.OperatingSystemUbuntu)
	wantCode(t, "register", register(id, "web"), "")
	wantCode(t, "register again", register(id, "web"), "")
	wantCode(t, "register another", register(other, "web"), "AlreadyExistsException")
	wantCode(t, "register what is not there", register("pb-00000000000000000", "web"), "DoesNotExistException")
	wantCode(t, "deregister another", deregister(other, "web"), "InvalidResourceId")
	if got := applies("web", types.OperatingSystemUbuntu); got != id {
		t.Errorf("%s applies, want %s", got, id)
	}
	if got := applies("web", types.OperatingSystemDebian); got == id || !strings.HasPrefix(got, "pb-") {
		t.Errorf("%s applies to another system", got)
	}
	f.rechecked(t, "web-1", messages.NonCompliant)
	_, err := c.DeletePatchBaseline(t.Context(), &ssm.DeletePatchBaselineInput{BaselineId: &id})
	wantCode(t, "delete one in use", err, "ResourceInUseException")
	wantCode(t, "deregister", deregister(id, "web"), "")
	if got := applies("web", types.OperatingSystemUbuntu); got != builtin {
		t.Errorf("%s applies, want %s", got, builtin)
	}
	f.rechecked(t, "web-1", messages.Compliant)

	if _, err := c.RegisterDefaultPatchBaseline(t.Context(), &ssm.RegisterDefaultPatchBaselineInput{BaselineId: &other}); err != nil {
		t.Fatal(err)
	}
	f.rechecked(t, "web-1", messages.NonCompliant)
	if got, err := c.GetDefaultPatchBaseline(t.Context(), &ssm.GetDefaultPatchBaselineInput{OperatingSystem: types.OperatingSystemUbuntu}); err != nil || *got.BaselineId != other {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = c.DeletePatchBaseline(t.Context(), &ssm.DeletePatchBaselineInput{BaselineId: &other})
	wantCode(t, "delete the default", err, "ResourceInUseException")
	if _, err := c.RegisterDefaultPatchBaseline(t.Context(), &ssm.RegisterDefaultPatchBaselineInput{BaselineId: &builtin}); err != nil {
		t.Fatal(err)
	}
	f.rechecked(t, "web-1", messages.Compliant)
	if got, err := c.GetDefaultPatchBaseline(t.Context(), &ssm.GetDefaultPatchBaselineInput{}); err != nil || got.OperatingSystem != types.OperatingSystemWindows || !strings.HasPrefix(*got.BaselineId, "pb-") {
		t.Errorf("%+v, %v", got, err)
	}
}

// rechecked waits until a host stands so: what was decided acts by itself.
func (f *fleet) rechecked(t *testing.T, host string, want messages.HostStatus) {
	t.Helper()
	workertest.Eventually(t, host+" is "+string(want), func() bool {
		answer, err := f.Index.Host(t.Context(), host, nil)
		return err == nil && answer.Host.Status == want
	})
}

func TestBaselinesAndGroupsAreListedInPages(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	c := f.client(operator)
	for i := range 7 {
		id := create(t, c, strictUbuntu(fmt.Sprint("own-", i)))
		if _, err := c.RegisterPatchBaselineForPatchGroup(t.Context(), &ssm.RegisterPatchBaselineForPatchGroupInput{BaselineId: &id, PatchGroup: sdk.String(fmt.Sprint("group-", i))}); err != nil {
			t.Fatal(err)
		}
	}
	filter := func(key string, values ...string) types.PatchOrchestratorFilter {
		return types.PatchOrchestratorFilter{Key: &key, Values: values}
	}
	for name, want := range map[string]struct {
		filters []types.PatchOrchestratorFilter
		n       int
	}{
		"all":      {nil, 7 + 17},
		"own":      {[]types.PatchOrchestratorFilter{filter("OWNER", "Self")}, 7},
		"AWS's":    {[]types.PatchOrchestratorFilter{filter("OWNER", "AWS")}, 17},
		"by name":  {[]types.PatchOrchestratorFilter{filter("NAME_PREFIX", "own-1", "AWS-Ubuntu")}, 2},
		"both":     {[]types.PatchOrchestratorFilter{filter("OWNER", "AWS"), filter("NAME_PREFIX", "own-")}, 0},
		"a system": {[]types.PatchOrchestratorFilter{filter("OPERATING_SYSTEM", "UBUNTU")}, 8},
	} {
		var names []string
		pages := ssm.NewDescribePatchBaselinesPaginator(c, &ssm.DescribePatchBaselinesInput{Filters: want.filters, MaxResults: sdk.Int32(3)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(name, err)
			}
			for _, b := range page.BaselineIdentities {
				names = append(names, *b.BaselineName)
				if own := strings.HasPrefix(*b.BaselineName, "own-"); own == b.DefaultBaseline && !strings.HasPrefix(*b.BaselineName, "AWS-WindowsPredefined") || b.BaselineDescription == nil {
					t.Errorf("%s: %+v", name, b)
				}
			}
		}
		if len(names) != want.n || !slices.IsSorted(names) || len(slices.Compact(names)) != want.n {
			t.Errorf("%s: %q, want %d", name, names, want.n)
		}
	}
	var groups []string
	pages := ssm.NewDescribePatchGroupsPaginator(c, &ssm.DescribePatchGroupsInput{MaxResults: sdk.Int32(2), Filters: []types.PatchOrchestratorFilter{filter("NAME_PREFIX", "group-")}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Mappings {
			groups = append(groups, *m.PatchGroup+" "+*m.BaselineIdentity.BaselineName)
		}
	}
	if len(groups) != 7 || groups[6] != "group-6 own-6" {
		t.Errorf("%q", groups)
	}
	_, err := c.DescribePatchBaselines(t.Context(), &ssm.DescribePatchBaselinesInput{NextToken: sdk.String("?")})
	wantCode(t, "a token of nobody", err, "InvalidNextToken")
	_, err = c.DescribePatchGroups(t.Context(), &ssm.DescribePatchGroupsInput{Filters: []types.PatchOrchestratorFilter{filter("COLOUR", "red")}})
	wantCode(t, "a filter that is none", err, "ValidationException")
}

// A baseline that was stored otherwise, under an id that no client of AWS would send, can be named and changed by the one that is shown.
func TestABaselineOfAShortIDIsShownUnderALongOne(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	c := f.client(operator)
	text := `{"Name": "prod", "OperatingSystem": "AMAZON_LINUX_2023", "Description": "by hand", "CreatedDate": "2026-11-01T00:00:00Z",
		"ApprovalRules": {"PatchRules": [{"PatchFilterGroup": {"PatchFilters": []}, "ApproveAfterDays": 7.5}]}}`
	if _, err := f.store(t).Put(t.Context(), "prod", []byte(text)); err != nil {
		t.Fatal(err)
	}
	list, err := c.DescribePatchBaselines(t.Context(), &ssm.DescribePatchBaselinesInput{Filters: []types.PatchOrchestratorFilter{{Key: sdk.String("OWNER"), Values: []string{"Self"}}}})
	if err != nil || len(list.BaselineIdentities) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	shown := *list.BaselineIdentities[0].BaselineId
	for _, id := range []string{shown, "prod", "arn:aws:ssm:eu-central-1:1:patchbaseline/" + shown} {
		got, err := c.GetPatchBaseline(t.Context(), &ssm.GetPatchBaselineInput{BaselineId: &id})
		if err != nil || *got.BaselineId != shown || *got.Description != "by hand" || *got.ApprovalRules.PatchRules[0].ApproveAfterDays != 7 {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
	}
	if _, err := c.UpdatePatchBaseline(t.Context(), &ssm.UpdatePatchBaselineInput{BaselineId: &shown, Description: sdk.String("by AWS's API")}); err != nil {
		t.Fatal(err)
	}
	if stored, _, err := f.store(t).Get(t.Context(), "prod"); err != nil || !strings.Contains(string(stored), "by AWS's API") {
		t.Errorf("%s, %v", stored, err)
	}
	// Both are stored, as by an import of either form: each is named by itself.
	for id, name := range map[string]string{"arn:aws:ssm:eu-central-1:1:patchbaseline/pb-0123456789abcdef0": "long", "pb-0123456789abcdef0": "short"} {
		if _, err := f.store(t).Put(t.Context(), id, []byte(`{"Name": "`+name+`", "OperatingSystem": "UBUNTU"}`)); err != nil {
			t.Fatal(err)
		}
		if got, err := c.GetPatchBaseline(t.Context(), &ssm.GetPatchBaselineInput{BaselineId: &id}); err != nil || *got.Name != name {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
	}
	for _, name := range []string{"AWS-UbuntuDefaultPatchBaseline", "pb-"} {
		if name == "pb-" {
			builtin, err := c.GetDefaultPatchBaseline(t.Context(), &ssm.GetDefaultPatchBaselineInput{OperatingSystem: types.OperatingSystemUbuntu})
			if err != nil {
				t.Fatal(err)
			}
			name = *builtin.BaselineId
		}
		got, err := c.GetPatchBaseline(t.Context(), &ssm.GetPatchBaselineInput{BaselineId: &name})
		if err != nil || *got.Name != "AWS-UbuntuDefaultPatchBaseline" || len(got.ApprovalRules.PatchRules) != 1 || got.CreatedDate.After(time.Unix(0, 0)) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		_, err = c.UpdatePatchBaseline(t.Context(), &ssm.UpdatePatchBaselineInput{BaselineId: &name, Description: sdk.String("x")})
		wantCode(t, "a predefined one", err, "ValidationException")
		_, err = c.DeletePatchBaseline(t.Context(), &ssm.DeletePatchBaselineInput{BaselineId: &name})
		wantCode(t, "a predefined one", err, "ValidationException")
	}
}

func TestTagsOfBaselinesAreKeptAndThoseOfHostsAreTheirGroups(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	c := f.client(operator)
	f.Says(t, webtest.Grouped("web-1", "web", 0, workertest.Package("bash", "1")))
	in := strictUbuntu("strict")
	in.Tags = []types.Tag{{Key: sdk.String("team"), Value: sdk.String("web")}}
	id := create(t, c, in)
	tags := func(kind types.ResourceTypeForTagging, id string) (list []string) {
		got, err := c.ListTagsForResource(t.Context(), &ssm.ListTagsForResourceInput{ResourceType: kind, ResourceId: &id})
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range got.TagList {
			list = append(list, *tag.Key+"="+*tag.Value)
		}
		return list
	}
	add := func(kind types.ResourceTypeForTagging, id, key, value string) error {
		_, err := c.AddTagsToResource(t.Context(), &ssm.AddTagsToResourceInput{ResourceType: kind, ResourceId: &id, Tags: []types.Tag{{Key: &key, Value: &value}}})
		return err
	}
	remove := func(kind types.ResourceTypeForTagging, id, key string) error {
		_, err := c.RemoveTagsFromResource(t.Context(), &ssm.RemoveTagsFromResourceInput{ResourceType: kind, ResourceId: &id, TagKeys: []string{key}})
		return err
	}
	const baseline, host = types.ResourceTypeForTaggingPatchBaseline, types.ResourceTypeForTaggingManagedInstance
	wantCode(t, "add", add(baseline, id, "cost", ""), "")
	if got := tags(baseline, id); !slices.Equal(got, []string{"cost=", "team=web"}) {
		t.Errorf("%q", got)
	}
	wantCode(t, "remove", remove(baseline, id, "team"), "")
	if got := tags(baseline, id); !slices.Equal(got, []string{"cost="}) {
		t.Errorf("%q", got)
	}
	for i := range 49 {
		wantCode(t, "add", add(baseline, id, fmt.Sprint("key-", i), "x"), "")
	}
	wantCode(t, "too many", add(baseline, id, "more", "x"), "TooManyTagsError")

	if got := tags(host, "web-1"); !slices.Equal(got, []string{"Patch Group=web"}) {
		t.Errorf("%q", got)
	}
	wantCode(t, "another group", add(host, "web-1", "Patch Group", "shop"), "")
	if got := tags(host, "web-1"); !slices.Equal(got, []string{"Patch Group=shop"}) {
		t.Errorf("%q", got)
	}
	workertest.Eventually(t, "the host is in its group", func() bool {
		answer, err := f.Index.Host(t.Context(), "web-1", nil)
		return err == nil && answer.Host.Group == "shop"
	})
	wantCode(t, "its own again", remove(host, "web-1", "Patch Group"), "")
	workertest.Eventually(t, "the host is in its own group", func() bool {
		answer, err := f.Index.Host(t.Context(), "web-1", nil)
		return err == nil && answer.Host.Group == "web"
	})
	wantCode(t, "another tag of a host", add(host, "web-1", "team", "web"), "ValidationException")
	wantCode(t, "a host that is none", add(host, "nobody", "Patch Group", "web"), "InvalidResourceId")
	wantCode(t, "a baseline that is none", add(baseline, "pb-00000000000000000", "a", "b"), "InvalidResourceId")
	wantCode(t, "a document", add(types.ResourceTypeForTaggingDocument, "doc", "a", "b"), "InvalidResourceType")
}

func TestPropertiesAreWhatAFilterMayAskFor(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.Says(t, webtest.Grouped("web-1", "web", 0, workertest.Package("bash", "1")), webtest.Grouped("db-1", "db", 0, workertest.Package("bash", "1")))
	for _, c := range []struct {
		system   types.OperatingSystem
		property types.PatchProperty
		want     string
		code     string
	}{
		{types.OperatingSystemUbuntu, types.PatchPropertyPatchPriority, "Extra Important Optional Required Standard", ""},
		{types.OperatingSystemUbuntu, types.PatchPropertyProduct, "Ubuntu22.04", ""},
		{types.OperatingSystemDebian, types.PatchPropertyProduct, "", ""},
		{types.OperatingSystemWindows, types.PatchPropertyPatchMsrcSeverity, "Critical Important Low Moderate Unspecified", ""},
		{types.OperatingSystemRockyLinux, types.PatchPropertyPatchSeverity, "Critical Important Low Medium Moderate None", ""},
		{types.OperatingSystemUbuntu, types.PatchPropertyPatchMsrcSeverity, "", "ValidationException"},
	} {
		var got []string
		pages := ssm.NewDescribePatchPropertiesPaginator(f.client(viewer), &ssm.DescribePatchPropertiesInput{OperatingSystem: c.system, Property: c.property, MaxResults: sdk.Int32(2)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if wantCode(t, string(c.property), err, c.code); err != nil {
				break
			}
			for _, p := range page.Properties {
				got = append(got, p["Name"])
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s of %s: %q", c.property, c.system, got)
		}
	}
}
