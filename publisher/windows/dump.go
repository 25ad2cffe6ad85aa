package windows

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// FormatName is what a dump's field Format holds, so that no other JSON is taken for one.
const FormatName = "patchstream-wua"

// formatVersion is the newest version of the form that is read.
const formatVersion = 1

// Dump is what a host's update agent said at one time.
type Dump struct {
	TakenAt time.Time
	Host    string // as the host calls itself; empty: it does not say

	os             osFacts
	machineGUID    string
	bootedAt       time.Time
	searches       []search
	history        []historyEntry // as they stand in the dump
	rebootRequired *bool
	lastSearch     time.Time // of Automatic Updates' own that ended well
	why            string    // the script failed before it had all
	sum            string    // of the dump's text, for ids
	notes          []string
}

// Notes returns what was left out of the events, a sentence each.
func (d *Dump) Notes() []string { return d.notes }

func (d *Dump) note(format string, args ...any) {
	d.notes = append(d.notes, fmt.Sprintf(format, args...))
}

// Looks reports whether a text can be a dump at all: JSON's first character, in one of the encodings that PowerShell writes.
func Looks(text []byte) bool {
	for _, mark := range [][]byte{markUTF8, markUTF16LE, markUTF16BE} {
		text = bytes.TrimPrefix(text, mark)
	}
	return bytes.HasPrefix(bytes.TrimLeft(text, "\x00 \t\r\n"), []byte("{"))
}

// Read reads a dump. The error is a [*FieldError] where it is JSON and something in it is not as docs/windows.md has it.
func Read(text []byte) (*Dump, error) {
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("%d bytes, the bound is %d", len(text), MaxBytes)
	}
	decoded, err := toUTF8(text)
	if err != nil {
		return nil, err
	}
	value, err := parse(decoded)
	if err != nil {
		return nil, err
	}
	r := &reader{}
	d := readDump(node{r: r, value: value})
	if r.err != nil {
		return nil, r.err
	}
	sum := sha256.Sum256(text)
	d.sum = hex.EncodeToString(sum[:])
	return d, nil
}

func parse(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return nil, notJSON(text, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON of the dump")
	}
	return value, nil
}

func notJSON(text []byte, err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset := min(max(int(syntax.Offset), 0), len(text))
		return fmt.Errorf("not JSON: line %d: %w", 1+bytes.Count(text[:offset], []byte("\n")), err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("not JSON: it ends too early")
	}
	return fmt.Errorf("not JSON: %w", err)
}

func readDump(n node) *Dump {
	if _, ok := n.value.(map[string]any); !ok {
		n.path = "the dump"
		n.fail("%s where an object belongs", kindOf(n.value))
		return nil
	}
	if f := n.field("Format"); f.text() != FormatName {
		f.fail("%.64q is not %q: is this a dump of the update agent?", f.text(), FormatName)
		return nil
	}
	if f := n.field("Version"); f.number() < 1 || f.number() > formatVersion {
		f.fail("%d: this patchstream reads version %d", f.number(), formatVersion)
		return nil
	}
	d := &Dump{
		TakenAt:        n.field("TakenAt").when(),
		Host:           n.field("Host").text(),
		machineGUID:    n.field("MachineGuid").text(),
		os:             readOS(n.field("OS")),
		bootedAt:       n.field("LastBootUpTime").when(),
		rebootRequired: n.field("RebootRequired").flag(),
		lastSearch:     n.field("LastSearchSuccessDate").when(),
		why:            n.field("Error").text(),
	}
	if d.TakenAt.IsZero() {
		n.field("TakenAt").fail("is required: when the update agent was asked, not before the year 2000")
	}
	if err := messages.ValidHost(d.Host); d.Host != "" && err != nil {
		n.field("Host").fail("%v", err)
	}
	for _, s := range n.field("Searches").list() {
		d.searches = append(d.searches, readSearch(s.object()))
	}
	for _, h := range n.field("History").list() {
		d.history = append(d.history, readHistory(h.object()))
	}
	return d
}
