package consoleproof

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/cmd/patchstream/demo"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
)

// evil is the name of a package that whoever runs a host may choose.
const evil = `<img src=x onerror=alert(1)>`

const evilHost = "evil-1"

// tellStory stores the baselines of the demo's story, and publishes its events as if they had just come, and after them those of hosts that
// are like its hosts.
func (w *world) tellStory() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	if err := w.storeBaselines(ctx); err != nil {
		return err
	}
	chapters, err := demo.Story()
	if err != nil {
		return err
	}
	var events []messages.Event
	for _, c := range chapters {
		events = append(events, c.Events...)
	}
	later := time.Since(demo.Start()) - 3*time.Hour
	hashes := make(map[string]string)
	for _, e := range events {
		shift(reflect.ValueOf(e).Elem(), later)
		rehash(e, hashes)
	}
	for _, e := range append(events, more(events)...) {
		if err := w.say(ctx, e); err != nil {
			return err
		}
	}
	if err := w.letters(ctx); err != nil {
		return err
	}
	return w.settled()
}

func (w *world) storeBaselines(ctx context.Context) error {
	store, err := baselines.Open(ctx, w.js)
	if err != nil {
		return err
	}
	store = store.By("ops")
	texts, err := demo.Baselines()
	if err != nil {
		return err
	}
	for system, text := range texts {
		b, err := baseline.Parse(text)
		if err != nil {
			return err
		}
		if _, err := store.Put(ctx, b.BaselineID, text); err != nil {
			return err
		}
		if err := store.SetDefault(ctx, system, b.BaselineID); err != nil {
			return err
		}
	}
	return nil
}

// say publishes an event.
func (w *world) say(ctx context.Context, e messages.Event) error {
	switch e := e.(type) {
	case *messages.Scan:
		return w.publish.Scan(ctx, e)
	case *messages.Run:
		return w.publish.Run(ctx, e)
	case *messages.Override:
		return w.publish.Override(ctx, e)
	}
	return fmt.Errorf("the story has a %s", e.Kind())
}

// shift makes every time in a value later.
func shift(v reflect.Value, by time.Duration) {
	if at, is := v.Interface().(time.Time); is {
		if !at.IsZero() {
			v.Set(reflect.ValueOf(at.Add(by)))
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			shift(v.Field(i), by)
		}
	case reflect.Slice:
		for i := range v.Len() {
			shift(v.Index(i), by)
		}
	case reflect.Pointer:
		if !v.IsNil() && v.Elem().Kind() == reflect.Struct {
			shift(v.Elem(), by)
		}
	}
}

// rehash gives a scan the hash of what it says by now, and one that says that nothing changed that of the scan which it means.
func rehash(e messages.Event, hashes map[string]string) {
	s, is := e.(*messages.Scan)
	switch {
	case !is || s.Hash == "":
	case s.Unchanged:
		s.Hash = hashes[s.Hash]
	default:
		before := s.Hash
		s.Hash = messages.ContentHash(s)
		hashes[before] = s.Hash
	}
}

// groups are the patch groups of hosts that are like those of the story.
var groups = map[string]string{demo.Web: "web", demo.DB: "db", demo.App: "app", demo.El: "web", demo.SLES: "erp", demo.Win: "office", demo.Mac: "office"}

// more is hosts like those of the story, five of each, by the scans that it has of them, and one whose packages have evil names.
func more(story []messages.Event) (events []messages.Event) {
	scans := make(map[string]messages.Scan)
	for _, e := range story {
		if s, is := e.(*messages.Scan); is && len(s.Packages) > 0 {
			scans[s.Host] = *s
		}
	}
	for host, group := range groups {
		for n := 2; n <= 6; n++ {
			s := scans[host]
			s.Host = fmt.Sprintf("%s%d", host[:len(host)-1], n)
			s.Tags = map[string]string{"PatchGroup": group}
			s.Hash = messages.ContentHash(&s)
			events = append(events, &s)
		}
	}
	s := scans[demo.Mac]
	s.Host, s.Packages = evilHost, slices.Clone(s.Packages)
	s.Packages = append(s.Packages, messages.Package{Name: evil, Arch: s.OS.Arch, Installed: new("1"), Versions: []messages.Version{
		{Version: "1"}, {Version: "2", Section: "Security"},
	}})
	s.Hash = messages.ContentHash(&s)
	return append(events, &s)
}

// letters publishes two events that no worker can read.
func (w *world) letters(ctx context.Context) error {
	for host, text := range map[string]string{"web-2": `{"id":"1","host":"web-2"}`, "db-2": `no event at all`} {
		if _, err := w.js.Publish(ctx, messages.KindRun.Subject(host), []byte(text)); err != nil {
			return err
		}
	}
	return nil
}
