package consoleproof

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestFiltersAreInTheAddressAndTheWayBackLeadsThere(t *testing.T) {
	b := open(t, viewer)
	b.visit("/packages")
	all := eval[int](b, `document.querySelectorAll("tbody tr").length`)
	b.do(chromedp.SendKeys(chromedp.CSS(`input[name="name"]`), "openssl\r"))
	b.awaits(`location.search === "?name=openssl" && document.readyState === "complete"`)
	if rows := eval[int](b, `document.querySelectorAll("tbody tr").length`); rows == 0 || rows >= all {
		t.Errorf("%d of %d rows are left by the filter", rows, all)
	}
	b.do(chromedp.Click(chromedp.CSS(`tbody th a`)))
	b.awaits(`location.pathname === "/packages/openssl" && document.readyState === "complete"`)
	b.back(-1)
	b.awaits(`location.search === "?name=openssl" && document.querySelector('input[name="name"]').value === "openssl"`)
	b.back(-1)
	b.awaits(`location.pathname === "/packages" && location.search === ""`)
	b.back(1)
	b.awaits(`location.search === "?name=openssl"`)
	b.visit("/packages?notice=CVE-2024-9002")
	if rows := eval[string](b, `document.querySelector("tbody").innerText`); !strings.Contains(rows, "locked.x86_64") {
		t.Errorf("by a CVE: %s", rows)
	}
	b.visit("/changes?host=db-1&state=FAILED")
	if hosts := eval[string](b, `Array.from(new Set(Array.from(document.querySelectorAll("#changes .host"), a => a.innerText))).join()`); hosts != "db-1" {
		t.Errorf("changes of db-1 are of %q", hosts)
	}
}

// back goes through the history of the tab as its buttons do.
func (b *tab) back(by int) {
	b.t.Helper()
	eval[any](b, fmt.Sprintf("history.go(%d), null", by))
}

func TestANameThatAHostChoseIsInert(t *testing.T) {
	b := open(t, operator) // a dialog would fail the test
	for _, path := range []string{
		"/packages?name=onerror", "/packages/" + escaped(evil), "/changes?host=evil-1", "/hosts/evil-1", "/hosts/evil-1/patches/" + escaped(evil),
		"/act/override?host=evil-1&patch=" + escaped(evil),
	} {
		b.visit(path)
		if !eval[bool](b, `document.body.innerText.includes(`+quoted(evil)+`)`) {
			t.Errorf("%s does not show the name: %s", path, eval[string](b, `document.body.innerText.slice(0, 500)`))
		}
		if images := eval[int](b, `document.querySelectorAll("img").length`); images != 0 {
			t.Errorf("%s has %d images", path, images)
		}
	}
}

// escaped is a text as a part of a path.
func escaped(text string) string {
	return strings.NewReplacer("%", "%25", " ", "%20", "<", "%3C", ">", "%3E", "/", "%2F", "=", "%3D").Replace(text)
}

// reach notes what the focus comes to, and whether it is seen there; what it does not come to is unreached().
const reach = `(() => {
  const reached = new Set(), unseen = [];
  addEventListener("focusin", e => {
    reached.add(e.target);
    if (getComputedStyle(e.target).outlineStyle === "none") unseen.push(e.target.outerHTML.slice(0, 120));
  });
  const all = () => Array.from(document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']"))
    .filter(e => e.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}) && !e.disabled);
  window.unreached = () => unseen.concat(all().filter(e => !reached.has(e)).map(e => e.outerHTML.slice(0, 120)));
  document.activeElement.blur();
  return all().length;
})()`

func TestTheKeyboardReachesEverythingAndTheFocusIsSeen(t *testing.T) {
	b := open(t, operator)
	b.as(look{"light", 1280, 800})
	for _, v := range views {
		b.visit(v.path)
		for range eval[int](b, reach) + 3 {
			b.do(chromedp.KeyEvent(kb.Tab))
		}
		if left := eval[[]string](b, `unreached()`); len(left) > 0 {
			t.Errorf("%s: not reached, or not seen there: %d, such as %s", v.path, len(left), left[0])
		}
	}
}

func TestKeysLeadFromSectionToSection(t *testing.T) {
	b := open(t, viewer)
	for _, c := range []struct{ keys, path string }{{"gp", "/packages"}, {"gb", "/baselines"}, {"gc", "/changes"}, {"gh", "/health"}, {"gf", "/"}, {"?", "/help"}} {
		b.do(chromedp.KeyEvent(c.keys))
		b.awaits(`location.pathname === ` + quoted(c.path) + ` && document.readyState === "complete"`)
	}
	b.visit("/packages")
	b.do(chromedp.KeyEvent("jj"), chromedp.KeyEvent(kb.Enter))
	b.awaits(`location.pathname.startsWith("/packages/") && document.readyState === "complete"`)
	b.visit("/packages")
	command(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "/", Text: "/"}) // what a script may refuse
	b.do(chromedp.KeyEvent("curl"), chromedp.KeyEvent(kb.Enter))
	b.awaits(`location.pathname === "/packages/curl"`)
}

func TestItReadsWithoutScripts(t *testing.T) {
	b := open(t, viewer)
	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	for _, v := range views {
		if v.operators {
			continue
		}
		b.visit(v.path)
		text := get(b, chromedp.Text(chromedp.CSS("main")))
		if len(text) < 100 {
			t.Errorf("%s says only %q", v.path, text)
		}
	}
}

func TestASessionEndsWithItsKey(t *testing.T) {
	const name = "leaver"
	if err := the.makeKey(name, "viewer"); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string { return fmt.Sprint(the.askAs(t.Context(), name, "/api/v1/summary", new(any))) }, "<nil>") // the key is taken in
	b := open(t, name)
	b.visit("/packages")
	if err := the.auth.RevokeAPIKey(name); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(patience); ; {
		b.visit("/health")
		if eval[string](b, `location.pathname`) == "/login" {
			break
		}
		if time.Now().After(until) {
			t.Fatal("the session outlives its key")
		}
	}
	if to := eval[string](b, `new URLSearchParams(location.search).get("to")`); to != "/health" {
		t.Errorf("signing in would lead to %q", to)
	}
}

func TestAViewerSeesNoActionAndIsRefused(t *testing.T) {
	b := open(t, viewer)
	b.expects("status of 403")
	for _, path := range []string{"/health", "/baselines/prod-debian", "/hosts/app-1", "/hosts/app-1/patches/curl.amd64"} {
		b.visit(path)
		if acts := eval[int](b, `document.querySelectorAll('a[href^="/act/"], form[action^="/act/"]').length`); acts != 0 {
			t.Errorf("%s offers a viewer %d actions", path, acts)
		}
	}
	b.visit("/act/retire?host=app-1")
	if text := b.text("main"); !strings.Contains(text, "only reads") {
		t.Errorf("a viewer gets the form: %s", text)
	}
	status := eval[int](b, `fetch("/act/retire", {method: "POST", body: new URLSearchParams({host: "app-1", confirmed: "yes"})}).then(r => r.status)`)
	if status != 403 {
		t.Errorf("a viewer who sends the form gets %d", status)
	}
}

func TestAnOperatorSetsAStateByHandAndTakesItBack(t *testing.T) {
	b := open(t, operator)
	b.visit("/act/override?host=app-2&patch=curl.amd64")
	b.do(
		chromedp.SetValue(chromedp.CSS(`select[name="state"]`), "NOT_APPLICABLE"),
		chromedp.SendKeys(chromedp.CSS(`input[name="reason"]`), "vendor build, CHG-1182"),
		chromedp.SendKeys(chromedp.CSS(`input[name="expires"]`), "30d\r"),
	)
	b.awaits(`document.querySelector("h2")?.innerText === "What it will do"`)
	b.keep("confirm")
	b.accessible("what it will do")
	if says := b.text("main"); !strings.Contains(says, "It will count as NOT_APPLICABLE, until") || !strings.Contains(says, "vendor build, CHG-1182") {
		t.Errorf("it does not say what it will do: %s", says)
	}
	b.do(chromedp.Click(chromedp.CSS(`.buttons button`)))
	b.awaits(`document.querySelector(".banner")?.innerText.startsWith("It is set by hand")`)
	overrides := func() string {
		var answer struct {
			Items []struct{ Patch, State, By string } `json:"items"`
		}
		if err := the.ask(t.Context(), "/api/v1/hosts/app-2/overrides", &answer); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(answer.Items)
	}
	eventually(t, overrides, "[{curl.amd64 NOT_APPLICABLE "+operator+"}]")
	b.visit("/act/withdraw?host=app-2&patch=curl.amd64")
	b.do(chromedp.SendKeys(chromedp.CSS(`input[name="reason"]`), "it came\r"))
	b.awaits(`document.querySelector("h2")?.innerText === "What it will do"`)
	b.do(chromedp.Click(chromedp.CSS(`.buttons button`)))
	b.awaits(`document.querySelector(".banner")?.innerText.startsWith("It is withdrawn")`)
	eventually(t, overrides, "[]")
}

// eventually waits until something says what it should.
func eventually(t *testing.T, says func() string, want string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(patience); ; <-tick.C {
		got := says()
		if got == want {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}
