package console

import (
	"net/http"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
)

// helpData is what the help page lists: each word with its colour and shape.
type helpData struct {
	Statuses, States, Levels, Conditions []chip
}

func (c *console) help(*http.Request, web.Who) (*view, error) {
	d := helpData{}
	for _, s := range []messages.HostStatus{messages.NonCompliant, messages.Unknown, messages.Compliant, messages.Retired} {
		d.Statuses = append(d.Statuses, statusChip(s))
	}
	for _, s := range messages.States() {
		d.States = append(d.States, stateChip(s))
	}
	for _, l := range messages.Levels() {
		d.Levels = append(d.Levels, levelChip(l))
	}
	for _, code := range classify.Conditions() {
		d.Conditions = append(d.Conditions, conditionChip(code))
	}
	return &view{Title: "Help", Section: "/help", Data: d}, nil
}
