package explain

import (
	"regexp"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/version"
)

// softwareUpdate is what macOS gets its updates by. It takes labels, which only its own list has.
var softwareUpdate = manager{
	name: "softwareupdate", valid: version.ValidDotted, safe: regexp.MustCompile(``),
	grammar: "no version of macOS", rule: "macOS",
	next:   nextOfMacOS,
	remove: "remove it by hand", target: func(*classify.Item) string { return "" },
	refresh: "softwareupdate --list on the host, and look whether it reaches its update server", asks: "searched for updates",
	source: "the host's list of updates says so of", approved: true,
}

func nextOfMacOS(*classify.Item) string {
	return "softwareupdate --list shows its label, softwareupdate --install LABEL installs it"
}
