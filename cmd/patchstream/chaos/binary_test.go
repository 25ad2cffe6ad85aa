package chaos

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var withRace = flag.Bool("chaos.race", false, "build the program with the race detector")

// binaryDir is where the program is built; TestMain removes it.
var binaryDir string

func TestMain(m *testing.M) {
	if config := os.Getenv(memberEnv); config != "" {
		if err := beMember(config); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	os.Exit(withBinaryDir(m))
}

func withBinaryDir(m *testing.M) int {
	dir, err := os.MkdirTemp("", "patchstream-chaos-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	binaryDir = dir
	return m.Run()
}

// binary builds the program at the first call and returns its path.
var binary = sync.OnceValue(func() string { return build("patchstream") })

// crashing is the program with its crash points.
var crashing = sync.OnceValue(func() string { return build("patchstream-crashing", "-tags", "crashpoints") })

func build(name string, flags ...string) string {
	noteSources()
	path := filepath.Join(binaryDir, name)
	args := append([]string{"build", "-o", path}, flags...)
	if *withRace {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "..")...).CombinedOutput(); err != nil {
		panic(string(out))
	}
	return path
}

// noteSources looks at every directory of the module, so that the result of this test, which go would otherwise
// take from its cache, is of the program as it is now.
func noteSources() {
	_ = filepath.WalkDir(filepath.Join("..", "..", ".."), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		return nil
	})
}
