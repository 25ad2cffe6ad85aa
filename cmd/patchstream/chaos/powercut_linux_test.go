package chaos

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/cmd/patchstream/natsd"
	"github.com/patchstream/patchstream/messages"
)

// power is a server whose system calls are written down, and what it is found to have when the power fails.
type power struct {
	sync         string
	store, trace string
	sent         map[uint64][]byte // payloads by the sequence that was acknowledged
	acknowledged int
	absent       int // acknowledged before its bytes were on the disk
	images       int // servers that were started on what the disk held
	missing      int // acknowledged events that those did not have
}

const (
	powerEvents = 240
	powerCuts   = 12
)

// run has a real server take events from several publishers, and ends it.
func (p *power) run(t *testing.T) {
	t.Helper()
	w := p.start(t, "--no-worker")
	w.prepare(t)
	var publishers sync.WaitGroup
	var mu sync.Mutex
	for lane := range lanes {
		js := jetStream(t, connect(t, w.url))
		dice := rand.New(rand.NewPCG(1, uint64(lane)))
		publishers.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			for i := range powerEvents / lanes {
				payload := randomBytes(dice, powerSize(i))
				ack, err := js.Publish(ctx, fmt.Sprintf("patch.scan.web-%d", lane), payload)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				p.sent[ack.Sequence] = payload
				mu.Unlock()
			}
		})
	}
	publishers.Wait()
	p.stop(t, w)
}

// powerSize makes some events large, so that the stream begins new files.
func powerSize(i int) int {
	if i%20 == 7 {
		return 700 << 10
	}
	return 20 + 37*i
}

func randomBytes(dice *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(dice.Uint32())
	}
	return b
}

// start runs serve under strace.
func (p *power) start(t *testing.T, args ...string) *world {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p.store, p.trace = filepath.Join(dir, "store"), filepath.Join(dir, "trace")
	if err := os.Mkdir(p.store, 0o700); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"serve", "--store", p.store, "--sync", p.sync, "--http", "127.0.0.1:0"}, args...)
	return oneServer(t, func(address string) *exec.Cmd {
		return underStrace(t, p.trace, program(append(args, "--listen", address)...))
	})
}

// stop ends the server. What it leaves is what the system calls say, or the model is wrong.
func (p *power) stop(t *testing.T, w *world) {
	t.Helper()
	w.nc.Close()
	w.servers[0].end(t.Context())
	check(t, w.report.wrongs)
	disk := newPlatter(p.store)
	if err := readTrace(p.trace, disk.begin, disk.end); err != nil {
		t.Fatal(err)
	}
	left := disk.image(disk.written)
	err := filepath.WalkDir(p.store, func(path string, d os.DirEntry, err error) error {
		name := strings.TrimPrefix(path, p.store+"/")
		content, known := left[name]
		if delete(left, name); err != nil || path == p.store {
			return err
		}
		if !known {
			t.Errorf("the trace does not know %s", name)
		}
		if d.IsDir() {
			return nil
		}
		real, err := os.ReadFile(path)
		if err == nil && !bytes.Equal(real, content) {
			t.Errorf("%s has %d bytes, the trace says %d others", name, len(real), len(content))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range left {
		t.Errorf("the trace says that there is %s", name)
	}
}

// acknowledgement is what the server says of an event that it has.
var acknowledgement = regexp.MustCompile(`\{"stream":"` + messages.StreamEvents + `", ?"seq":(\d+)`)

// cut replays the system calls, and looks at the disk at each acknowledgement; a dozen times with a server.
func (p *power) cut(t *testing.T) {
	t.Helper()
	disk, dice := newPlatter(p.store), rand.New(rand.NewPCG(2, 0))
	var acknowledged []uint64
	begin := func(c *call) error {
		said, err := c.said()
		if err != nil {
			return err
		}
		for _, m := range acknowledgement.FindAllStringSubmatch(said, -1) {
			sequence, err := strconv.ParseUint(m[1], 10, 64)
			if err != nil {
				return err
			}
			acknowledged = append(acknowledged, sequence)
			if !disk.has(p.sent[sequence]) {
				p.absent++
			}
			if n := len(acknowledged); n%(powerEvents/powerCuts) == 0 {
				p.look(t, disk.image(disk.lost), acknowledged)
				p.look(t, disk.image(disk.torn(dice)), acknowledged)
			}
		}
		return disk.begin(c)
	}
	if err := readTrace(p.trace, begin, disk.end); err != nil {
		t.Fatal(err)
	}
	p.acknowledged = len(acknowledged)
}

// said returns what a call says to a client.
func (c *call) said() (string, error) {
	if _, path := c.descriptor(); !strings.HasPrefix(c.name(), "write") || !strings.HasPrefix(path, "socket:") {
		return "", nil
	}
	texts, err := c.strings()
	return strings.Join(texts, ""), err
}

// has reports whether bytes are on the disk in a file that has a name there.
func (p *platter) has(b []byte) bool {
	files := make(map[string]*file)
	for _, n := range p.names[:p.synced] {
		n.do(files)
	}
	for _, f := range files {
		if len(b) > 0 && bytes.Contains(f.content, b) {
			return true
		}
	}
	return false
}

// look starts a server on a disk and counts the acknowledged events that it does not have.
func (p *power) look(t *testing.T, image map[string][]byte, acknowledged []uint64) {
	t.Helper()
	dir := t.TempDir()
	if err := burn(dir, image); err != nil {
		t.Fatal(err)
	}
	server, err := natsd.Start(t.Context(), natsd.Config{StoreDir: dir, Listen: "127.0.0.1:0", SyncAlways: true, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Shutdown()
	nc, err := server.Connect(nats.Timeout(readyWithin))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	p.images++
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stream, err := jetStream(t, nc).Stream(ctx, messages.StreamEvents)
	if err != nil { // even its name is gone
		p.missing += len(acknowledged)
		return
	}
	for _, sequence := range acknowledged {
		m, err := stream.GetMsg(ctx, sequence)
		if err != nil || !bytes.Equal(m.Data, p.sent[sequence]) {
			p.missing++
		}
	}
}
