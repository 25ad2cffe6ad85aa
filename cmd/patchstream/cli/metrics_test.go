package cli

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// ours returns of a page of metrics the lines that are not the client library's.
func ours(page string) string {
	var b strings.Builder
	for l := range strings.Lines(page) {
		if strings.HasPrefix(strings.TrimPrefix(strings.TrimPrefix(l, "# HELP "), "# TYPE "), "patchstream_") {
			b.WriteString(l)
		}
	}
	return b.String()
}

var (
	typeLine   = regexp.MustCompile(`(?m)^# TYPE (patchstream_\w+) (\w+)$`)
	labelName  = regexp.MustCompile(`[{,](\w+)="`)
	metricRow  = regexp.MustCompile("(?m)^\\| `(patchstream_\\w+)` \\| (\\w+) \\| ([^|]*)\\|")
	selector   = regexp.MustCompile(`(patchstream_\w+)\{(\w+)[=!]~?"([^"]*)"\}`)
	metricName = regexp.MustCompile(`patchstream_\w+`)
)

// metric is a metric's type and its labels, sorted.
type metric struct{ kind, labels string }

func sorted(labels []string) string {
	slices.Sort(labels)
	return strings.Join(slices.Compact(labels), " ")
}

// served returns the metrics of a page, with the labels of their series.
func served(page string) map[string]metric {
	all := make(map[string]metric)
	for _, m := range typeLine.FindAllStringSubmatch(page, -1) {
		var labels []string
		for l := range strings.Lines(page) {
			name, series, _ := strings.Cut(l, "{")
			if strings.TrimSuffix(name, "_bucket") != m[1] {
				continue
			}
			for _, label := range labelName.FindAllStringSubmatch("{"+series, -1) {
				if label[1] != "le" {
					labels = append(labels, label[1])
				}
			}
		}
		all[m[1]] = metric{m[2], sorted(labels)}
	}
	return all
}

// documented returns the metrics of docs/metrics.md.
func documented(page string) map[string]metric {
	all := make(map[string]metric)
	for _, m := range metricRow.FindAllStringSubmatch(page, -1) {
		all[m[1]] = metric{m[2], sorted(strings.Fields(strings.ReplaceAll(m[3], "`", "")))}
	}
	return all
}

func TestMetricsAreAsPrometheusWantsThemAndAsDocumented(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	must(t, s.ask(t, "publish", "scan", "testdata/scan.json"))
	var page string
	eventually(t, func() bool {
		_, page = get(t, s.http+"/metrics")
		return strings.Contains(page, `patchstream_events_total{kind="scan",result="applied"} 1`)
	}, "the scan is counted")
	page = ours(page)
	problems, err := promlint.New(strings.NewReader(page)).Lint()
	if err != nil || len(problems) != 0 {
		t.Errorf("promlint: %v %v", err, problems)
	}
	text := readFile(t, filepath.Join("..", "..", "..", "docs", "metrics.md"))
	have, want := served(page), documented(text)
	if len(have) < 14 || !maps.Equal(have, want) {
		t.Errorf("/metrics has\n%v\nand docs/metrics.md\n%v", have, want)
	}
	for name, m := range have {
		for _, forbidden := range []string{"host", "package", "patch", "subject", "id"} {
			if slices.Contains(strings.Fields(m.labels), forbidden) && !strings.HasPrefix(name, "patchstream_worst_hosts_") {
				t.Errorf("%s has a label %s", name, forbidden)
			}
		}
	}
	if strings.Contains(page, host) || strings.Contains(page, "openssl") {
		t.Errorf("the page names a host or a package:\n%s", page)
	}
	for _, name := range metricName.FindAllString(text, -1) {
		if _, there := have[strings.TrimSuffix(name, "_bucket")]; !there {
			t.Errorf("docs/metrics.md names %s, which there is not", name)
		}
	}
	checkSelectors(t, text, page)
}

// checkSelectors fails the test where the documented rules and queries select by a value that no series has.
func checkSelectors(t *testing.T, doc, page string) {
	t.Helper()
	selectors := selector.FindAllStringSubmatch(doc, -1)
	for _, s := range selectors {
		for value := range strings.SplitSeq(s[3], "|") {
			series := regexp.MustCompile(fmt.Sprintf(`(?m)^%s\{([^}]*,)?%s="%s"[,}]`, s[1], s[2], regexp.QuoteMeta(value)))
			if !series.MatchString(page) {
				t.Errorf("docs/metrics.md has %s, and no series has %s=%q", s[0], s[2], value)
			}
		}
	}
	if len(selectors) < 8 {
		t.Errorf("only %d selectors found in docs/metrics.md", len(selectors))
	}
}

// gauges returns the lines of a page about the fleet.
func gauges(t *testing.T, url string) string {
	t.Helper()
	_, page := get(t, url+"/metrics")
	var b strings.Builder
	for l := range strings.Lines(page) {
		if strings.HasPrefix(l, "patchstream_hosts{") || strings.HasPrefix(l, "patchstream_hosts_condition{") || strings.HasPrefix(l, "patchstream_patches{") || strings.HasPrefix(l, "patchstream_fleet_followed ") {
			b.WriteString(l)
		}
	}
	return b.String()
}

func TestTwoWorkersShowTheSameFleet(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), "--no-worker")
	one := start(t, "worker", "--server", s.nats, "--http", "127.0.0.1:0")
	two := start(t, "worker", "--server", s.nats, "--http", "127.0.0.1:0")
	var urls []string
	for _, w := range []*process{one, two} {
		w.lineWith(t, "ready")
		urls = append(urls, w.logged(t, "http"))
	}
	shows := func(lines ...string) {
		t.Helper()
		for _, url := range urls {
			eventually(t, func() bool { return containsAll(gauges(t, url), append(lines, "patchstream_fleet_followed 1\n")) },
				fmt.Sprint(url, " shows ", lines))
		}
	}
	shows(`patchstream_hosts{status="NON_COMPLIANT"} 0`)
	must(t, s.ask(t, "publish", "scan", "testdata/scan.json"))
	shows(`patchstream_hosts{status="NON_COMPLIANT"} 1`, `state="MISSING"} 2`)
	if a, b := gauges(t, urls[0]), gauges(t, urls[1]); a != b {
		t.Errorf("one shows\n%s\nand the other\n%s", a, b)
	}
	one.stop(t, syscall.SIGTERM)
	two.stop(t, syscall.SIGTERM)
}
