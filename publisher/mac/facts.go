package mac

import (
	"bufio"
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/patchstream/patchstream/publisher/host"
)

// sw_vers tells of macOS itself; the third line only where a security response is installed:
//
//	ProductName:            macOS
//	ProductVersion:         26.3.1
//	ProductVersionExtra:    (a)
//	BuildVersion:           25D2128
type product struct{ version, build string }

func parseSwVers(text []byte) product {
	var r product
	var extra string
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ":")
		switch value = clean(value); strings.TrimSpace(key) {
		case "ProductVersion":
			r.version = value
		case "ProductVersionExtra":
			extra = value
		case "BuildVersion":
			r.build = value
		}
	}
	if r.version != "" && extra != "" {
		r.version += " " + extra
	}
	return r
}

// sysctl -n kern.boottime:
//
//	{ sec = 1763610180, usec = 512311 } Thu Nov 20 03:43:00 2026
var bootSeconds = regexp.MustCompile(`\bsec\s*=\s*(\d{1,12})\b`)

func parseBootTime(text []byte) time.Time {
	m := bootSeconds.FindSubmatch(text)
	if m == nil {
		return time.Time{}
	}
	seconds, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return host.KnownTime(time.Unix(seconds, 0))
}

// word returns the first word of a text.
func word(text []byte) string {
	fields := strings.Fields(string(text))
	if len(fields) == 0 {
		return ""
	}
	return strings.ToValidUTF8(fields[0], "\uFFFD")
}
