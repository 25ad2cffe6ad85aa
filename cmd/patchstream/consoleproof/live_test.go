package consoleproof

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/workertest"
)

// firstChange is the host of the newest change on the page.
const firstChange = `document.querySelector("#changes .host")?.innerText`

// scanOf publishes the first scan of a host, which lacks a patch.
func scanOf(t *testing.T, host string) {
	t.Helper()
	s := workertest.Scan(host, 0, workertest.Package("openssl", "1", "2"))
	s.Hash = messages.ContentHash(s)
	if err := the.say(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

func TestAChangeAppearsAsItComes(t *testing.T) {
	b := open(t, viewer)
	b.visit("/changes")
	b.awaits(`document.querySelector("[data-state]").innerText === "Live"`)
	scanOf(t, "live-1")
	b.awaits(firstChange + ` === "live-1"`)

	b.do(chromedp.Click(chromedp.CSS("#pause")))
	b.awaits(`document.querySelector("[data-state]").innerText === "Paused"`)
	scanOf(t, "live-2")
	b.awaits(`document.querySelector("[data-state]").innerText === "Paused: 1 more"`)
	if first := eval[string](b, firstChange); first != "live-1" {
		t.Errorf("%s came while the page was paused", first)
	}
	b.do(chromedp.Click(chromedp.CSS("#pause")))
	b.awaits(firstChange + ` === "live-2"`)
}

func TestNothingIsMissedAfterABreak(t *testing.T) {
	way := newWay(t)
	b := openAt(t, viewer, way.url)
	b.expects("net::ERR_")
	b.visit("/changes")
	b.awaits(`document.querySelector("[data-state]").innerText === "Live"`)
	way.cut()
	b.awaits(`document.querySelector("[data-state]").innerText.startsWith("No answer")`)
	for n := range 5 {
		scanOf(t, fmt.Sprintf("break-%d", n+1))
	}
	if err := the.settled(); err != nil {
		t.Fatal(err)
	}
	way.mend()
	b.awaits(`document.querySelectorAll("#changes .host").length > 5 && Array.from(document.querySelectorAll("#changes .host"), a => a.innerText).filter(h => h.startsWith("break-")).length === 5`)
	b.awaits(`document.querySelector("[data-state]").innerText === "Live"`)
}

// way is a way to the console that can be cut.
type way struct {
	url      string
	listener net.Listener

	mu   sync.Mutex
	is   bool // cut
	open map[net.Conn]bool
}

func newWay(t *testing.T) *way {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &way{url: "http://" + l.Addr().String(), listener: l, open: make(map[net.Conn]bool)}
	var running sync.WaitGroup
	running.Go(func() { w.serve(&running) })
	t.Cleanup(func() { _ = l.Close(); w.cut(); running.Wait() })
	return w
}

func (w *way) serve(running *sync.WaitGroup) {
	for {
		from, err := w.listener.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", strings.TrimPrefix(the.url, "http://"))
		if err != nil || !w.keep(from, to) {
			_ = from.Close()
			continue
		}
		for _, pair := range [][2]net.Conn{{from, to}, {to, from}} {
			running.Go(func() {
				_, _ = io.Copy(pair[0], pair[1])
				w.drop(pair[0], pair[1])
			})
		}
	}
}

// keep notes the connections of a browser, unless the way is cut.
func (w *way) keep(conns ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range conns {
		if w.is {
			_ = c.Close()
		} else {
			w.open[c] = true
		}
	}
	return !w.is
}

func (w *way) drop(conns ...net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(w.open, c)
	}
}

func (w *way) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.is = true
	for c := range w.open {
		_ = c.Close()
	}
}

func (w *way) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.is = false
}
