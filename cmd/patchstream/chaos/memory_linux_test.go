package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/worker/workertest"
)

// A worker under the limits of its unit takes all that is dear in memory, one thing after the other and all at once: the kernel
// never ends it, it stays below the limit from which systemd would slow it down, and honest hosts are handled at the end.
func TestAdversaryHasNoWorkerKilledForItsMemory(t *testing.T) {
	high, most := unitLimit(t, "MemoryHigh"), unitLimit(t, "MemoryMax")
	a := newAdversary(t, "--no-worker")
	in := ""
	group, err := memoryGroup(t, most)
	if err != nil {
		t.Logf("no control group can be had (%v), so only what the worker takes is measured", err)
	} else {
		in = fmt.Sprintf("echo $$ > %s/cgroup.procs; ", group)
	}
	worker := a.target(t, "worker", func() *exec.Cmd {
		return exec.Command("sh", "-c", in+`exec "$@"`, "sh", binary(), "worker", "--server", a.url, "--http", "127.0.0.1:0")
	})
	a.workers = append(a.workers, worker)
	a.up(t, worker)
	began := worker.process
	for _, m := range slices.Concat(eventMisdeeds(), pileMisdeeds(), dearMisdeeds()) {
		m.do(t.Context(), a)
		if err := a.quiet(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Logf("%4d MiB at the most after: %s", peakMemory(t, began.cmd.Process.Pid)>>20, m.name)
		if closed(began.ended) {
			t.Fatalf("the worker ended: %v\n%s", began.cmd.ProcessState, worker.log.tail())
		}
	}
	if peak := peakMemory(t, began.cmd.Process.Pid); peak > high {
		t.Errorf("the worker took %d MiB, its unit has MemoryHigh=%dM", peak>>20, high>>20)
	}
	h := &honest{adversary: a}
	ctx, cancel := context.WithTimeout(t.Context(), *adversaryFlag)
	defer cancel()
	h.speak(ctx)
	h.judge()
	a.end(t.Context())
	check(t, a.report.wrongs)
}

// unitLimit returns a limit of the worker's unit, in bytes.
func unitLimit(t *testing.T, name string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "systemd", "patchstream-worker.service"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^` + name + `=(\d+)([MG])$`).FindStringSubmatch(string(text))
	if found == nil {
		t.Fatalf("the unit has no %s", name)
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return n << map[string]int{"M": 20, "G": 30}[found[2]]
}

// memoryGroup makes a control group of so many bytes, of version 2 or 1, that goes with the test.
func memoryGroup(t *testing.T, bytes int) (string, error) {
	t.Helper()
	var failed []error
	for _, version := range []struct{ below, limit string }{
		{"/sys/fs/cgroup", "memory.max"}, {"/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
	} {
		group := filepath.Join(version.below, fmt.Sprintf("patchstream-test-%d", os.Getpid()))
		if err := os.Mkdir(group, 0o755); err != nil {
			failed = append(failed, err)
			continue
		}
		err := os.WriteFile(filepath.Join(group, version.limit), []byte(strconv.Itoa(bytes)), 0)
		if err == nil {
			t.Cleanup(func() {
				// It is busy until the kernel is done with the processes that were in it.
				for end := time.Now().Add(answerWithin); os.Remove(group) != nil && time.Now().Before(end); {
					wait(context.Background(), 50*time.Millisecond)
				}
			})
			return group, nil
		}
		failed = append(failed, err, os.Remove(group))
	}
	return "", errors.Join(failed...)
}

// dearMisdeeds are those that are dear to a worker alone.
func dearMisdeeds() []misdeed {
	return []misdeed{
		{name: "scans as large as may be", do: func(ctx context.Context, a *adversary) {
			b := newBacklog(a.T, 0, 0)
			for n := range 8 {
				h := &waiting{name: badHost, large: []int{appliedNoise, refusedNoise}[n%2]}
				s := b.largest(h)
				s.ID, s.TakenAt, s.BootedAt = fmt.Sprint("largest-", n), time.Now().UTC(), time.Time{}
				s.Hash = messages.ContentHash(s)
				a.sendEvent(ctx, s)
			}
		}},
		{name: "what is small until it is decompressed", do: func(ctx context.Context, a *adversary) {
			for _, size := range []int{messages.MaxDecompressedBytes, messages.MaxDecompressedBytes + 1} {
				for _, filler := range []string{"\x00", " ", "\x93\x01", "[[[[[[[[", `{"a":`} {
					body, encoding := pack.Compress([]byte(strings.Repeat(filler, size/len(filler))), 0)
					a.send(ctx, messages.KindScan, body, "Content-Encoding", encoding)
					a.send(ctx, messages.KindRun, body, "Content-Type", "application/json", "Content-Encoding", encoding)
				}
			}
		}},
		{name: "several hosts with all of that at once", do: func(ctx context.Context, a *adversary) {
			for n := range 4 {
				scan := a.longNamed(60, n)
				scan.Host, scan.Hash = fmt.Sprintf("bad-%d.example", n), ""
				a.sendEvent(ctx, scan)
				run := newNames(n, messages.MaxOutcomes, strings.Repeat("r", messages.MaxStringBytes))
				run.Host = scan.Host
				a.sendEvent(ctx, run)
				for i := range 10 {
					o := workertest.Override(scan.Host, i, "curl.amd64", messages.NotApplicable)
					a.sendEvent(ctx, o)
				}
			}
		}},
	}
}
