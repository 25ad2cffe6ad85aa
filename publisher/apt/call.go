package apt

import (
	"path/filepath"

	"github.com/patchstream/patchstream/publisher/host"
)

// aptConfig is the variable that names the file which apt reads first.
const aptConfig = "APT_CONFIG"

// apts are the commands that take a status descriptor.
var apts = host.Manager{Is: isApt, Variable: aptConfig}

// isApt tells whether a command is one of apts.
func isApt(argv []string) bool {
	if len(argv) == 0 {
		return false
	}
	name := filepath.Base(argv[0])
	return name == "apt-get" || name == "apt"
}

// Calls tells whether a command line calls apt-get or apt, be it behind sudo, env and the like.
func Calls(argv, env []string) bool { return apts.Find(argv, env).Argv != nil }

// takesStatus tells whether apt can be given a descriptor for its status.
func takesStatus(c *host.Call) bool {
	return c.Argv != nil && c.At >= 0 && !c.Closed && !hasStatusFd(c.Argv)
}
