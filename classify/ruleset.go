package classify

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"sync"
)

// source is that of the rules themselves: what is kept of a report is kept only by the very rules that made it, and nobody has
// to remember to say that they changed.
//
//go:embed *.go baseline/*.go version/*.go
var source embed.FS

// ruleset is the fingerprint of the rules.
var ruleset = sync.OnceValue(func() string {
	sum := sha256.New()
	err := fs.WalkDir(source, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := source.ReadFile(path)
		sum.Write([]byte(path))
		sum.Write(text)
		return err
	})
	if err != nil {
		panic(err) // what is built in can be read
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
})
