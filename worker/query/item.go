package query

import (
	"encoding/binary"
	"strings"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// item is what hosts of a fleet have in common.
type item struct {
	patch, name, arch, version, installed, classification, blocked string

	notices string // ids of update notices and CVEs that its reason has, each between blanks

	state messages.State
	level messages.Level
}

// appendTo writes the item, so that two are the same where their texts are.
func (i *item) appendTo(text []byte) []byte {
	for _, field := range i.fields() {
		text = binary.AppendUvarint(text, uint64(len(*field)))
		text = append(text, *field...)
	}
	return text
}

// itemOf reads what appendTo wrote. It needs no place but that of the text.
func itemOf(text string) (i item) {
	for _, field := range i.fields() {
		w := walk{text: text}
		n := w.uvarint()
		*field, text = w.text[:n], w.text[n:]
	}
	return i
}

func (i *item) fields() [10]*string {
	return [...]*string{
		&i.patch, &i.name, &i.arch, &i.version, &i.installed, &i.classification, &i.blocked, &i.notices, (*string)(&i.state), (*string)(&i.level),
	}
}

// noticesOf are the notices of an item and the CVEs that they name, as far as its reason has them.
func noticesOf(p *classify.Item) string {
	var words []string
	for _, n := range p.Reason.Notices {
		words = append(append(words, n.ID), n.CVEs...)
	}
	if len(words) == 0 {
		return ""
	}
	return " " + strings.Join(words, " ") + " "
}

// noticed reports whether an item is about an update notice, or a CVE that one names, in any case.
func (i *item) noticed(id string) bool {
	return i.notices != "" && !strings.Contains(id, " ") && strings.Contains(strings.ToLower(i.notices), " "+strings.ToLower(id)+" ")
}

// called reports whether a patch is called by its full name or its package's, in any case.
func (i *item) called(name string) bool {
	return strings.EqualFold(i.patch, name) || strings.EqualFold(i.name, name)
}
