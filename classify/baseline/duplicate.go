package baseline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// findDuplicate returns a [*messages.FieldError] for the first field in a text, which is known to be JSON, that
// is given twice.
func findDuplicate(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber() // what nobody reads may be any number
	return (&duplicates{text, dec}).find("")
}

// duplicates looks for a field that stands twice in an object of a text that is known to be JSON. Of the two,
// encoding/json takes the last, without a word, and who reads the file perhaps the first.
type duplicates struct {
	text []byte
	dec  *json.Decoder
}

// find reads one value, which is called by field, and returns a [*messages.FieldError] for the first field in it that
// is given twice.
func (d *duplicates) find(field string) error {
	token, err := d.dec.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		err = d.findInObject(field)
	case json.Delim('['):
		for i := 0; err == nil && d.dec.More(); i++ {
			err = d.find(fmt.Sprintf("%s[%d]", field, i))
		}
	default:
		return nil
	}
	if err == nil {
		_, err = d.dec.Token() // its end
	}
	return err
}

func (d *duplicates) findInObject(object string) error {
	given := make(map[string]bool)
	for d.dec.More() {
		token, err := d.dec.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		field := strings.TrimPrefix(object+"."+name, ".")
		same := strings.ToLower(strings.ToUpper(name)) // encoding/json takes Name and NAME for one
		if given[same] {
			return &messages.FieldError{Field: field, Problem: "is given twice" + position(d.text, d.dec.InputOffset())}
		}
		given[same] = true
		if err := d.find(field); err != nil {
			return err
		}
	}
	return nil
}
