package rpm

import "strings"

// cause is why a manager did not set out, in one word.
type cause string

const (
	causeUnknown      cause = ""
	causeLock         cause = "lock"         // another process works on the packages
	causePermission   cause = "permission"   // not root
	causeSpace        cause = "space"        // a file system is full
	causeFetch        cause = "fetch"        // a repository or a package could not be fetched
	causeSignature    cause = "signature"    // a package is not signed as its repository wants
	causeConflict     cause = "conflict"     // of files
	causeDependencies cause = "dependencies" // the resolver found no way
)

// causes are the words by which complaints are told apart, in the order in which they are looked for: what could not be
// fetched because the disk is full is a matter of space.
var causes = []struct {
	words string
	cause cause
}{
	{"[Errno 28]", causeSpace}, // ENOSPC, in every language
	{"No space left on device", causeSpace},
	{"database or disk is full", causeSpace},
	{"more space on the ", causeSpace},
	{"more space needed on the ", causeSpace},
	{"superuser privileges", causePermission},
	{"Root privileges are required", causePermission},
	{"Permission denied", causePermission},
	{"already locked by", causeLock},
	{"can't create transaction lock", causeLock},
	{"ailed to obtain the transaction lock", causeLock},
	{"System management is locked", causeLock},
	{"incorrect checksum", causeFetch},
	{"checksum doesn't match", causeFetch},
	{"Failed to download", causeFetch},
	{"Cannot download", causeFetch},
	{"Error downloading packages", causeFetch},
	{"All mirrors were tried", causeFetch},
	{"No more mirrors to try", causeFetch},
	{"Curl error", causeFetch},
	{"Download (curl) error", causeFetch},
	{"not found on medium", causeFetch},
	{"Ignoring repositories", causeFetch},
	{"GPG check FAILED", causeSignature},
	{"is not signed", causeSignature},
	{"ignature verification failed", causeSignature},
	{"OpenPGP check", causeSignature},
	{"Public key for", causeSignature},
	{"conflicts with file from", causeConflict},
	{"conflicts between attempted installs of", causeConflict},
	{"Problem: ", causeDependencies},
	{"nothing provides", causeDependencies},
	{"Failed to resolve the transaction", causeDependencies},
	{"Transaction test error", causeConflict},
}

func causeOf(text string) cause {
	for _, c := range causes {
		if strings.Contains(text, c.words) {
			return c.cause
		}
	}
	return causeUnknown
}

// stage is where a run ends for that cause; empty: before there is anything to do.
func (c cause) stage() string {
	switch c {
	case causeFetch:
		return stageDownload
	case causeSignature:
		return stageVerify
	case causeConflict, causeSpace:
		return stageTest
	case causeDependencies:
		return stageResolve
	}
	return ""
}

// said puts the cause before the manager's own words.
func (c cause) said(text string) string {
	if c == causeUnknown {
		return text
	}
	return string(c) + ": " + text
}
