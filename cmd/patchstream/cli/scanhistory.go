package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/patchstream/patchstream/publisher/durable"
)

// Of the runs in a host's own history those are published that ended after the last one that was. When that was stands in
// the directory of --state, in a file of its own: a scan may be sent a hundred times before there is another run.

// recallHistory returns when the last run ended that was published, and ifNone where nothing tells: runs that are sent a
// second time count once.
func recallHistory(dir, host string, ifNone time.Time) time.Time {
	if dir == "" {
		return ifNone
	}
	text, err := os.ReadFile(historyFile(dir, host))
	if err != nil {
		return ifNone
	}
	at, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(string(text)))
	if err != nil {
		return ifNone
	}
	return at
}

// remember notes that the runs are published, or kept where they will be.
func (d *dumped) remember(dir string) error {
	if dir == "" || len(d.runs) == 0 {
		return nil
	}
	last := d.runs[len(d.runs)-1]
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = durable.Replace(historyFile(dir, last.Host), []byte(last.FinishedAt.Format(time.RFC3339Nano)+"\n"))
	}
	if err != nil {
		return fmt.Errorf("the runs were sent, but not noted: %w", err)
	}
	return nil
}

func historyFile(dir, host string) string { return filepath.Join(dir, host+".history") }
