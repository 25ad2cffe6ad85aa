package apt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/patchstream/patchstream/publisher/host"
)

// stamp notes the state of everything a scan rests on: dpkg's database, and apt's lists with what they are
// links to. Two stamps that are equal have the same facts between them.
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
		path := filepath.Join(s.lists, entry.Name())
		found, err := states.Note(path)
		if err != nil {
			return nil, err
		}
		if !found && entry.Type()&fs.ModeSymlink != 0 {
			return nil, fmt.Errorf("%s is a link that leads nowhere: of a repository on the root's own disk (file:) apt keeps links, and they hold only inside the root", path)
		}
	}
	return states, nil
}
