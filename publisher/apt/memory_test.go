package apt

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// maxOwnBytes is what a collection may take of our own memory; apt's tools are processes of their own.
const maxOwnBytes = 60 << 20

func TestMemoryStaysBounded(t *testing.T) {
	t.Parallel()
	root := largeRoot(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "APT_TEST_MEASURE="+root)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	peak, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil || peak < 1<<20 {
		t.Fatalf("no peak in %q: %v", out, err)
	}
	t.Logf("peak %d KB", peak>>10)
	if peak > maxOwnBytes {
		t.Errorf("the peak is %d MB, the bound is %d MB", peak>>20, maxOwnBytes>>20)
	}
}

// measure collects a root and prints the most memory that this process had.
func measure(root string) int {
	scan, err := Collect(context.Background(), root)
	if err != nil || !scan.Complete {
		fmt.Println(err, scan)
		return 1
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, _ := strconv.Atoi(strings.Fields(value)[0])
			fmt.Println(kilobytes << 10)
			return 0
		}
	}
	fmt.Println("no VmHWM")
	return 1
}

// largeRoot makes a root with an archive of the size of a real one, 60 MB in 60,000 stanzas.
func largeRoot(t testing.TB) string {
	t.Helper()
	root := buildRoot(t, "ubuntu")
	suite := filepath.Join(root, "repo/archive/dists/jammy-updates")
	index := filepath.Join(suite, "main/binary-amd64/Packages")
	f, err := os.OpenFile(index, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	filler := strings.Repeat("Tag: role::program, interface::commandline, scope::utility\n", 14)
	for i := range 60_000 {
		_, _ = fmt.Fprintf(w, "Package: filler-%d\nArchitecture: amd64\nVersion: 1.%d-1\nPriority: optional\nSection: misc\nMaintainer: X <x@example.com>\n"+
			"Filename: pool/filler_%d.deb\nSize: 1000\n%sDescription: x\n\n", i, i, i, filler)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(suite, "Release")); err != nil {
		t.Fatal(err)
	}
	ask(t, root, "apt-get", "update", "-qq")
	return root
}

// BenchmarkCollect collects this machine's packages.
func BenchmarkCollect(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		scan := collectRoot(b, "")
		b.ReportMetric(float64(len(scan.Packages)), "packages")
	}
}

// BenchmarkReadStanzas looks through 60 MB in which the host has few packages.
func BenchmarkReadStanzas(b *testing.B) {
	root := largeRoot(b)
	text, err := os.ReadFile(filepath.Join(root, "repo/archive/dists/jammy-updates/main/binary-amd64/Packages"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	wanted := map[string]bool{"openssl": true, "vim": true}
	for b.Loop() {
		n := 0
		_, err := readStanzas(bytes.NewReader(text), func(name []byte) bool { return wanted[string(name)] }, func(*stanza) error {
			n++
			return nil
		})
		if err != nil || n != 2 {
			b.Fatal(n, err)
		}
	}
}
