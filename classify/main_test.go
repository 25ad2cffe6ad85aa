package classify

import (
	"flag"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestMain has properties tried more often than is rapid's habit; -rapid.checks still has the last word.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "1000"); err != nil {
		panic(err)
	}
	m.Run()
}
