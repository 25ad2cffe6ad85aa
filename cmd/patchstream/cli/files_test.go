package cli

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// endless is a file without an end. It counts what was read of it.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.read += int64(len(p))
	return len(p), nil
}

func TestNoMoreIsReadThanAFileMayHold(t *testing.T) {
	t.Parallel()
	const baseline, scan = "testdata/baseline.json", "testdata/scan.json"
	for name, c := range map[string]struct {
		args []string
		most int64
		says string
	}{
		"scan":      {[]string{"classify", "--baseline", baseline, "--scan", "-"}, maxEventsBytes, "more than 64 MiB"},
		"baseline":  {[]string{"classify", "--baseline", "-", "--scan", scan}, maxBaselineBytes, "more than 1 MiB"},
		"settings":  {[]string{"classify", "--baseline", baseline, "--scan", scan, "--settings", "-"}, maxSettingsBytes, "more than 1 MiB"},
		"published": {[]string{"publish", "run", "-"}, maxEventsBytes, "give its events in several"},
		"stored":    {[]string{"baseline", "put", "-"}, maxBaselineBytes, "check that it is the file that is meant"},
	} {
		t.Run(name, func(t *testing.T) {
			stdin := &endless{}
			var stdout, stderr bytes.Buffer
			code := Main(t.Context(), c.args, stdin, &stdout, &stderr)
			result{code, stdout.String(), stderr.String()}.wants(t, exitFailed, stdinName, c.says)
			if stdin.read > c.most+1 {
				t.Errorf("%d bytes were read, the bound is %d", stdin.read, c.most)
			}
		})
	}
}

// A file of a size that no disk has: reading all of it would not end.
// Root may read everything, and is who runs most tests.
func TestAFileThatWeMayNotReadSaysWhatToDo(t *testing.T) {
	t.Parallel()
	err := fileError("scan.json", &fs.PathError{Op: "open", Path: "scan.json", Err: fs.ErrPermission})
	if !errors.Is(err, fs.ErrPermission) || err.Error() != "scan.json: we may not read it (permission denied): run as who may, or change its mode" {
		t.Error(err)
	}
}

func TestAHugeFileIsRefusedByItsBound(t *testing.T) {
	t.Parallel()
	huge := write(t, "huge", "")
	if err := os.Truncate(huge, 1<<40); err != nil {
		t.Fatal(err)
	}
	call(t, "classify", "--baseline", huge, "--scan", "testdata/scan.json").wants(t, exitFailed, huge, "more than 1 MiB")
	call(t, "publish", "scan", huge).wants(t, exitFailed, huge, "more than 64 MiB")
	for _, flag := range []string{"--creds", "--nkey", "--tls-ca"} {
		call(t, "status", flag, huge).wants(t, exitFailed, huge, "more than 1 MiB")
	}
	_, key := newAuthority(t, "ours").leaf("server", 0)
	call(t, "status", "--tls-cert", huge, "--tls-key", key).wants(t, exitFailed, huge, "more than 1 MiB")
	serveWith(t, "--tls-cert", huge, "--tls-key", key).wants(t, exitFailed, huge, "more than 1 MiB")
}

func TestAKeyIsAnOrdinaryFile(t *testing.T) {
	t.Parallel()
	call(t, "status", "--creds", os.DevNull).wants(t, exitFailed, os.DevNull, "no ordinary file", "write it to a file")
	dir := t.TempDir()
	call(t, "status", "--nkey", dir).wants(t, exitFailed, dir, "is a directory")
}

// serveWith runs a server that is to refuse its command line.
func serveWith(t *testing.T, args ...string) result {
	t.Helper()
	store := filepath.Join(t.TempDir(), "store")
	return call(t, append([]string{"serve", "--store", store, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"}, args...)...)
}
