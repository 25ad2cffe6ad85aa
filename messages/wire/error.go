package wire

import "strconv"

// FieldError says which field of a message breaks the contract, and how. No retry mends it.
type FieldError struct {
	Field   string // such as packages[3].versions[0].version; "payload" for the whole
	Problem string
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

// within says that the field, or the element of a list, is within that field of a record.
func (e *FieldError) within(outer string) {
	switch {
	case e.Field == "":
		e.Field = outer
	case e.Field[0] == '[':
		e.Field = outer + e.Field
	default:
		e.Field = outer + "." + e.Field
	}
}

// withinItem says that the field is within that element of a list.
func (e *FieldError) withinItem(index int) { e.within("[" + strconv.Itoa(index) + "]") }
