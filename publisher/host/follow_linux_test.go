package host

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAFileThatWasEmptiedIsReadFromItsBeginning(t *testing.T) {
	f, err := memoryFile()
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
	f, err := memoryFile()
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
