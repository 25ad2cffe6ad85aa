package console

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/patchstream/patchstream/messages"
)

// knowsURL is the hosts that have anything to say of a patch.
func knowsURL(patch string) string { return address("/", url.Values{"knows": {patch}}) }

// versionURL is the hosts that have a version of a package.
func versionURL(patch, version string) string {
	return address("/", url.Values{"package": {patch}, "version": {version}})
}

// noticeURL is the patches that an update notice, or a CVE, is about.
func noticeURL(id string) string { return address("/packages", url.Values{"notice": {id}}) }

// countedChip is a state with the number of hosts on which a patch is in it.
func countedChip(states map[messages.State]int, s messages.State) chip {
	c := stateChip(s)
	c.Word += " " + count(states[s])
	return c
}

// percent is a share of a whole, for a bar.
func percent(part, whole int) int {
	if whole <= 0 {
		return 0
	}
	return max(1, part*100/whole)
}

// baselineHosts is the hosts of a status that a baseline judges.
func baselineHosts(id string, s messages.HostStatus) string {
	return address("/", url.Values{"baseline": {id}, "status": {string(s)}})
}

// revisionURL is a baseline as it was stored once.
func revisionURL(id string, revision uint64) string {
	return baselineURL(id) + "?revision=" + strconv.FormatUint(revision, 10)
}

// countedStatusChip is a status with the number of hosts that have it.
func countedStatusChip(s countedStatus) chip {
	c := statusChip(s.Status)
	c.Word += " " + count(s.Hosts)
	return c
}

// changesURL is the newest changes that are asked for.
func changesURL(asked url.Values) string { return address("/changes", asked) }

// bytesOf writes a size for people.
func bytesOf(n uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	size, at := float64(n), 0
	for size >= 1024 && at < len(units)-1 {
		size, at = size/1024, at+1
	}
	if at == 0 || size >= 100 {
		return fmt.Sprintf("%.0f %s", size, units[at])
	}
	return fmt.Sprintf("%.1f %s", size, units[at])
}
