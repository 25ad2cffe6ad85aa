package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/messages"
)

// shellLines are the commands in the blocks of a page that are marked as a shell's.
func shellLines(page string) (lines []string) {
	in := false
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		switch {
		case line == "```sh":
			in = true
		case strings.HasPrefix(line, "```"):
			in = false
		case in && line != "":
			lines = append(lines, line)
		}
	}
	return lines
}

// shell runs lines of a shell, in which patchstream is the binary under test and talks to a server.
func (s *server) shell(t *testing.T, line string) (string, error) {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(binary, filepath.Join(bin, "patchstream")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", line)
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "NATS_URL="+s.nats, "PATCHSTREAM_SPOOL="+t.TempDir(), "PATCHSTREAM_STATE="+t.TempDir())
	cmd.Dir = "../../.."
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Every command on the page of a role works, on the fleet that the demo leaves, and says something.
func TestTheCommandsOfEachRoleWork(t *testing.T) {
	t.Parallel()
	s := keptDemo(t)
	for _, role := range []string{"host-owners", "operators", "subscribers", "auditors"} {
		lines := shellLines(readFile(t, "../../../docs/for-"+role+".md"))
		if len(lines) < 5 {
			t.Errorf("the page for %s has %d commands", role, len(lines))
		}
		for _, line := range lines {
			if out, err := s.shell(t, line); err != nil || out == "" {
				t.Errorf("%s: %s: %v: %s", role, line, err, out)
			}
		}
	}
}

// answers are what the questions of the operators' page find on the fleet that the demo leaves, and what they must not find.
var answers = map[string]struct{ with, without []string }{
	"Who has openssl below the fixed version?": {[]string{"app-1", "1 of 8 hosts"}, []string{"web-1"}},
	"Who lacks it?":                                              {[]string{"app-1  openssl.amd64  MISSING", "1 of 8 hosts lacks openssl"}, []string{"web-1"}},
	"Which hosts lack the fix for this CVE?":                     {[]string{"el-1", "1 of 8 hosts"}, []string{"sles-1"}},
	"What is missing anywhere?":                                  {[]string{"Safari", "KB5069500", "twonotices.x86_64"}, []string{"FAILED"}},
	"What is CRITICAL, and has been for over 7 days?":            {[]string{"openssl.amd64  CRITICAL      1  1 MISSING"}, []string{"curl"}},
	"What changed since yesterday?":                              {[]string{"FAILED → INSTALLED_PENDING_REBOOT", "NON_COMPLIANT → COMPLIANT"}, nil},
	"What did the runs of last night do?":                        {[]string{"6 runs, 3 failed.", "boot-full"}, nil},
	"Whose last run failed?":                                     {[]string{"el-1", "win-1", "2 of 8 hosts"}, []string{"db-1"}},
	"Why is this host not green?":                                {[]string{"acme-pre.noarch", "licence server not reachable", "dnf upgrade"}, nil},
	"Why is this package in that state, and what is to be done?": {[]string{"held: apt-mark unhold curl"}, nil},
	"What waits for a reboot?":                                   {[]string{"sles-1", "1 of 8 hosts"}, []string{"db-1"}},
	"Who is silent?":                                             {[]string{"app-1", "sles-1"}, []string{"no such"}},
	"Which hosts never reported, and in which group are they?":   {[]string{"shop-9  shop", "1 host never spoke."}, []string{"web-1"}},
	"Which events could not be read, and why?":                   {[]string{"web-1", "payload: must be a map"}, nil},
	"Who accepted this, and until when?":                         {[]string{"snapd.amd64", "INSTALLED_OTHER", "ops", "CHG-1182"}, nil},
	"Which baseline judges this host, and why that one?":         {[]string{"prod-ubuntu, revision 1", "it is the default of UBUNTU"}, nil},
	"Who changed the baseline, and what in it?":                  {[]string{"revision 1", "by demo"}, nil},
	"What would this baseline change?":                           {[]string{"It would judge 1 host", "nothing was stored"}, nil},
	"How did the fleet stand on the 1st?":                        {[]string{"db-1    NON_COMPLIANT  CRITICAL", "26"}, nil},
	"How did this host stand on the 1st?":                        {[]string{"snapd.amd64", "INSTALLED_REJECTED"}, nil},
	"Who decided what, lately?":                                  {[]string{"override", "prod-debian", "shop-9"}, nil},
	"And a list for the auditor?":                                {[]string{"host,status,level", "win-1,NON_COMPLIANT"}, nil},
}

// onTheStory are the times of the page as they are on a story that ended just now.
var onTheStory = strings.NewReplacer("--at 2026-11-01", "--at 80m", "--standing-for 7d", "--standing-for 1h", "--silent-for 7d", "--silent-for 30m")

// Each question of the operators' page is answered by its one command, with what is true of the fleet.
func TestTheQuestionsOfABadNightAreAnsweredByOneCommandEach(t *testing.T) {
	t.Parallel()
	s := keptDemo(t)
	s.bad(t, messages.KindScan.Subject("web-1"), nats.Header{}, []byte("no MessagePack"))
	must(t, s.ask(t, "host", "group", "shop-9", "shop"))
	eventually(t, func() bool { return len(s.letters(t)) == 1 }, "the letter is there")
	asked := 0
	for _, row := range regexp.MustCompile("(?m)^\\| (.+\\?) \\| `(patchstream .+)` \\|$").FindAllStringSubmatch(readFile(t, "../../../docs/for-operators.md"), -1) {
		question, command := row[1], row[2]
		want, known := answers[question]
		if !known {
			t.Errorf("no answer is known to %s", question)
			continue
		}
		asked++
		if _, err := s.shell(t, command); err != nil && command == onTheStory.Replace(command) {
			t.Errorf("%s: %v", command, err)
		}
		got, err := s.shell(t, onTheStory.Replace(command))
		if err != nil || !containsAll(got, want.with) {
			t.Errorf("%s %s: %v, want %q:\n%s", question, command, err, want.with, got)
		}
		for _, not := range want.without {
			if strings.Contains(got, not) {
				t.Errorf("%s %s: it says %q:\n%s", question, command, not, got)
			}
		}
	}
	if asked != len(answers) {
		t.Errorf("%d of %d questions were asked", asked, len(answers))
	}
}
