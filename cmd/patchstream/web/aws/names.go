package aws

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// longID is an id that AWS's clients send: they refuse shorter ones.
var longID = regexp.MustCompile(`^[a-zA-Z0-9_\-:/]{20,128}$`)

// noBaseline is shown where a baseline is asked for and none applies.
const noBaseline = "pb-00000000000000000"

// BaselineID is the id under which a baseline is shown: its own where AWS's clients take it, else one in AWS's form that is made of it.
func BaselineID(id string) string {
	switch {
	case id == "":
		return noBaseline
	case longID.MatchString(id) && baseline.Builtin(id) == nil:
		return id
	}
	return idOf(id)
}

// idOf makes an id in AWS's form of a text.
func idOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "pb-" + hex.EncodeToString(sum[:])[:17]
}

// words are the states as the service writes them, which is not as its model does.
var words = map[messages.State]types.PatchComplianceDataState{
	messages.Installed:               "Installed",
	messages.InstalledOther:          "InstalledOther",
	messages.InstalledPendingReboot:  "InstalledPendingReboot",
	messages.InstalledRejected:       "InstalledRejected",
	messages.Missing:                 "Missing",
	messages.Failed:                  "Failed",
	messages.NotApplicable:           "NotApplicable",
	messages.AvailableSecurityUpdate: "AvailableSecurityUpdate",
}

// stateOf reads a state in any spelling: Installed_Other, INSTALLEDOTHER.
func stateOf(text string) (messages.State, bool) {
	plain := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }
	for state := range words {
		if plain(string(state)) == plain(text) {
			return state, true
		}
	}
	return "", false
}

// titleOf is the title of a patch: on Windows, where a KB has no version, its number alone.
func titleOf(i *messages.Item) string {
	version := i.Version
	if version == "" {
		version = i.Installed
	}
	if version == "" || strings.HasPrefix(i.Patch, "KB") && i.Arch == "" {
		return i.Patch
	}
	return i.Patch + ":" + version
}

// severityOf is a level; of none UNSPECIFIED, as AWS has it.
func severityOf(l messages.Level) types.ComplianceSeverity {
	if l == "" {
		return types.ComplianceSeverityUnspecified
	}
	return types.ComplianceSeverity(l)
}
