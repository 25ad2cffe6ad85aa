package demo

import (
	"reflect"
	"time"

	"github.com/patchstream/patchstream/messages"
)

func (t *teller) scan(file, host, bootID string) *messages.Scan {
	s := read[*messages.Scan](t, messages.KindScan, file)
	if s == nil {
		return nil
	}
	s.TakenAt = t.tick()
	s.ID, s.Host, s.BootID, s.BootedAt = t.id(), host, bootID, firstBoot()
	return s
}

func (t *teller) failedScan(host, why string) *messages.Scan {
	return &messages.Scan{TakenAt: t.tick(), ID: t.id(), Host: host, Error: why, OS: messages.OS{System: "DEBIAN"}}
}

func (t *teller) run(file, host, bootID string) *messages.Run {
	r := read[*messages.Run](t, messages.KindRun, file)
	if r == nil {
		return nil
	}
	took := r.FinishedAt.Sub(r.StartedAt)
	r.FinishedAt = t.tick()
	r.StartedAt = r.FinishedAt.Add(-took)
	r.ID, r.Host, r.BootID, r.BootedAt = t.id(), host, bootID, firstBoot()
	return r
}

// rebooted is the first scan after a boot.
func (t *teller) rebooted(file, host, bootID string) *messages.Scan {
	s := t.scan(file, host, bootID)
	if s != nil {
		s.BootedAt = s.TakenAt.Add(-time.Minute)
	}
	return s
}

// unchanged says of a scan only that its packages are as they were.
func unchanged(s *messages.Scan) *messages.Scan {
	if s != nil {
		s.Unchanged, s.Packages = true, nil
	}
	return s
}

func (t *teller) override(host, patch string) *messages.Override {
	at := t.tick()
	return &messages.Override{
		ID: t.id(), Host: host, Patch: patch, State: messages.InstalledOther, At: at, ExpiresAt: at.Add(30 * 24 * time.Hour),
		Reason: "needed until the vendor ships a .deb, CHG-1182", By: "ops",
	}
}

// firstBoot is when the hosts of the story had booted the first time.
func firstBoot() time.Time { return time.Date(2026, 11, 1, 4, 11, 9, 0, time.UTC) }

// moveTo makes all times of a story later, those within its scans too, which are then what they were on its day.
func moveTo(story []Chapter, later time.Duration) {
	for _, c := range story {
		for _, e := range c.Events {
			move(reflect.ValueOf(e).Elem(), later)
		}
	}
}

func move(v reflect.Value, later time.Duration) {
	if at, is := v.Interface().(time.Time); is {
		if !at.IsZero() {
			v.Set(reflect.ValueOf(at.Add(later)))
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			move(v.Field(i), later)
		}
	case reflect.Slice:
		for i := range v.Len() {
			move(v.Index(i), later)
		}
	}
}
