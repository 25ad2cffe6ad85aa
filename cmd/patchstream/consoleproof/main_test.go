package consoleproof

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"
)

var (
	shots  = flag.String("console.shots", "", "directory for a picture of each view")
	update = flag.Bool("update", false, "write the pictures of the README")
)

// patience is how long anything may take that a test waits for.
const patience = 30 * time.Second

// the is the console that all tests look at.
var the *world

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) (code int) {
	dir, err := os.MkdirTemp("", "patchstream-console-")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		the, err = begin(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer the.end()
	return m.Run()
}
