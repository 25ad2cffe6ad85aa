package consoleproof

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
)

// Each view says which commands say the same: they are run as they stand, by a shell, but for those that follow, which are ended.
func TestTheCommandsOfEachViewRun(t *testing.T) {
	b := open(t, operator)
	run := make(map[string]bool)
	for _, path := range append(paths(), "/baselines/AWS-SuseDefaultPatchBaseline", "/packages?state=MISSING&patch_level=CRITICAL&group=app&name=open", "/packages?notice=CVE-2024-9002", "/changes?host=db-1&state=FAILED", "/?group=app&status=NON_COMPLIANT&sort=missing") {
		b.visit(path)
		for _, line := range eval[[]string](b, `Array.from(document.querySelectorAll(".commands code"), c => c.textContent)`) {
			if tool, _, _ := strings.Cut(line, " "); !run[line] {
				run[line], run[tool] = true, true
				runLine(t, path, line)
			}
		}
	}
	for _, tool := range []string{"patchstream", "curl", "aws"} {
		if !run[tool] {
			t.Errorf("no view has a line of %s", tool)
		}
	}
}

func paths() (all []string) {
	for _, v := range views {
		all = append(all, v.path)
	}
	return all
}

func runLine(t *testing.T, path, line string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ends := 0
	switch {
	case strings.HasPrefix(line, "patchstream watch"):
		line += " --since 1h --no-follow"
	case strings.Contains(line, "/changes/live"):
		line, ends = strings.Replace(line, "curl -s", "curl -s --max-time 1", 1), 28 // it was cut off
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", strings.Replace(line, "curl -s", "curl -f -s", 1))
	cmd.Env = append(os.Environ(), "PATH="+the.dir+":/usr/bin:/bin", "NATS_URL="+the.nats, "NATS_NKEY="+the.auth.Seed(auth.User{Role: auth.Operator, Name: "admin"}),
		"PATCHSTREAM_API_KEY="+the.tokens[operator], "HOME="+filepath.Join(the.dir, "home"),
		"AWS_ACCESS_KEY_ID="+the.pair[0], "AWS_SECRET_ACCESS_KEY="+the.pair[1], "AWS_DEFAULT_REGION=eu-central-1", "AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true")
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != ends || len(out) == 0 && ends == 0 {
		t.Errorf("%s: %s\nends with %d, %v:\n%.600s", path, line, code, err, out)
	}
}
