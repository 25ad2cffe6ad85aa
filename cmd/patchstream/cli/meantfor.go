package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
)

// forRoles says for whom the commands are that talk to NATS, as docs/security.md does; what is said of "baseline" holds for all below it that
// have no line of their own.
var forRoles = map[string][]auth.Role{
	"status": asks, "patches": asks, "explain": asks, "history": asks, "watch": asks, "audit": asks, "compare aws": asks, "classify": asks,
	"host list": asks, "host show": asks, "group list": asks, "override list": asks, "settings get": asks,
	"baseline list": asks, "baseline get": asks, "baseline log": asks, "baseline diff": asks, "baseline preview": asks,

	"baseline": decides, "host": decides, "override": decides, "settings": decides, "recheck": decides, "dead-letters": decides, "api": decides,

	"scan": {auth.Host}, "run": {auth.Host}, "spool flush": {auth.Host},
	"publish": {auth.Host, auth.Operator}, "publish override": decides,
	"worker": {auth.Worker},
}

var (
	asks    = []auth.Role{auth.Viewer, auth.Operator}
	decides = []auth.Role{auth.Operator}
)

// meantFor says for whom a command is as it is called.
func meantFor(cmd *cobra.Command) []auth.Role {
	given := cmd.Flags().Changed
	_, path, _ := strings.Cut(cmd.CommandPath(), " ")
	switch {
	case path != "watch":
	case given("create"), given("remove"), given("list"):
		return decides
	case given("durable"):
		return []auth.Role{auth.Reader, auth.Operator}
	}
	if roles, known := forRoles[path]; known {
		return roles
	}
	group, _, _ := strings.Cut(path, " ")
	return forRoles[group]
}
