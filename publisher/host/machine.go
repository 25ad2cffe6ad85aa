package host

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// /etc/machine-id names an installation, 32 lower-case hex digits in a line, made when it first boots:
//
//	8e9c1a37f3b64e3c9ad8b1f0c2d4e6a1
//
// machine-id(5) asks not to give it away. So what is told is a hash of it that nothing else uses:
//
//	printf 'patchstream:%s' "$(cat /etc/machine-id)" | sha256sum | cut -c1-32

// Machine returns an opaque id of the machine whose root this is, the same in all that is reported of it, whoever
// does. It is empty where the root has no id yet, as an image has none.
func (r *Root) Machine() string {
	for _, name := range []string{"etc/machine-id", "var/lib/dbus/machine-id"} {
		if id := r.Word(name); isMachineID(id) {
			return MachineOf(id)
		}
	}
	return ""
}

// MachineOf returns the opaque id of the machine whose own, secret one is given: the machine-id, or what another system has
// in its place. Of none it is none.
func MachineOf(id string) string {
	if id == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("patchstream:" + id))
	return hex.EncodeToString(sum[:16])
}

// isMachineID leaves out "uninitialized", and an id of zeros.
func isMachineID(id string) bool {
	return len(id) == 32 && strings.Trim(id, "0123456789abcdef") == "" && strings.Trim(id, "0") != ""
}
