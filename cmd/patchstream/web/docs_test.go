package web_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/worker/workertest"
)

// Each line of docs/api.md does what it says.
func TestTheLinesOfThePageOnTheAPIRun(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	text, err := os.ReadFile("../../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for i, block := range strings.Split(string(text), "```") {
		script, is := strings.CutPrefix(block, "sh\n")
		if i%2 == 0 || !is {
			continue
		}
		for line := range strings.Lines(script) {
			lines++
			cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
			cmd.Dir, cmd.Env = "../../..", append(os.Environ(), "API="+f.url+web.Prefix, "no_proxy=*")
			out, err := cmd.CombinedOutput()
			if err != nil || len(out) == 0 {
				t.Errorf("%s%v: %s", line, err, out)
			}
		}
	}
	if lines < 25 {
		t.Errorf("only %d lines", lines)
	}
}

// What is answered is what the document says of it: each field is there, of its type, and none is beside them.
func TestAnswersAreAsTheDocumentSays(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	f.write(t, http.MethodPut, "/baselines/prod", strict)
	f.write(t, http.MethodPut, "/hosts/web-1/overrides/openssl", `{"state":"NOT_APPLICABLE","reason":"x","expires":"1d"}`)
	recheck := into[web.RecheckView](t, f.write(t, http.MethodPost, "/rechecks", `{"all":true}`))
	f.finished(t, recheck.ID)
	workertest.Publish(t, f.JS, workertest.Retire("db-1", 59))
	workertest.Applied(t, f.JS)
	f.Indexed(t)
	fill := strings.NewReplacer("{host}", "web-1", "{patch}", "openssl", "{time}", "2100-01-01", "{name}", "openssl")
	tried := 0
	for path, item := range f.openAPI.Paths {
		op := item.Get
		if op == nil || strings.Contains(path, "{sequence}") || op.OperationID == "followChanges" || op.OperationID == "getBaseline" {
			continue
		}
		path = strings.Replace(path, "/baselines/{id}", "/baselines/prod", 1)
		path = strings.ReplaceAll(fill.Replace(path), "{id}", recheck.ID)
		if op.OperationID == "listHosts" {
			path += "?status=COMPLIANT,NON_COMPLIANT,UNKNOWN,RETIRED"
		}
		tried++
		var body any
		if err := json.Unmarshal([]byte(f.get(t, path).body), &body); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		check := func(body any) []error {
			result, schema := &huma.ValidateResult{}, op.Responses["200"].Content["application/json"].Schema
			huma.Validate(f.openAPI.Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, body, result)
			return result.Errors
		}
		for _, problem := range check(body) {
			t.Errorf("%s: %v", path, problem)
		}
		fields, _ := body.(map[string]any)
		if fields["no_such_field"] = 1.0; len(check(body)) == 0 {
			t.Errorf("%s: the document says too little to be held to", path)
		}
	}
	if tried < 18 {
		t.Errorf("only %d answers", tried)
	}
}

func TestTheDocumentNamesEachCallOnce(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	r := f.do(t, http.MethodGet, web.Prefix+"/openapi.json", "")
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string
			Tags        []string
			Parameters  []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal([]byte(r.body), &document); err != nil || !strings.HasPrefix(document.OpenAPI, "3.1") {
		t.Fatal(document.OpenAPI, err)
	}
	names := make(map[string]bool)
	for path, methods := range document.Paths {
		for method, op := range methods {
			if op.OperationID == "" || names[op.OperationID] || op.Summary == "" || len(op.Tags) != 1 {
				t.Errorf("%s %s: %+v", method, path, op)
			}
			names[op.OperationID] = true
			for _, p := range op.Parameters {
				if p.In == "path" && !strings.Contains(path, "{"+p.Name+"}") {
					t.Errorf("%s %s: %s is not in the path", method, path, p.Name)
				}
			}
		}
	}
	if !names["listHosts"] || len(names) < 30 {
		t.Errorf("%d calls", len(names))
	}
}
