package chaos

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
)

// backlog is what hosts said while no worker ran. Each has the packages of a recorded one, 300 to 2000 of them; of
// ten events six say that nothing changed, three are full scans in which some packages are newer, one is a run.
type backlog struct {
	*rand.Rand
	recorded *messages.Scan
	hosts    []*waiting
	began    time.Time
}

// waiting is a host of a backlog.
type waiting struct {
	name   string
	large  int // noise of a host of the largest legal size, in bytes a package; 0: an ordinary one
	scan   *messages.Scan
	events int
	full   string // id of the newest full scan
	newest string // id of the newest scan of any kind
}

const eventsOfAHost = 10

// The noise of two large hosts: one whose scan comes to the bound of what is decompressed and is applied, and one
// whose scan comes to the bound of what is sent too, so that its record does not fit and it is dead-lettered.
const (
	appliedNoise = 80
	refusedNoise = 152
)

// newBacklog prepares hosts for so many events, and so many large hosts.
func newBacklog(t *testing.T, events, large int) *backlog {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "demo", "testdata", "scan-debian-before.json"))
	if err != nil {
		t.Fatal(err)
	}
	recorded, err := messages.Decode(messages.KindScan, text, messages.Encoding{ContentType: "application/json"})
	if err != nil {
		t.Fatal(err)
	}
	b := &backlog{Rand: rand.New(rand.NewPCG(4, 4)), recorded: recorded.(*messages.Scan), began: time.Now().UTC().Add(-48 * time.Hour)}
	for i := range events / eventsOfAHost {
		h := &waiting{name: fmt.Sprintf("web-%d.example", i)}
		h.scan = b.first(h.name, 300+b.IntN(1701))
		b.hosts = append(b.hosts, h)
	}
	for i := range large {
		h := &waiting{name: fmt.Sprintf("large-%d.example", i), large: []int{appliedNoise, refusedNoise}[i%2]}
		b.hosts = append(b.hosts, h)
	}
	return b
}

// first returns the packages of the recorded host, under further names until there are so many.
func (b *backlog) first(host string, packages int) *messages.Scan {
	s := *b.recorded
	s.Host, s.Packages = host, nil
	for i := range packages {
		p := b.recorded.Packages[i%len(b.recorded.Packages)]
		p.SourceVersion = fmt.Sprintf("1.%x-1", b.Uint64())
		if round := i / len(b.recorded.Packages); round > 0 {
			p.Name = fmt.Sprintf("%s-%d", p.Name, round)
		}
		s.Packages = append(s.Packages, p)
	}
	return &s
}

// next returns the next event of a host.
func (b *backlog) next(h *waiting) (messages.Event, error) {
	n := h.events
	h.events++
	own, id := b.began.Add(time.Duration(n)*time.Minute), fmt.Sprintf("%d", n)
	if n%10 == 9 && h.large == 0 {
		return b.run(h, own, id), nil
	}
	if h.scan == nil {
		h.scan = b.largest(h)
	}
	s := h.scan
	s.ID, s.TakenAt, s.BootedAt = id, own, own.Add(-time.Hour)
	h.newest = id
	if n%10 != 0 && n%10 != 4 && n%10 != 7 {
		same := *s
		same.Unchanged, same.Packages = true, nil
		return &same, nil
	}
	h.full = id
	if n > 0 {
		b.upgrade(s)
	}
	s.Hash = messages.ContentHash(s)
	return s, nil
}

// upgrade installs the newest version that is known of some packages.
func (b *backlog) upgrade(s *messages.Scan) {
	for range 5 {
		p := &s.Packages[b.IntN(len(s.Packages))]
		if last := len(p.Versions) - 1; last >= 0 && p.Installed != nil {
			p.Installed, p.Versions = new(p.Versions[last].Version), p.Versions[last:]
		}
	}
}

func (b *backlog) run(h *waiting, own time.Time, id string) *messages.Run {
	p := &h.scan.Packages[b.IntN(len(h.scan.Packages))]
	return &messages.Run{
		ID: id, Host: h.name, RunID: id, Operation: messages.OperationInstall, StartedAt: own.Add(-time.Minute), FinishedAt: own,
		Outcomes: []messages.Outcome{{Name: p.Name, Arch: p.Arch, To: new("1:99"), Result: messages.ResultFailed, Error: "dpkg: error processing package " + p.Name}},
	}
}

// largest returns a scan with as many packages and versions as there may be, as large as it may be.
func (b *backlog) largest(h *waiting) *messages.Scan {
	s := *b.recorded
	s.Host, s.Packages = h.name, make([]messages.Package, messages.MaxPackages)
	filler := strings.Repeat("the same in every package; ", 60)
	noise, random := make([]byte, h.large*3/4), rand.NewChaCha8([32]byte{byte(h.large)})
	for i := range s.Packages {
		p := &s.Packages[i]
		*p = b.recorded.Packages[i%len(b.recorded.Packages)]
		p.Name = fmt.Sprintf("%s-%d", p.Name, i)
		p.Installed, p.Versions = new(fmt.Sprintf("1.%d-1", i)), nil
		for v := range 4 {
			p.Versions = append(p.Versions, messages.Version{Version: fmt.Sprintf("1.%d-%d", i, 1+v), Priority: "optional", Section: "libs", Origins: []int{v % len(s.Origins)}})
		}
		_, _ = random.Read(noise) // it never fails
		p.Advisories = []string{base64.StdEncoding.EncodeToString(noise), filler[:1040-h.large]}
	}
	return &s
}

// message returns an event as a publisher sends it.
func (b *backlog) message(e messages.Event) (*nats.Msg, error) {
	text, err := messages.Encode(e, messages.MsgPack)
	if err != nil {
		return nil, err
	}
	m := nats.NewMsg(e.Kind().Subject(e.HostName()))
	m.Header.Set(nats.MsgIdHdr, messages.MsgID(e.Kind(), e.HostName(), e.EventID()))
	packed, encoding := pack.Compress(text, 0)
	if m.Data = packed; encoding != "" {
		m.Header.Set("Content-Encoding", encoding)
	}
	return m, nil
}
