package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// toolDirs are where the tools that we ask are looked for: where packages put them. Never where the caller's PATH
// says, which may name a directory of anybody's, and not /usr/local, whose programs of the same name (a wrapper of
// apt) may do otherwise.
const toolDirs = "/usr/sbin:/usr/bin:/sbin:/bin"

// FindTool returns the path of a tool. The error of one that is not there matches [exec.ErrNotFound].
func FindTool(name string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	for _, dir := range strings.Split(toolDirs, ":") {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}
