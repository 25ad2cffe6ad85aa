//go:build linux

package apt

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOutputIsPassedOnWhole(t *testing.T) {
	h := newPatchHost(t)
	r, stdout, stderr := h.runner()
	run, code, err := r.Run(t.Context(), []string{"sh", "-c",
		`head -c 5000000 /dev/zero | tr '\0' x >&2; echo >&2; printf 'E: no \033[1mway\033[0m\r\n' >&2; printf 'E: no way back' >&2; echo out; exit 7`})
	if err != nil || code != 7 {
		t.Fatal(code, err)
	}
	diff(t, "stdout", "out\n", stdout.String())
	if got := bytes.Count(stderr.Bytes(), []byte("x")); got != 5_000_000 || !strings.HasSuffix(stderr.String(), "E: no way back") {
		t.Errorf("%d bytes of stderr came, and at the end %q", got, stderr.Bytes()[max(0, stderr.Len()-50):])
	}
	diff(t, "error", "no way; no way back", run.Error)
}

func TestAScriptThatEmptiesStderr(t *testing.T) {
	h := newPatchHost(t)
	r, _, stderr := h.runner()
	run, _, err := r.Run(t.Context(), []string{"sh", "-c", "echo E: a very long first line >&2; : > /dev/stderr; echo E: last >&2; exit 1"})
	if err != nil || !strings.HasSuffix(stderr.String(), "E: last\n") || !strings.HasSuffix(run.Error, "last") || strings.Contains(stderr.String(), "\x00") {
		t.Errorf("stderr is %q, the error %q, %v", stderr, run.Error, err)
	}
}

func TestAFileThatWasEmptiedIsReadFromItsBeginning(t *testing.T) {
	f, err := scratchFile()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var got bytes.Buffer
	o := &outlet{file: f, to: []io.Writer{&got}}
	for _, text := range []string{"a long first line\n", "short\n", "and more\n"} {
		if text == "short\n" {
			if err := os.Truncate(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), 0); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		o.passOn(make([]byte, 4))
	}
	diff(t, "passed on", "a long first line\nshort\nand more\n", got.String())
}

// A run may write more than fits into memory; what was passed on does not stay there.
func TestWhatWasPassedOnIsForgotten(t *testing.T) {
	f, err := scratchFile()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var got bytes.Buffer
	follower := newFollower()
	follower.add(f, &got)
	follower.start()
	text := bytes.Repeat([]byte("0123456789abcdef"), 4<<20/16)
	for range 2 {
		if _, err := f.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	follower.stop()
	if !bytes.Equal(got.Bytes(), append(text, text...)) {
		t.Errorf("%d bytes came, which are not those that were written", got.Len())
	}
	var stat unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &stat); err != nil || stat.Size != 8<<20 || stat.Blocks*512 > 1<<20 {
		t.Errorf("%d bytes long, %d in memory, %v", stat.Size, stat.Blocks*512, err)
	}
}
