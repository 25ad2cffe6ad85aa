package workertest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// start0 is the hour before the tests run, from which the events of made-up hosts count.
var start0 = time.Now().UTC().Truncate(time.Second).Add(-time.Hour)

// At returns a time in the hour before the test.
func At(minute int) time.Time { return start0.Add(time.Duration(minute) * time.Minute) }

// Scan returns a full scan of an Ubuntu host, taken at a minute. A package is made with [Package].
func Scan(host string, minute int, packages ...messages.Package) *messages.Scan {
	s := &messages.Scan{
		ID: fmt.Sprintf("scan-%d", minute), Host: host, TakenAt: At(minute), Complete: true,
		OS:      messages.OS{System: "UBUNTU", Product: "Ubuntu22.04", Version: "22.04", Codename: "jammy", Arch: "amd64", Kernel: "5.15.0-100-generic"},
		BootID:  "boot-1",
		Origins: []messages.Origin{{Archive: "jammy-updates", Site: "archive.ubuntu.com", Origin: "Ubuntu", Label: "Ubuntu", Component: "main", Codename: "jammy", Trusted: true, Date: At(-60)}, {Archive: "jammy-security", Site: "security.ubuntu.com", Origin: "Ubuntu", Label: "Ubuntu", Component: "main", Codename: "jammy", Trusted: true, Date: At(-60)}},
	}
	s.Packages = packages
	s.Hash = messages.ContentHash(s)
	return s
}

// Package returns a package at an installed version, empty for none, for which security versions are known.
func Package(name, installed string, security ...string) messages.Package {
	p := messages.Package{Name: name, Arch: "amd64", Source: name}
	if installed != "" {
		p.Installed = &installed
		p.Versions = []messages.Version{{Version: installed, Priority: "optional", Section: "utils", Origins: []int{1}}}
		p.Candidate = installed
	}
	for _, v := range security {
		p.Versions = append(p.Versions, messages.Version{Version: v, Priority: "optional", Section: "utils", Origins: []int{0, 1}})
		p.Candidate = v
	}
	return p
}

// Run returns a patch run that ended at a minute.
func Run(host string, minute int, outcomes ...messages.Outcome) *messages.Run {
	return &messages.Run{
		ID: fmt.Sprintf("run-%d", minute), Host: host, RunID: fmt.Sprintf("r%d", minute), Operation: messages.OperationInstall,
		StartedAt: At(minute).Add(-time.Second), FinishedAt: At(minute), BootID: "boot-1", Outcomes: outcomes,
	}
}

// Outcome returns what became of a package in a run.
func Outcome(name, to string, result messages.Result) messages.Outcome {
	return messages.Outcome{Name: name, Arch: "amd64", To: &to, Result: result}
}

// Override returns a status that is set by hand at a minute.
func Override(host string, minute int, patch string, state messages.State) *messages.Override {
	return &messages.Override{
		ID: fmt.Sprintf("override-%d", minute), Host: host, Patch: patch, State: state, Reason: "accepted", By: "ops", At: At(minute),
	}
}

// Recheck returns a request to classify a host again.
func Recheck(host, id string, baselinesSeq uint64) *messages.Recheck {
	return &messages.Recheck{ID: id, Host: host, Cause: "test", BaselinesSeq: baselinesSeq}
}

// Encode returns an event as it stands on the wire. It carries no Nats-Msg-Id, so that a test may send it twice.
func Encode(t testing.TB, e messages.Event) *nats.Msg {
	t.Helper()
	text, err := messages.Encode(e, messages.MsgPack)
	if err != nil {
		t.Fatal(err)
	}
	return &nats.Msg{Subject: e.Kind().Subject(e.HostName()), Data: text, Header: nats.Header{}}
}

// Publish puts events into PATCH_EVENTS, one after the other, and returns the sequence of the last.
func Publish(t testing.TB, js jetstream.JetStream, events ...messages.Event) uint64 {
	t.Helper()
	var last uint64
	for _, e := range events {
		last = Send(t, js, Encode(t, e))
	}
	return last
}

// Send publishes a message and returns its sequence.
func Send(t testing.TB, js jetstream.JetStream, m *nats.Msg) uint64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Deadline)
	defer cancel()
	ack, err := js.PublishMsg(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	return ack.Sequence
}

// Applied waits until no event is queued: every one was acknowledged or dead-lettered.
func Applied(t testing.TB, js jetstream.JetStream) {
	t.Helper()
	Eventually(t, "an empty queue of events", func() bool {
		s, err := js.Stream(t.Context(), messages.StreamEvents)
		return err == nil && s.CachedInfo().State.Msgs == 0
	})
}

// NoneDue waits until no host is queued that fell due.
func NoneDue(t testing.TB, js jetstream.JetStream) {
	t.Helper()
	Eventually(t, "an empty queue of what fell due", func() bool { return len(Later(t, js, messages.DueSubject(messages.AllHosts))) == 0 })
}

// Later returns the subjects in PATCH_LATER that match, and how many messages each has.
func Later(t testing.TB, js jetstream.JetStream, subjects string) map[string]uint64 {
	t.Helper()
	s, err := js.Stream(t.Context(), messages.StreamLater)
	if err != nil {
		t.Fatal(err)
	}
	info, err := s.Info(t.Context(), jetstream.WithSubjectFilter(subjects))
	if err != nil {
		t.Fatal(err)
	}
	return info.State.Subjects
}

// Retire returns the retirement of a host at a minute.
func Retire(host string, minute int) *messages.Retire {
	return &messages.Retire{ID: fmt.Sprintf("retire-%d", minute), Host: host, At: At(minute), By: "ops", Reason: "gone"}
}

// Queued returns the number of events that are not acknowledged.
func Queued(t testing.TB, js jetstream.JetStream) uint64 {
	t.Helper()
	return State(t, js, messages.StreamEvents).Msgs
}

// State returns what a stream holds.
func State(t testing.TB, js jetstream.JetStream, stream string) jetstream.StreamState {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().State
}
