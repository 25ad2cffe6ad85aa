package publisher

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/patchstream/patchstream/publisher/durable"
)

// memory is what a publisher knows of the full scans it sent: in a directory, where it has one, or else as
// long as it lives.
type memory struct {
	dir string

	mu    sync.Mutex
	hosts map[string]sent // without a directory
}

// sent is the last full scan of a host that JetStream acknowledged.
type sent struct {
	Hash   string    `json:"hash"`
	SentAt time.Time `json:"sent_at"`
}

// recall returns the zero value for a host of which nothing was sent, and for a file that cannot be read: a full
// scan is then sent, which is never wrong.
func (m *memory) recall(host string) sent {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dir == "" {
		return m.hosts[host]
	}
	text, err := os.ReadFile(m.file(host))
	if err != nil {
		return sent{}
	}
	var s sent
	if json.Unmarshal(text, &s) != nil {
		return sent{}
	}
	return s
}

func (m *memory) remember(host string, s sent) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dir == "" {
		if m.hosts == nil {
			m.hosts = make(map[string]sent)
		}
		m.hosts[host] = s
		return nil
	}
	if err := m.write(host, s); err != nil {
		return fmt.Errorf("the scan was sent, but not noted: %w", err)
	}
	return nil
}

// write replaces the host's file at one stroke: a crash leaves the old one or the new one.
func (m *memory) write(host string, s sent) error {
	if err := os.MkdirAll(m.dir, 0o755); err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return durable.Replace(m.file(host), append(text, '\n'))
}

// file is named by the host, whose name is legal in a path and never hidden or a parent.
func (m *memory) file(host string) string { return filepath.Join(m.dir, host+".json") }
