//go:build linux

package apt

import (
	"bytes"
	"strings"
	"testing"
)

func TestOutputIsPassedOnWhole(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	h := newPatchHost(t)
	r, _, stderr := h.runner()
	run, _, err := r.Run(t.Context(), []string{"sh", "-c", "echo E: a very long first line >&2; : > /dev/stderr; echo E: last >&2; exit 1"})
	if err != nil || !strings.HasSuffix(stderr.String(), "E: last\n") || !strings.HasSuffix(run.Error, "last") || strings.Contains(stderr.String(), "\x00") {
		t.Errorf("stderr is %q, the error %q, %v", stderr, run.Error, err)
	}
}
