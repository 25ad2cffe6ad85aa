package web

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// Words of parameters, with the values that they may have.
type (
	statusWord    messages.HostStatus
	levelWord     messages.Level
	stateWord     messages.State
	conditionWord string
	sortWord      string
	byWord        string
	ageText       string // 30d, 36h
	timeText      string // RFC 3339, or a day
)

func words[S ~string](values ...S) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

func (statusWord) Schema(huma.Registry) *huma.Schema {
	return words(messages.Compliant, messages.NonCompliant, messages.Unknown, messages.Retired)
}
func (levelWord) Schema(huma.Registry) *huma.Schema     { return words(messages.Levels()...) }
func (stateWord) Schema(huma.Registry) *huma.Schema     { return words(messages.States()...) }
func (conditionWord) Schema(huma.Registry) *huma.Schema { return words(classify.Conditions()...) }
func (byWord) Schema(huma.Registry) *huma.Schema        { return words(query.SummaryWays()...) }

func (sortWord) Schema(huma.Registry) *huma.Schema {
	s := words(query.Orders()...)
	for _, o := range query.Orders() {
		s.Enum = append(s.Enum, "-"+o)
	}
	return s
}

func (ageText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Examples: []any{"30d"}}
}

func (timeText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Examples: []any{"2026-11-20T10:00:00Z"}}
}

// age reads an age; none is 0.
func (t ageText) age(parameter string) (time.Duration, error) {
	if t == "" {
		return 0, nil
	}
	age, err := classify.ParseAge(string(t))
	if err != nil {
		return 0, &messages.FieldError{Field: parameter, Problem: err.Error()}
	}
	return time.Duration(age), nil
}

// time reads a time, a day, which begins at midnight UTC, or an age, which is so long before now; none is zero.
func (t timeText) time(parameter string, now time.Time) (time.Time, error) {
	if t == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, string(t)); err == nil {
			return at.UTC(), nil
		}
	}
	if age, err := classify.ParseAge(string(t)); err == nil {
		return now.Add(-time.Duration(age)).UTC(), nil
	}
	return time.Time{}, &messages.FieldError{Field: parameter, Problem: "is no time: write 2026-11-20T10:00:00Z, 2026-11-20, or an age such as 30d"}
}

// to makes words of another type of them.
func to[T, S ~string](from []S) (list []T) {
	for _, s := range from {
		list = append(list, T(s))
	}
	return list
}

// FilterParams are which hosts are meant.
type FilterParams struct {
	Status       []statusWord    `query:"status" doc:"of the host; without it, all but RETIRED"`
	Condition    []conditionWord `query:"condition" doc:"of which one stands on the host"`
	Level        []levelWord     `query:"level" doc:"the host's highest non-compliant one"`
	State        []stateWord     `query:"state" doc:"in which the host has some patch"`
	Group        []string        `query:"group" doc:"patch group"`
	System       []string        `query:"system" doc:"operating system, such as UBUNTU"`
	Baseline     []string        `query:"baseline" doc:"id or name of the baseline by which the host is judged"`
	Host         string          `query:"host" doc:"part of the host's name"`
	Missing      string          `query:"missing" doc:"package or patch that the host lacks: MISSING or FAILED"`
	Notice       string          `query:"notice" doc:"update notice, or CVE that one names, about which some patch is that is not in order there; a reason names three notices, and of each eight CVEs"`
	Package      string          `query:"package" doc:"package or patch that the host has installed"`
	Version      string          `query:"version" doc:"with package: in exactly this version"`
	VersionBelow string          `query:"version_below" doc:"with package: in a version below this one, in the order of the host's system"`
	Knows        string          `query:"knows" doc:"package or patch of which the host has anything to say; not with package"`
	SilentFor    ageText         `query:"silent_for" doc:"the host said nothing for so long, such as 30d"`
	OlderThan    ageText         `query:"older_than" doc:"its newest complete scan is older, or there is none"`
	Since        timeText        `query:"since" doc:"it changed at or after this time, or age"`
	Outdated     bool            `query:"outdated" doc:"it is judged by another baseline than applies by now"`
}

func (p *FilterParams) filter(scope []string, now time.Time) (query.Filter, error) {
	f := query.Filter{
		Status: to[messages.HostStatus](p.Status), Conditions: to[string](p.Condition), Levels: to[messages.Level](p.Level), States: to[messages.State](p.State),
		Groups: p.Group, Systems: p.System, Baselines: p.Baseline, Host: p.Host, Missing: p.Missing, Notice: p.Notice,
		Package: p.Package, Version: p.Version, VersionBelow: p.VersionBelow, Knows: p.Knows, Outdated: p.Outdated, Scope: scope,
	}
	var err error
	if f.SilentFor, err = p.SilentFor.age("query.silent_for"); err != nil {
		return f, err
	}
	if f.ScanOlderThan, err = p.OlderThan.age("query.older_than"); err != nil {
		return f, err
	}
	if f.Package != "" && f.Knows != "" {
		return f, &messages.FieldError{Field: "query.knows", Problem: "does not go with package"}
	}
	if f.Package == "" && (f.Version != "" || f.VersionBelow != "") {
		return f, &messages.FieldError{Field: "query.package", Problem: "version and version_below go with a package"}
	}
	if age, err := classify.ParseAge(string(p.Since)); err == nil { // the same on each page, whenever it is asked for
		f.ChangedWithin = time.Duration(age)
		return f, nil
	}
	f.ChangedSince, err = p.Since.time("query.since", now)
	return f, err
}
