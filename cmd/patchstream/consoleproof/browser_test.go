package consoleproof

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

func (w *world) openBrowser() error {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.Flag("force-color-profile", "srgb"))
	if os.Getuid() == 0 { // as root Chromium has no sandbox
		options = append(options, chromedp.NoSandbox)
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	browser, cancel := chromedp.NewContext(allocator)
	w.browser, w.close = browser, func() { cancel(); stop() }
	return chromedp.Do(browser)
}

// tab is a window of somebody, with cookies of its own. What must happen in none of them fails its test.
type tab struct {
	context.Context
	t      *testing.T
	origin string // of the console

	mu       sync.Mutex
	problems []string
	expected []string // parts of problems that a test is about
}

// open opens a tab of who has a key, or of nobody.
func open(t *testing.T, key string) *tab {
	t.Helper()
	return openAt(t, key, the.url)
}

func openAt(t *testing.T, key, origin string) *tab {
	t.Helper()
	b := &tab{t: t, origin: origin}
	var cancel context.CancelFunc
	b.Context, cancel = chromedp.NewContext(the.browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.watch))
	t.Cleanup(func() {
		cancel()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, p := range b.problems {
			if !b.isExpected(p) {
				t.Error(p)
			}
		}
	})
	if err := chromedp.Do(b); err != nil { // the tab lives as long as the context of this call
		t.Fatal(err)
	}
	if key != "" {
		b.logIn(the.tokens[key])
	}
	return b
}

// watch notes what must not happen.
func (b *tab) watch(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.problem(fmt.Sprintf("a script failed: %s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			b.problem("on the console: " + said(e.Args))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			b.problem(fmt.Sprintf("on the console: %s %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, b.origin+"/") && !strings.HasPrefix(e.Request.URL, "about:") {
			b.problem("a request to another origin: " + e.Request.URL)
		}
	case *page.EventJavascriptDialogOpening:
		b.problem("a dialog: " + e.Message)
		go func() { _, _ = chromedp.Call(b, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{}) }()
	}
}

// said is what a script wrote on the console.
func said(args []*runtime.RemoteObject) string {
	text, _ := json.Marshal(args)
	return string(text)
}

func (b *tab) problem(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = append(b.problems, what)
}

// expects says that a problem with such words is what the test is about.
func (b *tab) expects(words string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, words)
}

func (b *tab) isExpected(problem string) bool {
	for _, words := range b.expected {
		if strings.Contains(problem, words) {
			return true
		}
	}
	return false
}

// do does something in the tab, within the patience of tests.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	get(b, chromedp.Steps(steps...))
}

// get does something in the tab that has a result.
func get[T any](b *tab, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b, patience)
	defer cancel()
	result, err := chromedp.Run(ctx, action)
	if err != nil {
		again, cancel := context.WithTimeout(b, patience)
		defer cancel()
		where, _ := chromedp.Run(again, chromedp.Location())
		text, _ := chromedp.Run(again, chromedp.Evaluate[string](`document.body.innerText.slice(0, 2000)`))
		b.t.Fatalf("at %s: %v\n%s", where, err, text)
	}
	return result
}

// command sends a command of the browser's protocol.
func command[P, R any](b *tab, cmd cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b, cmd, params); err != nil {
		b.t.Fatal(err)
	}
}

// visit opens a path of the console.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.origin + path))
}

// eval evaluates an expression of JavaScript, or waits for what it promises.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	return get(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// awaits waits until an expression holds. It asks from outside: what waits inside of a page is made of text, which the policy of the console
// does not let run.
func (b *tab) awaits(expression string) {
	b.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(patience); ; <-tick.C {
		holds, err := chromedp.Run(b, chromedp.Evaluate[bool](expression)) // an error: the page is on its way
		if err == nil && holds {
			return
		}
		if time.Now().After(until) {
			b.t.Fatalf("%s does not come to hold, %v:\n%s", expression, err, eval[string](b, `location.href + "\n" + document.body.innerText.slice(0, 2000)`))
		}
	}
}

// text is what a person reads of the first element that a selector finds.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return eval[string](b, `document.querySelector(`+quoted(selector)+`).innerText`)
}

func quoted(text string) string {
	q, _ := json.Marshal(text)
	return string(q)
}

// look is how somebody sees a page.
type look struct {
	scheme        string // light or dark
	width, height int64
}

func (l look) String() string { return fmt.Sprintf("%s-%d", l.scheme, l.width) }

// looks are those that every view is good in.
func looks() (all []look) {
	for _, scheme := range []string{"light", "dark"} {
		for _, size := range [][2]int64{{360, 740}, {1280, 800}, {2560, 1440}} {
			all = append(all, look{scheme, size[0], size[1]})
		}
	}
	return all
}

func (b *tab) as(l look) {
	b.t.Helper()
	command(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: l.height, DeviceScaleFactor: 1})
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: l.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// keep keeps a picture of the page where the test was asked to.
func (b *tab) keep(name string) {
	b.t.Helper()
	if *shots == "" {
		return
	}
	if err := os.MkdirAll(*shots, 0o755); err != nil {
		b.t.Fatal(err)
	}
	picture := get(b, chromedp.CaptureScreenshot())
	if err := os.WriteFile(filepath.Join(*shots, name+".png"), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
