package apt

import (
	"path"
	"regexp"
	"strings"
)

// cause is why apt did not set out, in one word.
type cause string

const (
	causeUnknown         cause = ""
	causeLock            cause = "lock"            // another process works on the packages
	causePermission      cause = "permission"      // not root
	causeInterrupted     cause = "interrupted"     // dpkg was interrupted earlier
	causeSpace           cause = "space"           // a file system is full
	causeFetch           cause = "fetch"           // an archive or a list could not be fetched
	causeUnauthenticated cause = "unauthenticated" // an archive of a repository that apt does not trust
	causeHeld            cause = "held"            // a held package was asked for, and changing it was not allowed
	causeDependencies    cause = "dependencies"    // apt found no way
)

// causes are the words by which apt's complaints are told apart, in the order in which they are looked for: what
// could not be fetched because the disk is full is a matter of space. Those that are no English stand in every
// language: commands, options, paths, numbers.
var causes = []struct {
	words string
	cause cause
}{
	{"dpkg --configure -a", causeInterrupted},
	{"dpkg was interrupted", causeInterrupted},
	{"(28: ", causeSpace}, // ENOSPC
	{"enough free space", causeSpace},
	{"No space left on device", causeSpace},
	{"Failed to fetch", causeFetch},
	{"Unable to fetch", causeFetch},
	{"index files failed to download", causeFetch},
	{"--fix-missing", causeFetch},
	{"://", causeFetch},
	{" file:/", causeFetch},
	{" copy:/", causeFetch},
	{"are you root?", causePermission},
	{"(13: ", causePermission}, // EACCES
	{"lock-frontend", causeLock},
	{"frontend lock", causeLock}, // dpkg's own word
	{"/archives/lock", causeLock},
	{"/lists/lock", causeLock},
	{"/dpkg/lock", causeLock},
	{"Could not get lock", causeLock},
	{"Unable to lock ", causeLock},
	{"--allow-unauthenticated", causeUnauthenticated},
	{"--allow-change-held-packages", causeHeld},
	{"--fix-broken", causeDependencies},
	{"/cache/apt/archives/.", causeSpace}, // of what can go wrong with it, the lock was looked for before
	{"nauthenticated packages", causeUnauthenticated},
	{"could not be authenticated", causeUnauthenticated},
	{"Held packages were changed", causeHeld},
	{"nmet dependencies", causeDependencies},
	{"held broken packages", causeDependencies},
	{"pkgProblem", causeDependencies}, // a name in apt's source
}

func causeOf(text string) cause {
	for _, c := range causes {
		if strings.Contains(text, c.words) {
			return c.cause
		}
	}
	return causeUnknown
}

// unfetchedURL is an address that a warning in any language says could not be fetched. In warnings of another kind,
// which stop nothing, it is quoted, stands behind a colon, or has one behind it:
//
//	http://deb.example.org/dists/stable/InRelease: Key is stored in legacy trusted.gpg keyring …
//	Skipping acquire of configured file 'main/…' as repository 'http://deb.example.org/ stable InRelease' …
var unfetchedURL = regexp.MustCompile(`(?:^|[^:：\s]\s+)(?:[a-z+]+://|file:/|copy:/|cdrom:)\S*[^\s:：,'"](?:\s|$)`)

func isFetchWarning(text string) bool {
	return strings.Contains(text, "index files failed to download") || unfetchedURL.MatchString(text)
}

// stage is where a run ends for that cause.
func (c cause) stage() string {
	if c == causeFetch || c == causeSpace {
		return stageFetch
	}
	return stagePlan
}

// said puts the cause before apt's own words.
func (c cause) said(text string) string {
	if c == causeUnknown {
		return text
	}
	return string(c) + ": " + text
}

// idle begins a complaint of apt that stops nothing: it had no terminal to give to dpkg.
const idle = "Can not write log ("

// grave returns apt's complaints that may have stopped a run, each once.
func (c *complaints) grave() []string {
	var grave []string
	seen := map[string]bool{}
	for _, text := range c.errors {
		if !strings.HasPrefix(text, idle) && !seen[text] {
			grave = append(grave, text)
			seen[text] = true
		}
	}
	return grave
}

// main returns the complaint that says most: the first whose cause is known, else the last, which is apt's own. Where
// apt has none, it is dpkg's, if its cause is known: else it may be a warning.
func (c *complaints) main() (string, cause) {
	grave := c.grave()
	for _, text := range grave {
		if why := causeOf(text); why != causeUnknown {
			return text, why
		}
	}
	if len(grave) == 0 {
		if why := causeOf(c.dpkg); why != causeUnknown {
			return c.dpkg, why
		}
		return "", causeUnknown
	}
	return grave[len(grave)-1], causeUnknown
}

// fetchURL is the address of an archive in a complaint: "Failed to fetch http://…/libssl3_3.0.22-1%7edeb12u2_amd64.deb  …".
var fetchURL = regexp.MustCompile(`[a-z+]+:\S*\.deb\b`)

// unfetched returns the complaints about archives by the package of the archive, of which there is the first.
func (c *complaints) unfetched() map[packageID]string {
	found := map[packageID]string{}
	for _, text := range c.grave() {
		id, _ := archiveNamed(path.Base(fetchURL.FindString(text)))
		if _, twice := found[id]; id.name != "" && !twice {
			found[id] = text
		}
	}
	return found
}
