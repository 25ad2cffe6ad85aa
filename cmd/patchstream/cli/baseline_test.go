package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/worker/query"
)

const (
	oddBaseline = `{"Name":"prod","OperatingSystem":"UBUNTU","ApprovedPatchs":["x"],"ApprovalRules":{"PatchRules":[
		{"PatchFilterGroup":{"PatchFilters":[{"Key":"PRODUCT","Values":["Ubuntu 22.04"]},{"Key":"PRIORITY","Values":["Critical"]}]},"ComplianceLevel":"HIGH"}]}}`
	goodBaseline = `{"Name":"prod","OperatingSystem":"UBUNTU","ApprovalRules":{"PatchRules":[
		{"PatchFilterGroup":{"PatchFilters":[{"Key":"PRODUCT","Values":["Ubuntu22.04"]}]},"ComplianceLevel":"HIGH"}]}}`
)

func TestABaselineIsCheckedCountedComparedAndRemoved(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	must(t, s.ask(t, "settings", "set", "scan_max_age", "30d")) // revisions of the bucket go on, those of a baseline begin at 1
	odd, good := write(t, "odd.json", oddBaseline), write(t, "good.json", goodBaseline)

	strict := s.ask(t, "baseline", "put", "--strict", odd)
	if strict.code != exitFailed || strict.stdout != "" || !containsAll(strict.stderr, []string{
		"ApprovedPatchs: is no field of a baseline", "did you mean ApprovedPatches?", `PRODUCT "Ubuntu 22.04": did you mean Ubuntu22.04?`,
		`PRIORITY "Critical": there are Required`, "prod was not stored: --strict refuses it for 3 warnings",
	}) {
		t.Errorf("strict: %+v", strict)
	}
	if dry := s.ask(t, "baseline", "put", "--dry-run", good); must(t, dry) != "would store prod, revision 1: nothing was stored\n" || dry.stderr != "" {
		t.Errorf("dry run: %+v", dry)
	}
	s.ask(t, "baseline", "get", "prod").wants(t, exitFailed, `there is no baseline "prod": "patchstream baseline list" lists those there are`)
	s.ask(t, "baseline", "get", "AWS-UbuntuDefaultPatchBaselin").wants(t, exitFailed, "did you mean AWS-UbuntuDefaultPatchBaseline?")
	s.ask(t, "baseline", "put", write(t, "main.tf", `resource "aws_ssm_patch_baseline" "prod" {}`)).wants(t, exitFailed, "main.tf", "Terraform")

	if put := s.ask(t, "baseline", "put", odd); put.code != exitDone || !strings.HasPrefix(put.stdout, "stored prod, revision 1\n") || strings.Count(put.stderr, "warning") != 3 {
		t.Errorf("put: %+v", put)
	}
	if again := must(t, s.ask(t, "baseline", "put", odd)); again != "prod says what is stored already, revision 1: nothing was stored\n" {
		t.Errorf("again: %s", again)
	}
	second := must(t, s.ask(t, "baseline", "put", "--strict", good))
	if !containsAll(second, []string{"stored prod, revision 2\n", "- rule 1 PRIORITY Critical; PRODUCT Ubuntu 22.04: HIGH", "+ rule 1 PRODUCT Ubuntu22.04: HIGH"}) {
		t.Errorf("second: %s", second)
	}
	if diff := must(t, s.ask(t, "baseline", "diff", "prod")); !strings.Contains(second, diff) {
		t.Errorf("diff: %s", diff)
	}
	if diff := must(t, s.ask(t, "baseline", "diff", "prod", good)); diff != "they say the same\n" {
		t.Errorf("diff with the file: %s", diff)
	}
	s.ask(t, "baseline", "diff", "prod@7", good).wants(t, exitFailed, "revision 7 of prod is not kept", "baseline log prod")
	if old := must(t, s.ask(t, "baseline", "get", "prod@1")); strings.TrimSpace(old) != oddBaseline {
		t.Errorf("revision 1: %s", old)
	}

	must(t, s.ask(t, "publish", "scan", write(t, "scan.json", compliantScan("web-1", time.Now()))))
	s.knows(t, 1)
	must(t, s.ask(t, "baseline", "set-default", "--os", "UBUNTU", "prod"))
	must(t, s.ask(t, "publish", "scan", write(t, "scan.json", compliantScan("web-1", time.Now()))))
	eventually(t, func() bool { return strings.Contains(must(t, s.ask(t, "status", "web-1")), "prod, revision 2") }, "the host names the revision")
	if list := must(t, s.ask(t, "baseline", "list", "-o", "json")); !containsAll(list, []string{`"revision": 2`, `"id": "prod"`}) {
		t.Errorf("list: %s", list)
	}

	s.ask(t, "baseline", "remove", "prod").wants(t, exitFailed, "in use: default UBUNTU", "--clear")
	s.ask(t, "baseline", "remove", "prdo").wants(t, exitFailed, `there is no baseline "prdo"`, "prod")
	s.ask(t, "baseline", "remove", "AWS-UbuntuDefaultPatchBaseline").wants(t, exitFailed, "built in")
	must(t, s.ask(t, "baseline", "set-default", "--os", "UBUNTU", "--clear"))
	must(t, s.ask(t, "baseline", "remove", "prod"))
	if log := must(t, s.ask(t, "baseline", "log", "prod")); !containsAll(log, []string{"removed  by " + whoAmI(), "revision 2  by " + whoAmI(), "revision 1", "+ rule 1 PRODUCT Ubuntu22.04: HIGH"}) {
		t.Errorf("log:\n%s", log)
	}
	var views []query.RevisionView
	if err := json.Unmarshal([]byte(must(t, s.ask(t, "baseline", "log", "prod", "-o", "json"))), &views); err != nil || len(views) != 3 || !views[0].Removed || views[2].Revision != 1 {
		t.Errorf("%+v, %v", views, err)
	}
}

// What put warned of is said where baselines are read, too, by NATS and by the API, and what was stored stays as it is.
func TestABaselineThatIsReadSaysWhatInItHasNoEffect(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	must(t, s.ask(t, "baseline", "put", write(t, "odd.json", oddBaseline)))
	must(t, s.ask(t, "baseline", "put", "--id", "fine", write(t, "good.json", goodBaseline)))
	says := []string{`warning: prod: `, "ApprovedPatchs: is no field of a baseline", `PRODUCT "Ubuntu 22.04": did you mean Ubuntu22.04?`, `PRIORITY "Critical": there are Required`}
	for _, ask := range []func(...string) result{
		func(args ...string) result { return s.ask(t, args...) },
		func(args ...string) result { return call(t, append(args, "--api", s.http)...) },
	} {
		if r := ask("baseline", "get", "prod"); strings.TrimSpace(r.stdout) != oddBaseline || r.code != exitDone || strings.Count(r.stderr, "warning: prod: ") != 3 || !containsAll(r.stderr, says) {
			t.Errorf("get: %+v", r)
		}
		if r := ask("baseline", "get", "fine"); r.stderr != "" {
			t.Errorf("get: %+v", r)
		}
		var views []query.BaselineView
		decode(t, must(t, ask("baseline", "list", "-o", "json")), &views)
		for _, v := range views {
			if v.ID == "prod" && !containsAll(strings.Join(v.Warnings, "\n"), says[1:]) || v.ID != "prod" && len(v.Warnings) > 0 {
				t.Errorf("list: %+v", v)
			}
		}
		if list := must(t, ask("baseline", "list")); !strings.Contains(list, `Of 1 baseline there are warnings: "patchstream baseline get ID" says which.`) {
			t.Errorf("list: %s", list)
		}
	}
}

// A product that a list does not know is right where a host has it.
func TestAProductThatAHostHasIsKnown(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	text := strings.ReplaceAll(goodBaseline, "Ubuntu22.04", "Zorin17")
	if r := s.ask(t, "baseline", "put", "--dry-run", write(t, "b.json", text)); !strings.Contains(r.stderr, `PRODUCT "Zorin17"`) {
		t.Errorf("without the host: %+v", r)
	}
	must(t, s.ask(t, "publish", "scan", write(t, "scan.json", strings.ReplaceAll(compliantScan("web-1", time.Now()), "Ubuntu22.04", "Zorin17"))))
	s.knows(t, 1)
	if r := s.ask(t, "baseline", "put", "--strict", write(t, "b.json", text)); r.code != exitDone || r.stderr != "" {
		t.Errorf("with the host: %+v", r)
	}
}
