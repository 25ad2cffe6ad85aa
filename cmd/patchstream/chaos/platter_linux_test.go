package chaos

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// platter is what a disk holds of a directory, as far as the system calls tell: what was synced, and what may be
// lost when the power fails.
//
// Contents are lost by the write, names in their order: what a journal writes. Syncing a file puts its content and
// its name on the disk, as ext4, XFS and Btrfs do it; POSIX alone wants the directory synced for the name, which
// nats-server does for some files only.
type platter struct {
	root  string
	files map[string]*file // by path, as the process sees it

	names  []naming
	synced int // so many of the names are on the disk

	positions map[string]int64 // of what is open, by descriptor
	always    map[string]bool  // descriptors that sync each write
}

// file is a file or a directory.
type file struct {
	dir     bool
	content []byte // what was synced
	changes []change
	named   int // how many names there were after its last one
}

// change is a write that was not synced yet; without bytes the file was cut there.
type change struct {
	at    int64
	bytes []byte
}

// naming makes a name, takes one away, or both.
type naming struct {
	from, to string
	file     *file
}

func newPlatter(root string) *platter {
	return &platter{root: root, files: make(map[string]*file), positions: make(map[string]int64), always: make(map[string]bool)}
}

func (p *platter) begin(c *call) error {
	if name := c.name(); name == "fsync" || name == "fdatasync" {
		if _, path := c.descriptor(); p.files[path] != nil {
			c.synced = len(p.files[path].changes)
		}
	}
	return nil
}

func (p *platter) end(c *call) error {
	name := c.name()
	switch name {
	case "openat":
		return p.open(c)
	case "write", "pwrite64", "fsync", "fdatasync", "ftruncate":
		if _, path := c.descriptor(); c.failed() || !p.holds(path) && path != p.root {
			return nil
		}
		return p.change(c)
	}
	if c.failed() || !strings.Contains(c.text, p.root) {
		return nil
	}
	texts, err := c.strings()
	switch {
	case err != nil:
		return err
	case name == "mkdir" || name == "mkdirat":
		p.name(naming{to: texts[0], file: &file{dir: true}})
	case name == "unlink" || name == "unlinkat" || name == "rmdir":
		p.name(naming{from: texts[0], file: p.files[texts[0]]})
	case name == "rename" || name == "renameat" || name == "renameat2":
		p.name(naming{from: texts[0], to: texts[1], file: p.files[texts[0]]})
	default:
		return fmt.Errorf("what does this to the disk? %.200s", c.text)
	}
	return nil
}

// holds reports whether a path is below the root; what was removed is not.
func (p *platter) holds(path string) bool {
	return strings.HasPrefix(path, p.root+"/") && !strings.HasSuffix(path, " (deleted)")
}

func (p *platter) open(c *call) error {
	number, path := c.opened()
	if c.failed() || !p.holds(path) {
		return nil
	}
	p.positions[number] = 0
	p.always[number] = strings.Contains(c.text, "O_SYNC") || strings.Contains(c.text, "O_DSYNC")
	f := p.files[path]
	if f == nil {
		f = &file{dir: strings.Contains(c.text, "O_DIRECTORY")}
		if !strings.Contains(c.text, "O_CREAT") {
			return fmt.Errorf("nothing made what this opens: %.200s", c.text)
		}
		p.name(naming{to: path, file: f})
	}
	if strings.Contains(c.text, "O_TRUNC") {
		f.changes = append(f.changes, change{})
	}
	return nil
}

func (p *platter) name(n naming) {
	if n.to == p.root || n.file == nil { // a file that was gone before, such as one that cannot be removed twice
		return
	}
	p.names = append(p.names, n)
	n.file.named = len(p.names)
	n.do(p.files)
}

// do renames in a map of files by path.
func (n naming) do(files map[string]*file) {
	if n.from != "" && n.to != "" && n.file.dir {
		for path, f := range files {
			if below, ok := strings.CutPrefix(path, n.from+"/"); ok {
				delete(files, path)
				files[n.to+"/"+below] = f
			}
		}
	}
	delete(files, n.from)
	if n.to != "" {
		files[n.to] = n.file
	}
}

// change is of what is open.
func (p *platter) change(c *call) error {
	number, path := c.descriptor()
	f := p.files[path]
	if path == p.root {
		f = &file{dir: true}
	}
	if f == nil {
		return fmt.Errorf("nothing made what this changes: %.200s", c.text)
	}
	if name := c.name(); name == "fsync" || name == "fdatasync" {
		p.sync(f, path, c.synced)
		return nil
	}
	numbers, err := c.numbers()
	if err != nil {
		return err
	}
	if c.name() == "ftruncate" {
		f.changes = append(f.changes, change{at: numbers[0]})
		return nil
	}
	texts, err := c.strings()
	if err != nil {
		return err
	}
	if len(texts) != 1 || c.result() != strconv.Itoa(len(texts[0])) {
		return fmt.Errorf("not all was written: %.200s … %s", c.text, c.result())
	}
	at := p.positions[number]
	if c.name() == "pwrite64" {
		at = numbers[1]
	} else {
		p.positions[number] += int64(len(texts[0]))
	}
	f.changes = append(f.changes, change{at, []byte(texts[0])})
	if p.always[number] {
		p.sync(f, path, len(f.changes))
	}
	return nil
}

// sync puts the first changes of a file, and its name, on the disk.
func (p *platter) sync(f *file, path string, changes int) {
	for _, c := range f.changes[:changes] {
		f.content = c.on(f.content)
	}
	f.changes = slices.Delete(f.changes, 0, changes)
	p.synced = max(p.synced, f.named)
	if f.dir {
		p.synced = max(p.synced, p.lastIn(path))
	}
}

// lastIn returns how many names there were after the last one in a directory.
func (p *platter) lastIn(dir string) int {
	for i := len(p.names); i > p.synced; i-- {
		if n := p.names[i-1]; filepath.Dir(n.from) == dir || filepath.Dir(n.to) == dir {
			return i
		}
	}
	return 0
}

func (c change) on(content []byte) []byte {
	if c.bytes == nil {
		return append(slices.Clone(content[:min(int64(len(content)), c.at)]), make([]byte, max(0, c.at-int64(len(content))))...)
	}
	if short := c.at + int64(len(c.bytes)) - int64(len(content)); short > 0 {
		content = append(content, make([]byte, short)...)
	}
	copy(content[c.at:], c.bytes)
	return content
}

// fate decides what becomes of what was not synced.
type fate func() (names int, changes func(change) []change)

// lost: all of it is gone.
func (p *platter) lost() (int, func(change) []change) {
	return p.synced, func(change) []change { return nil }
}

// written: all of it is on the disk.
func (p *platter) written() (int, func(change) []change) {
	return len(p.names), func(c change) []change { return []change{c} }
}

// torn: names up to one of them; of each write all, nothing, or only some of its sectors.
func (p *platter) torn(dice *rand.Rand) fate {
	const sector = 512
	return func() (int, func(change) []change) {
		return p.synced + dice.IntN(len(p.names)-p.synced+1), func(c change) (kept []change) {
			roll := dice.IntN(3)
			if roll == 0 || len(c.bytes) == 0 && roll == 1 {
				return nil
			}
			if roll == 1 || len(c.bytes) == 0 {
				return []change{c}
			}
			for from := 0; from < len(c.bytes); from += sector {
				if dice.IntN(2) == 0 {
					kept = append(kept, change{c.at + int64(from), c.bytes[from:min(from+sector, len(c.bytes))]})
				}
			}
			return kept
		}
	}
}

// image returns the files, by path below the root, as they are found when the power is back. Directories are nil.
func (p *platter) image(f fate) map[string][]byte {
	count, kept := f()
	files := make(map[string]*file)
	for _, n := range p.names[:count] {
		n.do(files)
	}
	image := make(map[string][]byte)
	for path, f := range files {
		name := strings.TrimPrefix(path, p.root+"/")
		if f.dir {
			image[name] = nil
			continue
		}
		content := append([]byte{}, f.content...)
		for _, c := range f.changes {
			for _, k := range kept(c) {
				content = k.on(content)
			}
		}
		image[name] = content
	}
	return image
}

// burn makes the files of an image.
func burn(dir string, image map[string][]byte) error {
	for name, content := range image {
		path := filepath.Join(dir, name)
		above := path
		if content != nil {
			above = filepath.Dir(path)
		}
		if err := os.MkdirAll(above, 0o700); err != nil {
			return err
		}
		if content != nil {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}
