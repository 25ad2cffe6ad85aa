package pack

import (
	"fmt"
	"strings"
)

// Method is a way to compress.
type Method int

// The methods that are read. Written are only the first two.
const (
	Identity Method = iota // as it is
	Zstd                   // frames, one or several (RFC 8878)
	S2                     // a block, or a stream of s2 or Snappy
)

const (
	zstdName = "zstd"
	s2Name   = "s2"
)

// ParseMethod returns the method of a header Content-Encoding, whatever its case.
func ParseMethod(contentEncoding string) (Method, error) {
	switch strings.ToLower(strings.TrimSpace(contentEncoding)) {
	case "", "identity":
		return Identity, nil
	case zstdName:
		return Zstd, nil
	case s2Name:
		return S2, nil
	}
	return 0, fmt.Errorf("%.64q is neither %s nor %s", contentEncoding, zstdName, s2Name)
}
