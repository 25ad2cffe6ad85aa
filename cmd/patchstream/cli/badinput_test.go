package cli

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

const commaTooMany = "{\n  \"Name\": \"b\",\n  \"OperatingSystem\": \"UBUNTU\",\n}\n"

func TestBadInputSaysInOneLineWhatToDo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	empty := write(t, "empty.json", " \n")
	comma := write(t, "comma.json", commaTooMany)
	short := write(t, "short.json", `{"v": 1,`+"\n"+`"id": `)
	other := write(t, "web-2.json", strings.ReplaceAll(readFile(t, "testdata/run.json"), "web-17.example.org", "web-2"))
	wrongID := write(t, "id.json", strings.Replace(readFile(t, "testdata/scan.json"), "01KAJ5W0Q4N2", "two words", 1))
	override := write(t, "override.json", `{"v":1,"id":"o1","host":"web-2","patch":"openssl.amd64","at":"2026-11-28T11:52:00Z","state":"COMPLIANT","reason":"r","by":"ops"}`)
	none := filepath.Join(dir, "none.json")
	const baseline, scan = "testdata/baseline.json", "testdata/scan.json"
	for name, c := range map[string]struct {
		args  []string
		words []string
	}{
		"missing scan":          {[]string{"classify", "--baseline", baseline, "--scan", none}, []string{none + ": no such file", "give -"}},
		"missing baseline":      {[]string{"classify", "--baseline", none, "--scan", scan}, []string{none, "no such file", "patchstream classify --help", "--server"}},
		"missing settings":      {[]string{"classify", "--baseline", baseline, "--scan", scan, "--settings", none}, []string{none}},
		"missing event":         {[]string{"publish", "scan", none}, []string{none + ": no such file"}},
		"missing put":           {[]string{"baseline", "put", none}, []string{none + ": no such file"}},
		"directory":             {[]string{"classify", "--baseline", baseline, "--scan", dir}, []string{dir + " is a directory", "name a file in it"}},
		"directory as baseline": {[]string{"classify", "--baseline", dir, "--scan", scan}, []string{dir + " is a directory"}},
		"directory published":   {[]string{"publish", "run", dir}, []string{dir + " is a directory"}},
		"empty scan":            {[]string{"classify", "--baseline", baseline, "--scan", empty}, []string{empty + " is empty"}},
		"empty baseline":        {[]string{"classify", "--baseline", empty, "--scan", scan}, []string{empty + " is empty"}},
		"empty stdin":           {[]string{"publish", "scan", "-"}, []string{"standard input is empty"}},
		"comma in baseline":     {[]string{"classify", "--baseline", comma, "--scan", scan}, []string{comma, "line 4, column 1", "the comma before it is too many"}},
		"comma in put":          {[]string{"baseline", "put", comma}, []string{comma, "line 4, column 1"}},
		"comma in scan":         {[]string{"classify", "--baseline", baseline, "--scan", comma}, []string{comma, "line 4, column 1"}},
		"comma in settings":     {[]string{"classify", "--baseline", baseline, "--scan", scan, "--settings", comma}, []string{comma, "line 4, column 1"}},
		"comma in event":        {[]string{"publish", "override", comma}, []string{comma, "line 4, column 1"}},
		"cut off":               {[]string{"publish", "scan", short}, []string{short, "ends too early", "line 2"}},
		"another kind":          {[]string{"publish", "run", scan}, []string{scan + ": its kind is scan, not run"}},
		"a field":               {[]string{"publish", "scan", wrongID}, []string{wrongID, "id"}},
		"a state":               {[]string{"publish", "override", override}, []string{override + ": no valid override: state: \"COMPLIANT\" is none of "}},
		"two hosts":             {[]string{"classify", "--baseline", baseline, "--scan", scan, "--run", other}, []string{scan, "web-17.example.org", other, "web-2"}},
		"API's key":             {[]string{"status", "--api", "http://127.0.0.1:1", "--api-key-file", none}, []string{"--api-key-file " + none + ": no such file: check the name"}},
		"API's key, directory":  {[]string{"status", "--api", "http://127.0.0.1:1", "--api-key-file", dir}, []string{"--api-key-file " + dir + " is a directory: name a file in it"}},
		"API's key, empty":      {[]string{"status", "--api", "http://127.0.0.1:1", "--api-key-file", empty}, []string{"--api-key-file " + empty + " is empty", "patchstream auth api-key"}},
		"figures":               {[]string{"bench", "--from", none}, []string{none + ": no such file"}},
		"figures, directory":    {[]string{"bench", "--from", dir}, []string{dir + " is a directory"}},
		"figures, none":         {[]string{"bench", "--from", write(t, "b.json", "{}")}, []string{"b.json", "no figures", "patchstream bench -o json"}},
		"users":                 {[]string{"auth", "list", "--dir", scan}, []string{"scan.json is a file", "the directory that \"patchstream auth init\" made"}},
		"users of serve":        {[]string{"serve", "--auth", scan, "--store", dir}, []string{"scan.json is a file"}},
		"manual":                {[]string{"man", scan}, []string{scan, "name a directory that can be written"}},
		"seed":                  {[]string{"status", "--nkey", comma}, []string{comma, "no seed of an nkey", "patchstream auth"}},
		"credentials, text":     {[]string{"status", "--creds", comma}, []string{"--creds " + comma, "no credentials of a NATS user", "nsc"}},
		"credentials":           {[]string{"status", "--creds", none}, []string{none + ": no such file: check the name\n"}},
	} {
		t.Run(name, func(t *testing.T) { callWith(t, "", c.args...).wants(t, exitFailed, c.words...) })
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAServerThatIsNotThere(t *testing.T) {
	for _, args := range [][]string{
		{"status"}, {"patches", "h"}, {"explain", "h", "p"}, {"watch"}, {"worker"}, {"publish", "scan", "testdata/scan.json"}, {"scan"},
		{"baseline", "list"}, {"baseline", "get", "b"}, {"baseline", "put", "testdata/baseline.json"}, {"settings", "get"}, {"override", "list"},
		{"classify", "--baseline", "stored", "--scan", "testdata/scan.json"},
	} {
		r := call(t, append(args, "--server", nowhere)...)
		r.wants(t, exitFailed, "no NATS server at "+nowhere+": start one with \"patchstream serve\", or name another with --server")
	}
	t.Setenv("NATS_URL", strings.Replace(nowhere, "//", "//ops:secret@", 1))
	r := call(t, "status")
	r.wants(t, exitFailed, "no NATS server at nats://ops:xxxxx@")
	if help := must(t, call(t, "status", "--help")); strings.Contains(help, "secret") || !strings.Contains(help, "NATS_URL") {
		t.Errorf("the help tells the password: %s", help)
	}
}

func TestAServerWithoutAWorker(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "--no-worker")
	for _, args := range [][]string{
		{"status"}, {"patches", "h"}, {"explain", "h", "p"}, {"watch"}, {"publish", "scan", "testdata/scan.json"}, {"baseline", "list"},
		{"settings", "get"}, {"override", "list"},
	} {
		s.ask(t, args...).wants(t, exitFailed, "start a worker", "patchstream serve")
	}
	s.stop(t, os.Interrupt)
}

func TestWhyNoServerAnswersIsNamed(t *testing.T) {
	t.Parallel()
	listen := func(answer string) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(c, answer)
				if answer == "" {
					_ = c.Close()
				}
			}
		}()
		return "nats://" + l.Addr().String()
	}
	live(t, "status", "--server", "nats://no-such-host.invalid:4222").wants(t, exitFailed, "the name no-such-host.invalid", "does not resolve", "--server")
	for _, at := range []string{listen("SSH-2.0-OpenSSH_9.2\r\n"), listen("")} {
		live(t, "status", "--server", at).wants(t, exitFailed, "what listens at "+at+" does not speak NATS", "4222")
	}
}

func TestAStreamAtItsLimitIsNamed(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	js := s.jetstream(t)
	stream, err := js.Stream(t.Context(), messages.StreamEvents)
	if err != nil {
		t.Fatal(err)
	}
	config := stream.CachedInfo().Config
	config.MaxBytes = 1
	if _, err := js.UpdateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	full := func() (*messages.Scan, error) { return collected(t), nil }
	scanWith(t, full, "--host", "web-1", "--timeout", "1s", "--server", s.nats).wants(t, exitFailed, "is at its limit (maximum bytes exceeded)", "nats stream edit")
	r := s.ask(t, "host", "group", "web-1", "web") // another stream is not concerned
	if r.code != exitDone {
		t.Errorf("%+v", r)
	}
	js2, err := js.Stream(t.Context(), messages.BucketStream(messages.BucketBaselines))
	if err != nil {
		t.Fatal(err)
	}
	config = js2.CachedInfo().Config
	config.MaxBytes = 1
	config.Discard = jetstream.DiscardNew
	if _, err := js.UpdateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	s.ask(t, "host", "group", "web-2", "web").wants(t, exitFailed, "is at its limit (maximum bytes exceeded)", "nats stream edit")
}
