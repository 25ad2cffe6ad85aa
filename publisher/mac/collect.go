package mac

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strconv"
	"time"

	"github.com/patchstream/patchstream/publisher/host"
)

// listTimeout bounds softwareupdate, which answers from the last search's data.
const listTimeout = 2 * time.Minute

// factTimeout bounds the tools that only look something up.
const factTimeout = 20 * time.Second

// Collect asks the tools of the Mac that it runs on. No search for updates is begun: softwareupdate answers from the last one, whose
// age is in the scan. The error is the context's where it ended, and that of a machine without sw_vers, which is no Mac; any
// other tool that fails makes a scan that is not complete.
func Collect(ctx context.Context, now func() time.Time) (*Dump, error) {
	files := map[string][]byte{fileTakenAt: []byte(now().UTC().Format(time.RFC3339))}
	for name, argv := range map[string][]string{
		fileSwVers:      {"sw_vers"},
		fileArch:        {"uname", "-m"},
		fileBootTime:    {"sysctl", "-n", "kern.boottime"},
		fileBootSession: {"sysctl", "-n", "kern.bootsessionuuid"},
		fileMachine:     {"ioreg", "-rd1", "-c", "IOPlatformExpertDevice"},
	} {
		text, err := ask(ctx, factTimeout, argv...)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil && (name == fileSwVers || name == fileArch) {
			return nil, err
		}
		if err == nil {
			files[name] = text
		}
	}
	files[fileMachine] = platformUUID(files[fileMachine])
	if err := askForUpdates(ctx, files); err != nil {
		return nil, err
	}
	if err := readInstalled(files); err != nil {
		return nil, err
	}
	return newDump(files)
}

var uuidLine = regexp.MustCompile(`"IOPlatformUUID"\s*=\s*"([0-9A-Fa-f-]{36})"`)

func platformUUID(text []byte) []byte {
	if m := uuidLine.FindSubmatch(text); m != nil {
		return m[1]
	}
	return nil
}

// ask returns what a tool writes to stdout.
func ask(ctx context.Context, timeout time.Duration, argv ...string) ([]byte, error) {
	var said []byte
	tool := host.Tool{Name: argv[0], Args: argv[1:], Timeout: timeout}
	err := tool.Run(ctx, func(r io.Reader) (err error) {
		said, err = io.ReadAll(io.LimitReader(r, maxPlistBytes))
		return err
	})
	return said, err
}

// askForUpdates keeps what softwareupdate writes to stdout and to stderr: its list may come on either.
func askForUpdates(ctx context.Context, files map[string][]byte) error {
	var stdout, stderr bytes.Buffer
	tool := host.Tool{
		Name: "softwareupdate", Args: []string{"--list", "--no-scan"}, Timeout: listTimeout,
		Hear: func(line string) {
			if stderr.Len() < maxPlistBytes {
				stderr.WriteString(line + "\n")
			}
		},
	}
	err := tool.Run(ctx, func(r io.Reader) error {
		_, err := io.Copy(&stdout, io.LimitReader(r, maxPlistBytes))
		return err
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	files[fileList] = append(append(stdout.Bytes(), '\n'), stderr.Bytes()...)
	var exit *host.ExitError
	switch {
	case errors.As(err, &exit):
		files[fileListCode] = []byte(strconv.Itoa(exit.Code))
	case err != nil:
		files[fileList], files[fileListCode] = []byte(err.Error()), []byte("-1")
	}
	return nil
}

// readInstalled reads the files of this Mac that tell what is installed. One that is not there is missed by the scan.
func readInstalled(files map[string][]byte) error {
	root, err := host.OpenRoot("/")
	if err != nil {
		return err
	}
	defer root.Close()
	for name, path := range map[string]string{
		fileHistory:     "Library/Receipts/InstallHistory.plist",
		filePreferences: "Library/Preferences/com.apple.SoftwareUpdate.plist",
	} {
		text, err := readFile(root, path)
		switch {
		case err == nil:
			files[name] = text
		case !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("/%s: %w", path, err)
		}
	}
	return nil
}
