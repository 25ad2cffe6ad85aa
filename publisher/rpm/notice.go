package rpm

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// One notice, as vendors write it. Of attributes and elements any may be missing but the id:
//
//	<update from="…" status="final" type="security" version="1">
//	  <id>RHSA-2024:0811</id>
//	  <issued date="2024-02-14"/> <updated date="2024-02-14"/>
//	  <severity>Moderate</severity>
//	  <references>
//	    <reference href="…" id="CVE-2023-28486" type="cve" title="…"/>
//	    <reference href="…" id="2255568" type="bugzilla" title="…"/>
//	  </references>
//	  <pkglist><collection short="…">
//	    <module name="nginx" stream="1.22" version="…" context="…" arch="x86_64"/>
//	    <package name="sudo" version="1.9.5p2" release="10.el9_3" epoch="0" arch="x86_64" src="…">
//	      <reboot_suggested>True</reboot_suggested>
//	    </package>
//	  </collection></pkglist>
//	</update>

// notice is an update notice with what it lists of the packages that are asked for.
type notice struct {
	messages.Advisory
	lists []listed
}

// listed is one package of a notice.
type listed struct {
	nameArch
	evr    string // canonical
	stream string // of the module that it is of, as nginx:1.22; empty: of none
	reboot bool
}

type xmlUpdate struct {
	Status     string `xml:"status,attr"`
	Type       string `xml:"type,attr"`
	ID         string `xml:"id"`
	Severity   string `xml:"severity"`
	Issued     when   `xml:"issued"`
	Updated    when   `xml:"updated"`
	Reboot     string `xml:"reboot_suggested"`
	References []struct {
		Type string `xml:"type,attr"`
		ID   string `xml:"id,attr"`
	} `xml:"references>reference"`
	Collections []struct {
		Module struct {
			Name   string `xml:"name,attr"`
			Stream string `xml:"stream,attr"`
		} `xml:"module"`
		Packages []struct {
			Name    string `xml:"name,attr"`
			Epoch   string `xml:"epoch,attr"`
			Version string `xml:"version,attr"`
			Release string `xml:"release,attr"`
			Arch    string `xml:"arch,attr"`
			Reboot  string `xml:"reboot_suggested"`
		} `xml:"package"`
	} `xml:"pkglist>collection"`
}

type when struct {
	Date string `xml:"date,attr"`
}

// readNotices reads those notices of an updateinfo.xml that name a wanted package. What it could not take over of one it
// says to note, and goes on.
func readNotices(in io.Reader, wanted map[string]bool, note func(string)) ([]notice, error) {
	var notices []notice
	err := decompress(in, func(plain io.Reader) error {
		return cutUpdates(plain, func(update []byte) error {
			if !names(update, wanted) {
				return nil
			}
			n, err := parseNotice(update, wanted, note)
			if err != nil || len(n.lists) == 0 {
				return err
			}
			if len(notices) == messages.MaxAdvisories {
				return fmt.Errorf("more than %d of its notices name installed packages", messages.MaxAdvisories)
			}
			notices = append(notices, n)
			return nil
		})
	})
	return notices, err
}

// names tells whether a notice may name a wanted package. It is for sparing work: where a name is not written plainly, it may.
func names(update []byte, wanted map[string]bool) bool {
	for rest := update; ; {
		i := indexTag(rest, []byte("<package"))
		if i < 0 {
			return false
		}
		rest = rest[i:]
		tag, _, _ := bytes.Cut(rest, []byte(">"))
		_, value, found := bytes.Cut(tag, []byte(`name="`))
		name, _, closed := bytes.Cut(value, []byte(`"`))
		if !found || !closed || bytes.IndexByte(name, '&') >= 0 || wanted[string(name)] {
			return true
		}
		rest = rest[len(tag):]
	}
}

// parseNotice reads one notice. XML that is none is an error: libsolv takes nothing of such a list either.
func parseNotice(update []byte, wanted map[string]bool, note func(string)) (notice, error) {
	var x xmlUpdate
	decoder := xml.NewDecoder(bytes.NewReader(update))
	err := decoder.Decode(&x)
	if err == nil && decoder.InputOffset() != int64(len(update)) {
		err = errors.New("it goes on behind its end")
	}
	id := strings.TrimSpace(x.ID)
	if err != nil {
		return notice{}, fmt.Errorf("notice %.64q: %w", id, err)
	}
	if id == "" || len(id) > messages.MaxStringBytes {
		return notice{}, fmt.Errorf("a notice has an id of %d bytes", len(id))
	}
	n := notice{Advisory: messages.Advisory{
		ID: id, Type: word(x.Type), Severity: word(x.Severity), Status: word(x.Status),
		IssuedAt: noticeDate(x.Issued.Date), UpdatedAt: noticeDate(x.Updated.Date), Reboot: affirmed(x.Reboot),
	}}
	n.refer(&x, note)
	n.list(&x, wanted)
	return n, nil
}

// refer takes over the ids of CVE and Bugzilla, each once.
func (n *notice) refer(x *xmlUpdate, note func(string)) {
	seen := map[string]bool{}
	for _, r := range x.References {
		into := &n.CVEs
		switch strings.ToLower(r.Type) {
		case "cve":
		case "bugzilla":
			into = &n.Bugs
		default:
			continue
		}
		id := word(r.ID)
		if id == "" || seen[id] {
			continue
		}
		if len(*into) == messages.MaxAdvisoryCVEs {
			note(fmt.Sprintf("notice %.64s names more than %d of its kind: %.20s and others are left out", n.ID, messages.MaxAdvisoryCVEs, id))
			return
		}
		seen[id] = true
		*into = append(*into, id)
	}
}

func (n *notice) list(x *xmlUpdate, wanted map[string]bool) {
	for _, c := range x.Collections {
		stream := ""
		if c.Module.Name != "" {
			stream = c.Module.Name + ":" + c.Module.Stream
		}
		for _, p := range c.Packages {
			reboot := affirmed(p.Reboot)
			n.Reboot = n.Reboot || reboot
			if !wanted[p.Name] || !legalArch(p.Arch) {
				continue
			}
			evr := p.Version + "-" + p.Release
			if p.Epoch != "" && p.Epoch != "0" {
				evr = p.Epoch + ":" + evr
			}
			n.lists = append(n.lists, listed{nameArch{p.Name, p.Arch}, canonical(evr), stream, reboot || affirmed(x.Reboot)})
		}
	}
}

// affirmed is libsolv's reading of an element that says yes.
func affirmed(text string) bool {
	text = strings.TrimSpace(text)
	return text != "" && strings.Contains("Tt1", text[:1])
}

// word returns a text without the spaces around it, empty where an event cannot carry it.
func word(text string) string {
	if text = strings.TrimSpace(text); len(text) > messages.MaxStringBytes {
		return ""
	}
	return text
}

// noticeLayouts are the forms in which vendors write dates, in UTC. Some write seconds since 1970 instead.
var noticeLayouts = []string{
	"2006-01-02 15:04:05", "2006-01-02", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04", "2006-01-02 15:04:05 MST", "2006-01-02T15:04:05",
}

// noticeDate reads a date, zero where it is none.
func noticeDate(text string) time.Time {
	text = strings.TrimSpace(text)
	for _, layout := range noticeLayouts {
		if at, err := time.Parse(layout, text); err == nil {
			return host.KnownTime(at)
		}
	}
	return fraction(text)
}
