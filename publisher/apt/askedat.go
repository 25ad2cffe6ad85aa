package apt

import (
	"os"
	"path/filepath"
	"time"

	"github.com/patchstream/patchstream/publisher/host"
)

// When the lists were last asked for with an answer is nowhere written down. Measured with apt 2.6:
//
//   - a list's own date is the server's;
//   - the directory of the lists gets our date when a list is put into it, which is when all of an archive was fetched
//     and found right; a fetch that fails (no network, 404, a bad signature, a wrong checksum, a Release file that has
//     expired) leaves it (apt 2.2 takes an expired Release file over, whose own date tells);
//   - the directory partial within gets it when anything is fetched, be it refused, so it proves no more than the
//     former, and where it is the newer one, the last update failed;
//   - an update in which nothing was new leaves the dates of both, and moves only their change times, as does one
//     that fails;
//   - Ubuntu's and unattended-upgrades' hooks touch periodic/update-success-stamp after each update in which not all
//     failed.
//
// So the newer of the first directory's date and the stamp's is when apt last had an answer, or was told of one.

// askedAt returns when the lists were last asked for and not in vain, zero where nothing tells. Where no index was
// read, the date of the directory is that of their removal. A date that a clock which was ahead has left does not hide
// the other one; where it is all there is, it is given, for those who judge it.
func askedAt(s *settings, read bool, now time.Time) time.Time {
	stamp := dateOf(filepath.Join(s.state, "periodic", "update-success-stamp"))
	if !read {
		return stamp
	}
	lists := dateOf(s.lists)
	newer, older := stamp, lists
	if lists.After(stamp) {
		newer, older = lists, stamp
	}
	if newer.After(now.Add(clockAhead)) && !older.IsZero() {
		return older
	}
	return newer
}

// clockAhead is how far a date may be ahead of the scan, as the rules have it (classification.md, section 1).
const clockAhead = 24 * time.Hour

func dateOf(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return host.KnownTime(info.ModTime())
}
