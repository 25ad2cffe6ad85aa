package rpm

import (
	"regexp"
	"strings"
)

// What goes wrong with a package is told by rpm in words that have its name, and by the managers around them:
//
//	error: %prein(acme-pre-1.1-1.noarch) scriptlet failed, exit status 3
//	error: acme-pre-1.1-1.noarch: install failed
//	error: unpacking of archive failed on file /opt/x;6b0a9ccc: cpio: write failed - No space left on device
//	Error in POSTIN scriptlet in rpm package acme-post
//	Package tool-u-1.1-1.x86_64.rpm is not signed
//	  file /opt/x from install of a-1.1-1.noarch conflicts with file from package b-1.0-1.noarch
//	  - nothing provides libmissing.so.1()(64bit) needed by needs-missing-2.0-1.el9.x86_64
//
// The words are in the user's language where there is a translation; the script's name, the brackets and the package's are not.

// trouble is what is told to have gone wrong with one package.
type trouble struct {
	nevra         // arch and evr are empty where only the name is told
	stage  string // empty: not told
	text   string
	weight int // of several about one package the one that says most is reported
}

// How much a trouble says.
const (
	weightTail   = iota // that it failed
	weightName          // and where, of a name alone
	weightReason        // and why
	weightWords         // and what the script itself said
)

// script is rpm's own word of a script that failed, in any language.
var script = regexp.MustCompile(`%([a-z]+)\(([^()\s]+)\)`)

// scriptOf is dnf's: "Error in PREIN scriptlet in rpm package NAME", "Non-critical error in %post scriptlet: NEVRA".
var scriptOf = regexp.MustCompile(`rror in (\S+) scriptlet(?: in rpm package |: | ")([^\s"]+)`)

// sentences tell of a package that the manager could not go on with. The first group is the package's name and version.
var sentences = []struct {
	re    *regexp.Regexp
	stage string
}{
	{regexp.MustCompile(`Package (\S+) is not signed`), stageVerify},
	{regexp.MustCompile(`Public key for (\S+) is not installed`), stageVerify},
	{regexp.MustCompile(`OpenPGP check for package "([^"]+)".* has failed`), stageVerify},
	{regexp.MustCompile(`Package "([^"]+)" .*has incorrect checksum`), stageVerify},
	{regexp.MustCompile(`from install of (\S+) conflicts with file`), stageTest},
	{regexp.MustCompile(`conflicts between attempted installs of (\S+) and`), stageTest},
	{regexp.MustCompile(`installing package (\S+) needs`), stageTest},
	{regexp.MustCompile(`nothing provides .* needed by (?:the to be installed )?(\S+)`), stageResolve},
	{regexp.MustCompile(`the to be installed (\S+) requires`), stageResolve},
	{regexp.MustCompile(`- package (\S+) (?:from \S+ )?requires `), stageResolve},
	{regexp.MustCompile(`(\S+\.rpm): .*(?:[Dd]ownload|No more mirrors)`), stageDownload},
	{regexp.MustCompile(`^\s*(\S+): Cannot download`), stageDownload},
}

// best is dnf's word of a package that it cannot bring to its best version: the package is the one that is installed.
var best = regexp.MustCompile(`cannot install the best (?:update )?candidate for package (\S+)`)

// unpacked is dnf's word of a package whose files could not be put in place.
var unpacked = regexp.MustCompile(`Error unpacking rpm package (\S+)`)

// unpacking comes before the line that names the package.
var unpacking = regexp.MustCompile(`^[^:]+: (unpacking of archive failed.*)`)

// ending is what rpm says last of a package, behind its own label.
var ending = regexp.MustCompile(`^(?:[^:\s]+: )?([^:\s]+(?:\d+:)?[^:\s]*): (.*(?:install failed|erase failed|install skipped))$`)

// zyppEnding is what zypper's log says of one.
var zyppEnding = regexp.MustCompile(`^\d{4}-\d\d-\d\d \S+ (\S+\.rpm) (install failed|remove failed)$`)

// troubleIn returns what a line tells of a package. before is what stood in the line before it, which may be the script's
// own last word.
func troubleIn(line, before string) (trouble, bool) {
	if m := script.FindStringSubmatch(line); m != nil {
		if stage, known := scriptStage(m[1]); known {
			if n, ok := parseNEVRA(m[2]); ok && before != "" {
				return trouble{n, stage, cutLabel(line) + ": " + before, weightWords}, true
			} else if ok {
				return trouble{n, stage, cutLabel(line), weightReason}, true
			}
		}
	}
	if m := scriptOf.FindStringSubmatch(line); m != nil {
		return scriptTrouble(m[1], m[2], line)
	}
	for _, s := range sentences {
		if m := s.re.FindStringSubmatch(line); m != nil {
			if n, ok := parseNEVRA(m[1]); ok {
				return trouble{n, s.stage, strings.TrimLeft(cutLabel(line), " -"), weightReason}, true
			}
		}
	}
	if m := unpacked.FindStringSubmatch(line); m != nil {
		if n, ok := parseNEVRA(m[1]); ok {
			return trouble{n, stageUnpack, line, weightName}, true
		}
	}
	if m := best.FindStringSubmatch(line); m != nil {
		if n, ok := parseNEVRA(m[1]); ok {
			n.evr = ""
			return trouble{n, stageResolve, strings.TrimSpace(line), weightName}, true
		}
	}
	return endingIn(line)
}

func scriptTrouble(word, named, line string) (trouble, bool) {
	stage, known := scriptStage(word)
	n, whole := parseNEVRA(named)
	if !known || !whole && !legalName(named) {
		return trouble{}, false
	}
	if !whole {
		n = nevra{nameArch: nameArch{name: named}}
	}
	return trouble{n, stage, strings.TrimSpace(line), weightName}, true
}

// endingIn reads what is said last of a package. One that was only skipped has its reason elsewhere.
func endingIn(line string) (trouble, bool) {
	m := zyppEnding.FindStringSubmatch(line)
	if m == nil {
		m = ending.FindStringSubmatch(line)
	}
	if m == nil {
		return trouble{}, false
	}
	n, ok := parseNEVRA(m[1])
	t := trouble{nevra: n, text: m[2], weight: weightTail}
	if strings.Contains(m[2], "erase") || strings.Contains(m[2], "remove") {
		t.stage = stagePreun
	}
	return t, ok
}

// cutLabel takes rpm's label away: "error: ", "warning: ", in any language.
func cutLabel(line string) string {
	label, text, found := strings.Cut(line, ": ")
	if found && !strings.ContainsAny(label, " \t%(\"") && label != "" {
		return text
	}
	return line
}
