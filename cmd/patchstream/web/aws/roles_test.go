package aws_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/patchstream/patchstream/cmd/patchstream/web/aws"
	"github.com/patchstream/patchstream/cmd/patchstream/web/webtest"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/workertest"
)

// ask sends a request as who has a key, and returns the status and the answer.
func (f *fleet) ask(t *testing.T, key, operation, body string) (int, string) {
	t.Helper()
	response, err := http.DefaultClient.Do(sign(t, f.request(t, operation, body), key, everybody[key].secret, body, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// story is hosts of two groups.
func (f *fleet) story(t *testing.T) {
	t.Helper()
	f.Says(t,
		webtest.Grouped("web-1", "web", 0, workertest.Package("openssl", "1", "2"), workertest.Package("bash", "5", "6"), workertest.Package("zlib", "1")),
		webtest.Grouped("web-2", "web", 1, workertest.Package("openssl", "2"), workertest.Package("bash", "6")),
		webtest.Grouped("db-1", "db", 2, workertest.Package("openssl", "1", "2"), workertest.Package("postgresql", "16", "17")),
	)
	f.Says(t, workertest.Run("web-1", 5, workertest.Outcome("openssl", "2", messages.ResultFailed)))
}

// foreign is, for each operation, a request about what is none of the group web: db-1, on which alone is postgresql, and DB, the id of a baseline
// that applies to the group db alone.
var foreign = map[string]string{
	"AddTagsToResource":                        `{"ResourceType":"ManagedInstance","ResourceId":"db-1","Tags":[{"Key":"Patch Group","Value":"web"}]}`,
	"CreatePatchBaseline":                      `{"Name":"another","OperatingSystem":"UBUNTU"}`,
	"DeletePatchBaseline":                      `{"BaselineId":"DB"}`,
	"DeregisterPatchBaselineForPatchGroup":     `{"BaselineId":"DB","PatchGroup":"db"}`,
	"DescribeEffectivePatchesForPatchBaseline": `{"BaselineId":"DB"}`,
	"DescribeInstanceInformation":              `{}`,
	"DescribeInstancePatches":                  `{"InstanceId":"db-1"}`,
	"DescribeInstancePatchStates":              `{"InstanceIds":["db-1","web-1"]}`,
	"DescribeInstancePatchStatesForPatchGroup": `{"PatchGroup":"db"}`,
	"DescribePatchBaselines":                   `{}`,
	"DescribePatchGroups":                      `{}`,
	"DescribePatchGroupState":                  `{"PatchGroup":"db"}`,
	"DescribePatchProperties":                  `{"OperatingSystem":"UBUNTU","Property":"PRODUCT"}`,
	"GetDefaultPatchBaseline":                  `{"OperatingSystem":"UBUNTU"}`,
	"GetPatchBaseline":                         `{"BaselineId":"DB"}`,
	"GetPatchBaselineForPatchGroup":            `{"PatchGroup":"db","OperatingSystem":"UBUNTU"}`,
	"ListComplianceItems":                      `{"ResourceIds":["db-1"]}`,
	"ListComplianceSummaries":                  `{"Filters":[{"Key":"PatchGroup","Values":["db"]}]}`,
	"ListResourceComplianceSummaries":          `{}`,
	"ListTagsForResource":                      `{"ResourceType":"PatchBaseline","ResourceId":"DB"}`,
	"PutComplianceItems":                       `{"ResourceType":"ManagedInstance","ResourceId":"db-1","ComplianceType":"Custom:xy","ExecutionSummary":{"ExecutionTime":1},"Items":[]}`,
	"RegisterDefaultPatchBaseline":             `{"BaselineId":"DB"}`,
	"RegisterPatchBaselineForPatchGroup":       `{"BaselineId":"DB","PatchGroup":"db"}`,
	"RemoveTagsFromResource":                   `{"ResourceType":"ManagedInstance","ResourceId":"db-1","TagKeys":["Patch Group"]}`,
	"UpdatePatchBaseline":                      `{"BaselineId":"DB","Name":"other"}`,
}

// secrets are what nobody who is limited to the group web may learn.
var secrets = []string{"postgresql", "forbids bash", "db-baseline"}

// refusals are the errors by which is said that there is no such thing for who asks.
var refusals = []string{"InvalidInstanceId", "InvalidResourceId", "DoesNotExistException", "AccessDeniedException"}

// Whoever is limited to a group learns nothing of the others by any operation, and whoever only reads writes by none.
func TestEveryOperationKeepsToWhoAsks(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.story(t)
	if _, answer := f.ask(t, operator, "ListComplianceSummaries", foreign["ListComplianceSummaries"]); !strings.Contains(answer, `"NonCompliantCount":1`) {
		t.Error(answer)
	}
	olga := f.client(operator)
	db := create(t, olga, strictUbuntu("db-baseline"))
	if _, err := olga.RegisterPatchBaselineForPatchGroup(t.Context(), &ssm.RegisterPatchBaselineForPatchGroupInput{BaselineId: &db, PatchGroup: sdk.String("db")}); err != nil {
		t.Fatal(err)
	}
	for operation, writes := range aws.Operations() {
		t.Run(operation, func(t *testing.T) {
			request, told := foreign[operation]
			if !told {
				t.Fatal("say in foreign what is to be refused of it")
			}
			request = strings.Replace(request, "DB", db, 1)
			status, answer := f.ask(t, webOnly, operation, request)
			refused := slices.ContainsFunc(refusals, func(code string) bool { return strings.Contains(answer, `"__type":"`+code+`"`) })
			if status == http.StatusOK == refused || writes && !refused {
				t.Errorf("%d %s", status, answer)
			}
			for _, secret := range append(secrets, `"db-1"`, `"db"`, db) {
				if strings.Contains(answer, secret) && !refused {
					t.Errorf("%s is none of its group: %s", secret, answer)
				}
			}
			_, answer = f.ask(t, viewer, operation, request)
			if strings.Contains(answer, "AccessDeniedException") != writes {
				t.Errorf("who only reads: %s", answer)
			}
		})
	}
	if _, answer := f.ask(t, webOnly, "DescribePatchGroupState", foreign["DescribePatchGroupState"]); !strings.Contains(answer, `"Instances":0`) {
		t.Error(answer)
	}
	if _, answer := f.ask(t, webOnly, "ListComplianceSummaries", foreign["ListComplianceSummaries"]); !strings.Contains(answer, `"NonCompliantCount":0`) {
		t.Error(answer)
	}
}
