//go:build linux

package apt

import (
	"bufio"
	"fmt"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo terminal.
func terminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = master.Close() })
	return master, slave
}

// onTerminal starts the other process on a terminal of its own.
func (o *other) onTerminal() {
	o.t.Helper()
	master, slave := terminal(o.t)
	o.cmd.Stdin, o.cmd.Stdout, o.cmd.Stderr = slave, slave, slave
	o.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := o.cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	_ = slave.Close()
	o.in, o.out = master, bufio.NewReader(master)
}

func TestATerminalStaysOne(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t)
	script := `for fd in 0 1 2; do [ -t $fd ] && echo "$fd is a terminal"; done; echo "E: and more" >&2; exit 1`
	for _, c := range []struct {
		argv  []string
		want  []string
		error string
	}{
		{[]string{h.fakeApt(script), "update"}, []string{"0 is a terminal", "1 is a terminal", "E: and more"}, "and more"},
		{[]string{"sh", "-c", script}, []string{"0 is a terminal", "1 is a terminal", "2 is a terminal", "E: and more"}, "the command ended with exit code 1"},
	} {
		o := newOther(h, c.argv...)
		o.onTerminal()
		for _, line := range c.want {
			o.expect(line)
		}
		diff(t, "error", c.error, o.ended().Run.Error)
	}
}

func TestATerminalsKeyReachesTheCommandOnce(t *testing.T) {
	t.Parallel()
	h := newPatchHost(t)
	o := newOther(h, "sh", "-c", `n=0; trap 'n=$((n+1)); echo key' INT; trap 'echo "keys: $n"; exit 0' TERM; echo ready; while :; do sleep 0.05; done`)
	o.onTerminal()
	o.expect("ready")
	if _, err := o.in.Write([]byte{3}); err != nil { // Ctrl-C
		t.Fatal(err)
	}
	o.expect("^Ckey")
	// What was passed on of the key came before this.
	if err := o.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	o.expect("keys: 1")
	o.ended()
}
