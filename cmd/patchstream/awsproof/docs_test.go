package awsproof

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/workertest"
)

// blocks are those of docs/aws.md in a language, in their order.
func blocks(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/aws.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, block := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```").FindAllStringSubmatch(string(text), -1) {
		all = append(all, block[1])
	}
	if len(all) == 0 {
		t.Fatalf("docs/aws.md has no block of %s", language)
	}
	return strings.Join(all, "\n")
}

// open is the program as it is started without users and keys: this machine alone is let in.
type open struct {
	url, nats string
	js        jetstream.JetStream
}

// opened starts a server on which web-1, of the group web, lacks a patch.
func opened(t *testing.T, binary string) *open {
	t.Helper()
	o := &open{}
	serve := exec.Command(binary, "serve", "--store", t.TempDir(), "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--sync", "interval")
	var log bytes.Buffer
	serve.Stderr = &log
	out, err := serve.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = serve.Process.Signal(syscall.SIGTERM)
		_ = serve.Wait()
		if t.Failed() {
			t.Logf("serve said:\n%s", log.String())
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if _, scanned := fmt.Sscanf(line, "ready nats=%s http=%s\n", &o.nats, &o.url); scanned != nil {
		t.Fatalf("serve said %q: %v", line, err)
	}
	conn, err := nats.Connect(o.nats)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if o.js, err = jetstream.New(conn); err != nil {
		t.Fatal(err)
	}
	workertest.Publish(t, o.js, grouped("web-1", "web", 0, workertest.Package("openssl", "1", "2"), workertest.Package("bash", "5")), grouped("db-1", "db", 0, workertest.Package("curl", "7", "8")))
	workertest.Applied(t, o.js)
	return o
}

// run has a program read a script, with the commands of the document on its path.
func run(t *testing.T, binary, program, script string, env ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Dir, cmd.Stdin = t.TempDir(), strings.NewReader(script)
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(binary)+":/usr/bin:/bin", "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_PAGER=",
		"AWS_ACCESS_KEY_ID=any", "AWS_SECRET_ACCESS_KEY=any", "AWS_DEFAULT_REGION=eu-central-1", "USER=proof")
	cmd.Env = append(cmd.Env, env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

const strict = "set -euo pipefail\n"

func TestTheDocumentsLinesRunAsTheyStand(t *testing.T) {
	t.Parallel()
	binary := build(t)
	o := opened(t, binary)
	run(t, binary, "bash", strict+blocks(t, "sh"), "PATCHSTREAM="+o.url)
	run(t, binary, python, "PATCHSTREAM = "+fmt.Sprintf("%q\n", o.url)+blocks(t, "python"))
	workertest.Applied(t, o.js)
	decided, err := query.Audit(t.Context(), o.js, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	about := make(map[string]int)
	for _, d := range decided {
		if about[d.About]++; d.By != "local" {
			t.Errorf("%+v", d)
		}
	}
	if want := map[string]int{"baseline": 3, "group": 2, "host": 2, "override": 1}; !maps.Equal(about, want) {
		t.Errorf("decided was %v, want %v", about, want)
	}
}

// AWS is played by one server, and another one is moved to: it has the same baselines under the same ids, they apply to the same groups, and
// the comparison finds no difference.
func TestTheDocumentMovesBaselinesAndGroupsOver(t *testing.T) {
	t.Parallel()
	binary := build(t)
	there, here := opened(t, binary), opened(t, binary)
	const make = `
web=$(aws ssm create-patch-baseline --name web --operating-system UBUNTU --description 'moves over' --rejected-patches 'telnet*' --approval-rules 'PatchRules=[{PatchFilterGroup={PatchFilters=[]},ComplianceLevel=HIGH}]' --query BaselineId --output text)
aws ssm create-patch-baseline --name windows --approval-rules 'PatchRules=[{PatchFilterGroup={PatchFilters=[{Key=MSRC_SEVERITY,Values=[Critical]}]},ApproveAfterDays=7}]'
aws ssm register-patch-baseline-for-patch-group --baseline-id "$web" --patch-group web
aws ssm register-patch-baseline-for-patch-group --baseline-id AWS-DebianDefaultPatchBaseline --patch-group 'data bases'
`
	asAWS := strict + `aws() { command aws --endpoint-url "$THERE" "$@"; }` + "\n"
	env := []string{"THERE=" + there.url, "NATS_URL=" + here.nats}
	run(t, binary, "bash", asAWS+make, env...)
	run(t, binary, "bash", asAWS+blocks(t, "sh move"), env...)
	was, is := libraryOf(t, there), libraryOf(t, here)
	if len(is) != 4 || !slices.Equal(was, is) {
		t.Errorf("there is %q\nhere is %q", was, is)
	}
}

// libraryOf is what is stored, and what it applies to.
func libraryOf(t *testing.T, o *open) (all []string) {
	t.Helper()
	store, err := baselines.Open(t.Context(), o.js)
	if err != nil {
		t.Fatal(err)
	}
	library, err := store.Library(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for id, b := range library.Baselines {
		all = append(all, fmt.Sprintf("%s is %s for %s, %d rules, not %q", id, b.Name, b.OperatingSystem, len(b.ApprovalRules.PatchRules), b.RejectedPatches))
	}
	for key, id := range library.Groups {
		all = append(all, fmt.Sprintf("%s for %s on %s", id, key.Group, key.System))
	}
	slices.Sort(all)
	return all
}
