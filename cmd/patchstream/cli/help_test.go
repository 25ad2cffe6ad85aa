package cli

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// commands returns every command, as it is called.
func commands(t *testing.T) map[string]*cobra.Command {
	t.Helper()
	all := make(map[string]*cobra.Command)
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		all[c.CommandPath()] = c
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk(newApp(nil, nil, nil).rootCommand())
	return all
}

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	t.Parallel()
	for path, c := range commands(t) {
		if c.Short == "" || !strings.Contains(c.Example, path) && !c.Hidden && !strings.Contains(c.Example, "| "+path) {
			t.Errorf("%s: short %q, example %q", path, c.Short, c.Example)
		}
		r := call(t, append(strings.Fields(path)[1:], "--help")...)
		if r.code != 0 || r.stderr != "" || !strings.Contains(r.stdout, "Usage:\n") || !strings.Contains(r.stdout, "Examples:\n"+c.Example) {
			t.Errorf("%s --help: %+v", path, r)
		}
	}
}

// An example that cannot be typed is worse than none.
func TestExamplesUseCommandsAndFlagsThatExist(t *testing.T) {
	t.Parallel()
	all := commands(t)
	for path, c := range all {
		for l := range strings.Lines(c.Example) {
			for part := range strings.SplitSeq(l, "|") {
				example, _, _ := strings.Cut(part, "#")
				words := strings.Fields(example)
				if len(words) == 0 || words[0] != "patchstream" {
					continue
				}
				called, _, err := c.Root().Find(words[1:])
				if err != nil || called == c.Root() {
					t.Errorf("%s: %s: %v", path, example, err)
					continue
				}
				for _, w := range words {
					if w == "--" {
						break // what follows is another program's
					}
					name, isFlag := strings.CutPrefix(w, "--")
					name, _, _ = strings.Cut(name, "=")
					if isFlag && called.Flags().Lookup(name) == nil {
						t.Errorf("%s: %s: no flag --%s", path, example, name)
					}
				}
			}
		}
	}
}

func TestEveryFlagSaysWhatItIs(t *testing.T) {
	t.Parallel()
	for path, c := range commands(t) {
		usage := c.Flags().FlagUsages()
		for l := range strings.Lines(usage) {
			if len(strings.Fields(l)) < 3 {
				t.Errorf("%s: %s", path, l)
			}
		}
	}
}

func TestCommandsOfTheContract(t *testing.T) {
	t.Parallel()
	all := commands(t)
	for _, name := range []string{
		"serve", "worker", "scan", "run", "spool list", "spool flush", "publish scan", "publish run", "publish override", "classify", "watch", "status", "patches",
		"explain", "baseline put", "baseline get", "baseline list", "baseline set-default", "baseline bind", "host list", "host show", "host group", "host retire", "group list",
		"override set", "override clear", "override list", "settings get", "settings set", "version",
	} {
		if all["patchstream "+name] == nil {
			t.Errorf("there is no %s", name)
		}
	}
	help := must(t, call(t, "--help"))
	for _, heading := range []string{"Servers:", "Hosts and their events:", "Questions:", "Decisions of an operator:"} {
		if !strings.Contains(help, heading) {
			t.Errorf("the help lacks %q", heading)
		}
	}
	if got, want := must(t, call(t, "help", "override", "set")), must(t, call(t, "override", "set", "--help")); got != want {
		t.Errorf("help override set: %s", got)
	}
}

func TestUsageErrorsExit2AndSayWhatWasPerhapsMeant(t *testing.T) {
	t.Parallel()
	for args, words := range map[string][]string{
		"statsu":                                          {`unknown command "statsu"`, `did you mean "patchstream status"?`},
		"statsu --missing x":                              {`unknown command "statsu"`},
		"frobnicate":                                      {`unknown command "frobnicate"`, "serve", "status"},
		"baseline pt x":                                   {`did you mean "patchstream baseline put"?`},
		"override list --jsno":                            {"unknown flag: --jsno", `see "patchstream override list --help"`},
		"status --stat X":                                 {"unknown flag: --stat", "did you mean --state?"},
		"status -x":                                       {"unknown shorthand flag"},
		"status --limit ten":                              {`--limit "ten": must be a whole number`},
		"watch --retries 2.5":                             {`--retries "2.5": must be a whole number`},
		"host retire --silent-for 3d --yes=si":            {`--yes "si": must be true or false`},
		"scan --timeout soon":                             {`--timeout "soon": must be a time such as 30s or 5m`},
		"status --sort name":                              {`--sort: unknown order "name"`, "worst host missing"},
		"status --status BAD":                             {"the statuses are COMPLIANT"},
		"status --os WINDWS":                              {"--os: unknown operating system", "did you mean WINDOWS?"},
		"status a b":                                      {`unexpected argument "b"`, "patchstream status [HOST]"},
		"status -o xml":                                   {"must be table or json"},
		"explain web-1":                                   {"too few arguments", "patchstream explain HOST PATCH"},
		"serve --sync sometimes":                          {"must be always or interval"},
		"serve --http 8420":                               {"--http", "is not HOST:PORT"},
		"worker --changes xml":                            {"must be msgpack or json"},
		"classify --scan testdata/scan.json":              {"--baseline is missing", "AWS-UbuntuDefaultPatchBaseline"},
		"classify --baseline testdata/baseline.json":      {"no event to classify"},
		"classify --baseline - --scan -":                  {"only one argument may be -"},
		"classify --baseline - --now yesterday":           {"--now", `"yesterday" is no time`, "2026-11-20T10:00:00Z"},
		"watch --since 1h --all":                          {"exclude each other"},
		"watch --since 2199-01-01":                        {"--since 2199-01-01 is still to come"},
		"watch --since 99999d":                            {"--since", "at most 36500d"},
		"watch --durable a.b":                             {"--durable", `"a.b"`, "has no space"},
		"status --server foo://bar":                       {"--server foo://bar", "nats://127.0.0.1:4222"},
		"status --server 127.0.0.1:99999":                 {"--server", "nats://127.0.0.1:4222"},
		"status --server ,":                               {"--server is empty"},
		"status --server nats://a,:4222":                  {"--server", "nats://127.0.0.1:4222"},
		"baseline bind --group web --os UBUNTU":           {"--clear"},
		"baseline bind --group web --os UBUNTU b --clear": {"--clear"},
		"baseline set-default --os UBUNTU":                {"--clear"},
		"baseline get b -o table":                         {"must be json"},
		"watch --since soon":                              {"--since", "2h"},
		"watch --host a..b":                               {"--host", "a..b"},
		"scan --host a..b":                                {"--host", "a..b"},
		"scan --tag group":                                {"--tag", "KEY=VALUE"},
		"scan --timeout 0s":                               {"--timeout"},
		"spool list x":                                    {`unexpected argument "x"`},
		"publish scan":                                    {"too few arguments"},
		"baseline bind --os UBUNTU x":                     {"--group is missing"},
		"baseline set-default x":                          {"--os is missing", "UBUNTU"},
		"host group web-1":                                {"--clear"},
		"host group --clear":                              {"no host is named"},
		"host retire":                                     {"name hosts", "--silent-for"},
		"host retire web-1 --silent-for 30d":              {"name hosts", "--silent-for"},
		"host retire web-1 --yes":                         {"--yes goes with --silent-for"},
		"host retire --silent-for 30":                     {"--silent-for", "no age"},
		"host retire --silent-for 30d":                    {"no terminal", "give --yes"},
		"host retire --silent-for 30d -o json":            {"-o json", "give --yes"},
		"host retire a..b":                                {"a..b"},
		"override set h p FAILED":                         {"--reason is missing"},
		"override set h p FAILED --reason r --by=":        {"--by is empty"},
		"status --tls-cert x":                             {"--tls-cert and --tls-key go together"},
		"settings set scan_max_age 3d 4d":                 {"takes one value"},
		"version x":                                       {`unexpected argument "x"`},
		"override set h p FAILED --reason r --expires 1m": {"--expires", "minutes or months", "30d"},
		"override set h p FAILED --reason r --expires 2020-01-01": {"--expires", "in the past"},
	} {
		t.Run(args, func(t *testing.T) { callWith(t, `{"Name":"b"}`, strings.Fields(args)...).wants(t, exitUsage, words...) })
	}
}

func TestBadWordsExit2BeforeAServerIsAsked(t *testing.T) {
	t.Parallel()
	set := func(args ...string) []string {
		return append([]string{"override", "set", "web-1", "curl", "--reason", "r"}, args...)
	}
	for name, c := range map[string]struct{ args, words []string }{
		"state":           {[]string{"status", "--state", "BROKEN"}, []string{`unknown state "BROKEN"`, "INSTALLED_PENDING_REBOOT", "NOT_APPLICABLE"}},
		"state, watch":    {[]string{"watch", "--state", "BROKEN"}, []string{"--state", `unknown state "BROKEN"`, "MISSING"}},
		"state, host":     {[]string{"patches", "web-1", "--state", "MISSING,BROKEN"}, []string{`unknown state "BROKEN"`, "MISSING"}},
		"state, set":      {set("FINE"), []string{`unknown state "FINE"`, "INSTALLED_OTHER"}},
		"level":           {set("FAILED", "--level", "DIRE"), []string{"--level", `unknown level "DIRE"`, "CRITICAL"}},
		"system":          {[]string{"baseline", "bind", "--group", "g", "--os", "HAIKU", "b"}, []string{`"HAIKU"`, "UBUNTU DEBIAN RASPBIAN", "SUSE WINDOWS MACOS"}},
		"default system":  {[]string{"baseline", "set-default", "--os", "UBUNTUU", "b"}, []string{`"UBUNTUU"`, "did you mean UBUNTU?"}},
		"setting":         {[]string{"settings", "set", "color", "red"}, []string{`unknown setting "color"`, "scan_max_age"}},
		"setting, get":    {[]string{"settings", "get", "color"}, []string{`unknown setting "color"`, "scan_max_age"}},
		"setting, near":   {[]string{"settings", "set", "scan_max_ag", "3d"}, []string{`unknown setting "scan_max_ag": did you mean scan_max_age?`}},
		"age":             {[]string{"settings", "set", "scan_max_age", "soon"}, []string{"scan_max_age", "soon", "14d"}},
		"word":            {[]string{"settings", "set", "failed_until", "tomorrow"}, []string{"failed_until", "tomorrow", "next-scan"}},
		"host":            {[]string{"status", "a b"}, []string{`host "a b"`, "A-Z a-z 0-9 _ - ."}},
		"host, patches":   {[]string{"patches", "a/b"}, []string{`host "a/b"`}},
		"host, explain":   {[]string{"explain", ".a", "curl"}, []string{`host ".a"`, "dot"}},
		"host, set":       {[]string{"override", "set", "a b", "curl", "FAILED", "--reason", "r"}, []string{`host "a b"`}},
		"host, clear":     {[]string{"override", "clear", "a b", "curl"}, []string{`host "a b"`}},
		"host, overrides": {[]string{"override", "list", "a b"}, []string{`host "a b"`}},
		"host, letters":   {[]string{"dead-letters", "list", "a b"}, []string{`host "a b"`}},
		"letter":          {[]string{"dead-letters", "show", "abc"}, []string{`"abc" is no dead letter`, "dead-letters list"}},
		"letter 0":        {[]string{"dead-letters", "show", "0"}, []string{`"0" is no dead letter`}},
		"letter, replay":  {[]string{"dead-letters", "replay", "17", "abc"}, []string{`"abc" is no dead letter`}},
		"listen":          {[]string{"serve", "--listen", "foo"}, []string{"--listen", `"foo" is not HOST:PORT`, "127.0.0.1:4222"}},
		"port":            {[]string{"serve", "--listen", "127.0.0.1:99999"}, []string{"--listen", "from 0 to 65535"}},
		"http port":       {[]string{"worker", "--http", "127.0.0.1:99999"}, []string{"--http", "from 0 to 65535"}},
	} {
		t.Run(name, func(t *testing.T) { call(t, c.args...).wants(t, exitUsage, c.words...) })
	}
}

// A script whose variable is not set must not be taken to ask for everything.
func TestAnEmptyValueExits2(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"status", "--missing", ""}, {"status", "--state", ""}, {"status", "--state", "MISSING", "--state="}, {"status", ""}, {"status", "--server", ""},
		{"watch", "--state", ""}, {"watch", "--host", ""}, {"watch", "--since", ""}, {"watch", "--durable", ""},
		{"patches", ""}, {"patches", "web-1", "--state", ""}, {"explain", "", "curl"}, {"explain", "web-1", ""},
		{"override", "list", ""}, {"override", "clear", "web-1", ""}, {"override", "set", "", "curl", "FAILED", "--reason", "r"},
		{"override", "set", "web-1", "curl", "FAILED", "--reason", "r", "--level", ""}, {"override", "set", "web-1", "curl", "FAILED", "--reason", "r", "--expires", ""},
		{"dead-letters", "list", ""}, {"dead-letters", "purge", "--all", "--host", ""}, {"dead-letters", "replay", "--all", "--host", ""},
		{"host", "group", "", "web"}, {"baseline", "bind", "--group", "", "--os", "UBUNTU", "b"}, {"baseline", "put", "testdata/baseline.json", "--id", ""},
		{"baseline", "bind", "--group", "web", "--os", "UBUNTU", ""}, {"baseline", "set-default", "--os", "UBUNTU", ""},
		{"scan", "--host", ""}, {"scan", "--root", ""}, {"run", "--run-id", "", "--", "true"},
		{"classify", "--baseline", "testdata/baseline.json", "--scan", "testdata/scan.json", "--now", ""},
		{"classify", "--baseline", "testdata/baseline.json", "--scan", "testdata/scan.json", "--settings", ""},
		{"classify", "--baseline", "testdata/baseline.json", "--scan", ""},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) { call(t, args...).wants(t, exitUsage, "empty") })
	}
}

func TestAnEmptyValuePutsAVariableOutOfForce(t *testing.T) {
	t.Setenv("NATS_CREDS", "none.creds")
	call(t, "status", "--server", "nats://127.0.0.1:1").wants(t, exitFailed, "none.creds: no such file")
	call(t, "status", "--server", "nats://127.0.0.1:1", "--creds", "").wants(t, exitFailed, "no NATS server at")
}

func TestHelpFitsIntoATerminalAndIsWholeOnAPipe(t *testing.T) {
	t.Parallel()
	for path := range commands(t) {
		var out, errs bytes.Buffer
		a := newApp(strings.NewReader(""), &out, &errs)
		a.Columns = 80
		if code := a.run(t.Context(), append(strings.Fields(path)[1:], "--help")); code != exitDone {
			t.Fatalf("%s: exit code %d: %s", path, code, errs.String())
		}
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 {
				t.Errorf("%s: %d columns: %s", path, n, line)
			}
		}
		piped := call(t, append(strings.Fields(path)[1:], "--help")...).stdout
		words := func(text string) (n int) { return len(strings.Fields(strings.ReplaceAll(text, " \\\n", "\n"))) }
		if words(out.String()) != words(piped) {
			t.Errorf("%s: %d words on a terminal, %d on a pipe", path, words(out.String()), words(piped))
		}
	}
}

func TestAloneAGroupOfCommandsShowsItsHelp(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"baseline"}, {"settings"}, {"override"}, {"publish"}, {"host"}, {"spool"}} {
		r := call(t, args...)
		if r.code != exitUsage || r.stdout != "" || !strings.Contains(r.stderr, "Examples:") {
			t.Errorf("%v: %+v", args, r)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"openssl.amd64", "openssh-client.amd64", "curl.amd64"}
	for name, want := range map[string]string{"opensl.amd64": "openssl.amd64", "openssl": "openssl.amd64", "CURL": "curl.amd64", "bash": ""} {
		if got := strings.Join(nearest(name, known, 1), ""); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestFlagsThatTakeSeveral(t *testing.T) {
	t.Parallel()
	cmd := commands(t)["patchstream classify"]
	for args, want := range map[string]string{
		"--scan a b --run c d --all":  "--scan a --scan b --run c --run d --all",
		"--scan=a b -o json c":        "--scan=a --scan b -o json c",
		"-ojson --scan a - --now T x": "-ojson --scan a --scan - --now T x",
		"--scan a --all b":            "--scan a --all b",
		"--scan a -- b --run c":       "--scan a -- b --run c",
		"--baseline --scan a":         "--baseline --scan a",
	} {
		if got := strings.Join(spread(cmd, strings.Fields(args)), " "); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", args, got, want)
		}
	}
}

func TestConnectionFlagsHaveAHeadingOfTheirOwn(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"status"}, {"watch"}, {"baseline", "put"}} {
		help := must(t, call(t, append(args, "--help")...))
		before, after, found := strings.Cut(help, "Connection flags:\n")
		if !found || strings.Contains(before, "--tls-ca") || !strings.Contains(after, "--server") || !strings.Contains(after, "--tls-key") || !strings.Contains(before, "--output") {
			t.Errorf("%v:\n%s", args, help)
		}
	}
	if help := must(t, call(t, "auth", "init", "--help")); strings.Contains(help, "Connection flags") {
		t.Errorf("%s", help)
	}
}

func TestCompletionAndManualPages(t *testing.T) {
	t.Parallel()
	for shell, words := range map[string]string{"bash": "__start_patchstream", "zsh": "#compdef patchstream", "fish": "complete -c patchstream", "powershell": "Register-ArgumentCompleter"} {
		if got := must(t, call(t, "completion", shell)); !strings.Contains(got, words) {
			t.Errorf("%s lacks %q", shell, words)
		}
	}
	call(t, "completion", "tcsh").wants(t, exitUsage, "tcsh", "bash")
	if got := must(t, call(t, "__complete", "baseline", "pu")); !strings.Contains(got, "put\t") {
		t.Errorf("completes to %s", got)
	}
	dir := t.TempDir()
	if got := must(t, call(t, "man", dir)); !strings.Contains(got, "pages are in "+dir) {
		t.Errorf("%s", got)
	}
	page := readFile(t, dir+"/patchstream-baseline-put.1")
	if !strings.HasPrefix(page, ".") || !containsAll(page, []string{"--strict", "NAME", "baseline put"}) && !strings.Contains(page, "strict") {
		t.Errorf("%s", page)
	}
	if again := t.TempDir(); must(t, call(t, "man", again)) == "" || readFile(t, again+"/patchstream-baseline-put.1") != page {
		t.Error("the same words make another page")
	}
}
