package mac

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// Scan returns what the dump says of the Mac's updates, without Host, Tags and Hash. Its ID is made of the dump, so that the
// same one is never two scans.
func (d *Dump) Scan() *messages.Scan {
	swVers := parseSwVers(d.files[fileSwVers])
	base, _, _ := strings.Cut(swVers.version, " ")
	s := &messages.Scan{
		ID: "mac-" + d.sum(), TakenAt: d.TakenAt, Machine: host.MachineOf(word(d.files[fileMachine])),
		OS:     messages.OS{System: messages.SystemMacOS, Product: "macOS" + base, Version: swVers.version, Arch: word(d.files[fileArch])},
		BootID: bootID(d.files[fileBootSession]), BootedAt: parseBootTime(d.files[fileBootTime]),
	}
	if s.BootedAt.After(s.TakenAt) {
		s.BootedAt = time.Time{}
	}
	err := d.fill(s, swVers.version)
	if err == nil {
		s.Complete = true
		err = publishable(s)
	}
	if err != nil {
		s.Complete, s.Error, s.Packages, s.IndexAt = false, host.Shorten(err.Error()), nil, time.Time{}
	}
	return s
}

// publishable returns why the contract does not allow a scan, under any host's name.
func publishable(s *messages.Scan) error {
	named := *s
	named.Host = "x"
	return named.Validate()
}

// bootID is the boot's UUID.
func bootID(text []byte) string {
	id := word(text)
	if len(id) > messages.MaxIDBytes {
		return ""
	}
	return id
}

func (d *Dump) fill(s *messages.Scan, version string) error {
	offers, err := d.offers()
	if err != nil {
		return err
	}
	rows, err := d.rows()
	if err != nil {
		return err
	}
	if s.IndexAt, err = d.searchedAt(); err != nil {
		return err
	}
	c := catalogue{arch: s.OS.Arch, packages: make(map[string]*messages.Package)}
	c.addRows(rows, version)
	c.addMacOS(version)
	for i := range offers {
		c.addOffer(&offers[i])
	}
	for _, name := range slices.Sorted(maps.Keys(c.packages)) {
		s.Packages = append(s.Packages, *c.packages[name])
	}
	return nil
}

func (d *Dump) offers() ([]offer, error) {
	text, there := d.files[fileList]
	if !there {
		return nil, fmt.Errorf("%s is missing: nobody asked for updates", fileList)
	}
	if code := word(d.files[fileListCode]); code != "" && code != "0" {
		return nil, fmt.Errorf("softwareupdate ended with exit code %.20s: %s", code, lastLine(text))
	}
	l := parseList(text)
	if l.why != "" {
		return nil, errors.New(l.why)
	}
	return l.offers, nil
}

func lastLine(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

func (d *Dump) rows() ([]installRow, error) {
	name, parse := fileHistory, parseHistoryPlist
	if d.files[name] == nil {
		name, parse = fileProfile, parseHistoryJSON
	}
	if d.files[name] == nil {
		return nil, fmt.Errorf("neither %s nor %s is there: nobody asked what is installed", fileHistory, fileProfile)
	}
	rows, err := parse(d.files[name])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return rows, nil
}

// searchedAt is when a search for updates last ended well, zero where nothing tells. One that is still to come, by a clock
// that was set back, is none.
func (d *Dump) searchedAt() (time.Time, error) {
	text := d.files[filePreferences]
	if text == nil {
		return time.Time{}, nil
	}
	var p preferences
	if err := decodePlist(text, &p); err != nil {
		return time.Time{}, fmt.Errorf("%s: %w", filePreferences, err)
	}
	at := p.LastSuccessfulDate
	if p.LastFullSuccessfulDate.After(at) {
		at = p.LastFullSuccessfulDate
	}
	return host.KnownTime(at), nil
}
