package chaos

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// traced are the system calls that can change a file or its name, or say something to a client. One that this
// system does not have is passed over.
const traced = "?open,openat,?creat,write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,sync_file_range,?sync,syncfs," +
	"ftruncate,truncate,fallocate,?rename,renameat,renameat2,?unlink,unlinkat,?rmdir,?mkdir,mkdirat,?link,linkat," +
	"?symlink,symlinkat,copy_file_range,sendfile,splice"

// underStrace returns the command with strace to write down its system calls. The program is our child, strace is
// not; the process has ended when both have.
func underStrace(t *testing.T, trace string, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("strace is needed to see what is synced before it is acknowledged: apt-get install strace")
	}
	const whole = 64 << 20 // no string is cut
	args := []string{"-D", "-f", "-y", "-x", "--seccomp-bpf", "-qq", "-s", strconv.Itoa(whole), "-e", "signal=none", "-e", "trace=" + traced, "-o", trace}
	return exec.Command(strace, append(args, cmd.Args...)...)
}

// call is a system call. The text is as strace prints it: name(arguments) = result; without a result until the
// call has returned.
type call struct {
	thread, text string
	synced       int // of an fsync: how many changes of its file were there when it began
}

func (c *call) name() string {
	name, _, _ := strings.Cut(c.text, "(")
	return name
}

// failed reports whether it did nothing.
func (c *call) failed() bool {
	return strings.Contains(c.text[strings.LastIndex(c.text, ") ")+1:], "= -1 ")
}

// descriptor returns the number of the first argument and what is open there.
func (c *call) descriptor() (number, path string) {
	_, arguments, _ := strings.Cut(c.text, "(")
	number, rest, _ := strings.Cut(arguments, "<")
	path, _, _ = strings.Cut(rest, ">")
	return number, path
}

func (c *call) result() string { return c.text[strings.LastIndex(c.text, " = ")+len(" = "):] }

// opened returns what a call that opens a file returned.
func (c *call) opened() (number, path string) {
	number, rest, _ := strings.Cut(c.result(), "<")
	return number, strings.TrimSuffix(rest, ">")
}

// numbers returns the arguments after the last text.
func (c *call) numbers() (all []int64, err error) {
	after := c.text[strings.LastIndexAny(c.text[:strings.LastIndex(c.text, ")")], "\">]")+1 : strings.LastIndex(c.text, ")")]
	for _, word := range strings.Split(strings.TrimPrefix(after, ", "), ", ") {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("strace wrote %.200q: %w", c.text, err)
		}
		all = append(all, n)
	}
	return all, nil
}

// strings returns the texts among the arguments: a file's new bytes, or names.
func (c *call) strings() (all []string, err error) {
	for rest := c.text; ; {
		start := strings.IndexByte(rest, '"')
		if start < 0 {
			return all, nil
		}
		quoted, err := strconv.QuotedPrefix(rest[start:])
		if err != nil {
			return nil, fmt.Errorf("strace wrote %.200q: %w", c.text, err)
		}
		text, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, fmt.Errorf("strace wrote %.200q: %w", c.text, err)
		}
		all, rest = append(all, text), rest[start+len(quoted):]
	}
}

// readTrace calls begin and end for each call, in the order in which the kernel did: what one thread did after it
// had heard of another's call comes after that call.
func readTrace(file string, begin, end func(*call) error) error {
	f, err := os.Open(filepath.Clean(file))
	if err != nil {
		return err
	}
	defer f.Close()
	const unfinished, resumed = " <unfinished ...>", " resumed>"
	begun := make(map[string]*call) // by thread
	for r := bufio.NewReaderSize(f, 1<<20); ; {
		line, err := r.ReadString('\n')
		if err == io.EOF && line == "" {
			return nil
		}
		if err != nil { // strace ends its last line too
			return fmt.Errorf("read the trace: %w", err)
		}
		thread, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		text = strings.TrimLeft(text, " ")
		c := begun[thread]
		switch {
		case strings.HasPrefix(text, "<... "):
			_, rest, _ := strings.Cut(text, resumed)
			c.text += rest
			delete(begun, thread)
			if strings.HasSuffix(rest, unfinished) {
				return fmt.Errorf("strace wrote %.200q", line)
			}
			if err := end(c); err != nil {
				return err
			}
		case strings.HasPrefix(text, "+++"), strings.HasPrefix(text, "---"):
		default:
			text = strings.TrimSuffix(text, ") = ?") // the process was killed in it
			open := strings.HasSuffix(text, unfinished)
			c := &call{thread: thread, text: strings.TrimSuffix(text, unfinished)}
			if err := begin(c); err != nil {
				return err
			}
			if begun[thread] = c; open {
				continue
			}
			delete(begun, thread)
			if err := end(c); err != nil {
				return err
			}
		}
	}
}
