package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// severalScans returns n example scans of as many hosts.
func severalScans(t *testing.T, n int) string {
	t.Helper()
	text := readFile(t, fresh(t, "scan.json", "", time.Minute))
	var all strings.Builder
	for i := range n {
		all.WriteString(strings.Replace(text, host, fmt.Sprintf("web-%d", i), 1))
	}
	return all.String()
}

func TestPublishMany(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	scans := write(t, "scans.json", severalScans(t, 5))
	if got := must(t, s.ask(t, "publish", "scan", scans)); got != "published 5 scans of 5 hosts\n" {
		t.Errorf("%q", got)
	}
	eventually(t, func() bool { return strings.Contains(must(t, s.ask(t, "status")), "5 hosts: 5 NON_COMPLIANT") }, "all five are classified")

	var receipts []receipt
	decode(t, must(t, liveWith(t, readFile(t, scans), "publish", "scan", "-", "-o", "json", "--server", s.nats)), &receipts)
	if len(receipts) != 5 || receipts[3] != (receipt{"scan", "web-3", "01KAJ5W0Q4N2"}) {
		t.Errorf("%+v", receipts)
	}

	// Nothing goes out where one of them is bad.
	bad := write(t, "bad.json", `{"v": 1, "id": "x", "host": "web-9", "taken_at": "1999-01-01T00:00:00Z", "complete": false, "os": {"system": "DEBIAN"}}`)
	nine := write(t, "nine.json", strings.ReplaceAll(severalScans(t, 1), "web-0", "web-9"))
	s.ask(t, "publish", "scan", nine, bad).wants(t, exitFailed, bad, "taken_at")
	s.ask(t, "publish", "scan", write(t, "list.json", "["+readFile(t, nine)+","+readFile(t, bad)+"]")).
		wants(t, exitFailed, "list.json, event 2 of 2", "taken_at")
	reports := linesOf[json.RawMessage](t, must(t, s.ask(t, "status", "-o", "json")))
	if len(reports) != 5 {
		t.Errorf("%d hosts", len(reports))
	}
}

// A second scan with the same content goes out whole: publish sends what it is given.
func TestPublishSendsScansAsTheyAre(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	first, second := fresh(t, "scan.json", "", time.Hour), fresh(t, "scan.json", "b", 0)
	must(t, s.ask(t, "publish", "scan", first, second))
	eventually(t, func() bool {
		var r struct {
			About struct{ Scan, Full time.Time }
		}
		text := strings.NewReplacer("scan_at", "scan", "full_scan_at", "full").Replace(s.ask(t, "status", host, "-o", "json").stdout)
		return json.Unmarshal([]byte(text), &r) == nil && !r.About.Full.IsZero() && r.About.Full.Equal(r.About.Scan) && time.Since(r.About.Full) < time.Minute
	}, "the second full scan counts")
}
