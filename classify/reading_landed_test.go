package classify_test

import (
	"time"

	"github.com/patchstream/patchstream/messages"
)

// landed says which parts of the pages the code keeps. What it does not keep yet is not drawn, so that all the rest is
// compared.
var landed = struct{ spellings bool }{true}

// retires reports whether an event is a retirement.
func retires(e messages.Event) bool { return e.Kind() == messages.KindRetire }

func retirementAt(id string, at func() time.Time) messages.Event {
	return &messages.Retire{ID: id, Host: readHost, At: at()}
}
