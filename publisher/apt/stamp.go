package apt

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/patchstream/patchstream/publisher/host"
)

// stamp notes the state of everything a scan rests on: dpkg's database, and apt's lists with what they are
// links to. Two stamps that are equal have the same facts between them. A link that leads nowhere has no facts: it may
// be of a repository that is configured no more.
func stamp(s *settings) (host.FileStates, error) {
	states := host.FileStates{}
	if _, err := states.Note(s.status); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(s.lists)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		_, _ = states.Note(filepath.Join(s.lists, entry.Name())) // one that cannot be followed is no list, or reading it says so
	}
	return states, nil
}
