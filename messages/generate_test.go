package messages

import (
	"fmt"
	"time"

	"pgregory.net/rapid"
)

// The generators draw events that validate, with every field present or absent. Tests that share them do not run in
// parallel: rapid reads of a generator what another test may be writing.

func maybe[T any](t *rapid.T, g *rapid.Generator[T]) (v T) {
	if rapid.Bool().Draw(t, "present") {
		v = g.Draw(t, "value")
	}
	return v
}

func maybePtr[T any](t *rapid.T, g *rapid.Generator[T]) *T {
	if rapid.Bool().Draw(t, "present") {
		return new(g.Draw(t, "value"))
	}
	return nil
}

func drawList[T any](t *rapid.T, most int, draw func(i int) T) []T {
	var list []T
	for i := range rapid.IntRange(0, most).Draw(t, "n") {
		list = append(list, draw(i))
	}
	return list
}

var (
	anyText = rapid.OneOf(rapid.StringN(0, 40, 120), rapid.StringN(0, 400, MaxStringBytes-8), rapid.SampledFrom([]string{
		"\x00", "\"\\/\n\r\t\x7f\u2028", "é😀\uFFFD", "amd64", "libs"}))
	someText   = anyText.Filter(func(s string) bool { return s != "" })
	anyVersion = rapid.OneOf(rapid.StringN(0, 20, MaxVersionBytes), rapid.StringMatching(`[0-9]:[0-9.]{1,9}-[0-9]ubuntu[0-9]`))
	anyID      = rapid.StringMatching(`[!-~]{1,64}`)
	anyHost    = rapid.StringMatching(`[A-Za-z0-9_-]{1,20}(\.[A-Za-z0-9_-]{1,20}){0,3}`)
	anyTexts   = rapid.Custom(func(t *rapid.T) []string { return drawList(t, 4, func(int) string { return anyText.Draw(t, "text") }) })

	// anyTime is any time a payload can hold, of the years 1 to 9999, hostTime one that a host's clock may say.
	anyTime = rapid.Custom(func(t *rapid.T) time.Time {
		seconds := rapid.OneOf(rapid.Int64Range(-62135596799, 253402300799), rapid.Int64Range(0, 1<<35)).Draw(t, "seconds")
		return time.Unix(seconds, anyNanos.Draw(t, "nanos")).UTC()
	})
	hostTime = rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(OldestTime().Unix(), 1<<34).Draw(t, "seconds"), anyNanos.Draw(t, "nanos")).UTC()
	})
	anyNanos = rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 999_999_999))
)

// drawBoot draws when a host booted: not after the event.
func drawBoot(t *rapid.T, event time.Time) time.Time {
	return maybe(t, hostTime.Filter(func(boot time.Time) bool { return !boot.After(event) }))
}

var anyScan = rapid.Custom(func(t *rapid.T) *Scan {
	s := &Scan{
		ID: anyID.Draw(t, "id"), Host: anyHost.Draw(t, "host"), TakenAt: hostTime.Draw(t, "taken_at").Add(20 * 365 * 24 * time.Hour),
		Complete: rapid.Bool().Draw(t, "complete"), Error: maybe(t, anyText), Unchanged: rapid.Bool().Draw(t, "unchanged"),
		Hash: maybe(t, rapid.StringN(0, 16, MaxIDBytes)),
		OS: OS{System: someText.Draw(t, "system"), Product: maybe(t, anyText), Version: maybe(t, anyText),
			Codename: maybe(t, anyText), Arch: maybe(t, anyText), Kernel: maybe(t, anyText)},
		Tags:   maybe(t, rapid.MapOfN(anyText, anyText, 1, 4)),
		BootID: maybe(t, anyText), RebootRequired: maybePtr(t, rapid.Bool()), RebootPackages: anyTexts.Draw(t, "reboot_packages"),
		IndexAt: maybe(t, anyTime), Machine: maybe(t, rapid.StringN(0, 16, MaxIDBytes)),
	}
	s.BootedAt = drawBoot(t, s.TakenAt)
	s.Origins = drawList(t, 4, func(int) Origin {
		return Origin{Archive: maybe(t, anyText), Site: maybe(t, anyText), Origin: maybe(t, anyText), Label: maybe(t, anyText),
			Component: maybe(t, anyText), Codename: maybe(t, anyText), Trusted: rapid.Bool().Draw(t, "trusted"),
			Date: maybe(t, anyTime), ValidUntil: maybe(t, anyTime), Unread: rapid.Bool().Draw(t, "unread"),
			Notices: rapid.Bool().Draw(t, "notices"), CheckedAt: maybe(t, anyTime)}
	})
	if !s.Unchanged {
		s.Advisories = drawList(t, 3, func(i int) Advisory { return drawAdvisory(t, i) })
		s.Packages = drawList(t, 4, func(i int) Package { return drawPackage(t, i, s) })
	}
	if s.Complete && !s.Unchanged {
		s.Packages = append(s.Packages, Package{Name: "bash", Arch: "amd64", Installed: new(anyVersion.Draw(t, "installed"))})
	}
	return s
})

func drawAdvisory(t *rapid.T, i int) Advisory {
	return Advisory{
		ID: fmt.Sprint(i, anyText.Draw(t, "id")), Type: maybe(t, anyText), Severity: maybe(t, anyText), Status: maybe(t, anyText),
		IssuedAt: maybe(t, anyTime), UpdatedAt: maybe(t, anyTime), CVEs: anyTexts.Draw(t, "cves"), Bugs: anyTexts.Draw(t, "bugs"),
		Aliases: anyTexts.Draw(t, "aliases"), Products: anyTexts.Draw(t, "products"), Families: anyTexts.Draw(t, "families"),
		Set: rapid.SampledFrom([]string{"", SetOS, SetApplication}).Draw(t, "set"), Reboot: rapid.Bool().Draw(t, "reboot"),
		Supersedes: anyTexts.Draw(t, "supersedes"),
	}
}

// drawReferences draws ids of notices that the scan has.
func drawReferences(t *rapid.T, s *Scan) []string {
	if len(s.Advisories) == 0 {
		return nil
	}
	return drawList(t, 3, func(int) string { return rapid.SampledFrom(s.Advisories).Draw(t, "advisory").ID })
}

func drawPackage(t *rapid.T, i int, s *Scan) Package {
	origins := len(s.Origins)
	p := Package{
		Name: fmt.Sprint(i, anyText.Draw(t, "name")), Arch: rapid.SampledFrom([]string{"amd64", "i386"}).Draw(t, "arch"),
		Installed: maybePtr(t, anyVersion), Candidate: maybe(t, anyVersion), State: maybe(t, rapid.SampledFrom(packageStates)),
		Hold: rapid.Bool().Draw(t, "hold"), KeptBack: rapid.Bool().Draw(t, "kept_back"), Source: maybe(t, anyText),
		SourceVersion: maybe(t, anyVersion), InstalledAt: maybe(t, anyTime), Advisories: drawReferences(t, s),
		Others:     drawList(t, 2, func(int) string { return anyVersion.Draw(t, "other") }),
		SideBySide: rapid.Bool().Draw(t, "side_by_side"), Module: maybe(t, anyText),
	}
	for _, version := range rapid.SliceOfNDistinct(anyVersion, 0, 4, rapid.ID).Draw(t, "versions") {
		v := Version{
			Version: version, Priority: maybe(t, anyText), Section: maybe(t, anyText), Phased: maybePtr(t, rapid.IntRange(0, 100)),
			Pin: maybe(t, rapid.Int()), ReleasedAt: maybe(t, anyTime), Advisories: drawReferences(t, s),
			Arch: rapid.SampledFrom([]string{"", "noarch"}).Draw(t, "arch"), Excluded: rapid.Bool().Draw(t, "excluded"), Module: maybe(t, anyText),
		}
		if origins > 0 {
			v.Origins = drawList(t, 3, func(int) int { return rapid.IntRange(0, origins-1).Draw(t, "position") })
		}
		p.Versions = append(p.Versions, v)
	}
	return p
}

var anyRun = rapid.Custom(func(t *rapid.T) *Run {
	r := &Run{
		ID: anyID.Draw(t, "id"), Host: anyHost.Draw(t, "host"), RunID: someText.Draw(t, "run_id"),
		Operation: rapid.SampledFrom([]string{OperationInstall, OperationScan}).Draw(t, "operation"),
		StartedAt: hostTime.Draw(t, "started_at"), FinishedAt: hostTime.Draw(t, "finished_at").Add(20 * 365 * 24 * time.Hour),
		ExitCode:       maybePtr(t, rapid.Int()),
		RebootOption:   rapid.SampledFrom([]string{"", RebootIfNeeded, NoReboot}).Draw(t, "reboot_option"),
		RebootRequired: maybePtr(t, rapid.Bool()), RebootPackages: anyTexts.Draw(t, "reboot_packages"),
		BootID: maybe(t, anyText), Error: maybe(t, anyText),
		Machine: maybe(t, rapid.StringN(0, 16, MaxIDBytes)), Succeeded: maybePtr(t, rapid.Bool()),
	}
	r.BootedAt = drawBoot(t, r.FinishedAt)
	r.Outcomes = drawList(t, 4, func(int) Outcome {
		o := Outcome{
			Name: someText.Draw(t, "name"), Arch: rapid.SampledFrom([]string{"amd64", "i386"}).Draw(t, "arch"), From: maybe(t, anyVersion), To: maybePtr(t, anyVersion),
			Result: rapid.SampledFrom([]Result{ResultInstalled, ResultFailed, ResultSkipped, ResultNotAttempted}).Draw(t, "result"),
			Stage:  maybe(t, anyText), Error: maybe(t, anyText),
		}
		if o.To == nil && (o.Result == ResultInstalled || o.Result == ResultFailed) {
			o.To = new("")
		}
		return o
	})
	r.Removed = drawList(t, 3, func(int) Removal {
		return Removal{
			Name: someText.Draw(t, "name"), Arch: rapid.SampledFrom([]string{"amd64", "i386"}).Draw(t, "arch"),
			From: maybe(t, anyVersion), Purged: rapid.Bool().Draw(t, "purged"),
		}
	})
	return r
})

var anyOverride = rapid.Custom(func(t *rapid.T) *Override {
	o := &Override{
		ID: anyID.Draw(t, "id"), Host: anyHost.Draw(t, "host"), Patch: someText.Draw(t, "patch"), Level: maybe(t, rapid.SampledFrom(Levels())),
		At: hostTime.Draw(t, "at"), ExpiresAt: maybe(t, anyTime), Withdraw: rapid.Bool().Draw(t, "withdraw"),
	}
	if !o.Withdraw || rapid.Bool().Draw(t, "full") {
		o.State, o.Reason, o.By = rapid.SampledFrom(States()).Draw(t, "state"), someText.Draw(t, "reason"), someText.Draw(t, "by")
	}
	return o
})

var anyRecheck = rapid.Custom(func(t *rapid.T) *Recheck {
	return &Recheck{ID: anyID.Draw(t, "id"), Host: anyHost.Draw(t, "host"), Cause: maybe(t, anyText),
		BaselinesSeq: uint64(rapid.Int64Min(0).Draw(t, "baselines_seq"))}
})

var anyRetire = rapid.Custom(func(t *rapid.T) *Retire {
	return &Retire{ID: anyID.Draw(t, "id"), Host: anyHost.Draw(t, "host"), At: hostTime.Draw(t, "at"), By: maybe(t, anyText), Reason: maybe(t, anyText)}
})

// anyEvent draws an event of any kind.
var anyEvent = rapid.Custom(func(t *rapid.T) Event {
	switch rapid.SampledFrom(Kinds()).Draw(t, "kind") {
	case KindScan:
		return anyScan.Draw(t, "scan")
	case KindRun:
		return anyRun.Draw(t, "run")
	case KindOverride:
		return anyOverride.Draw(t, "override")
	case KindRetire:
		return anyRetire.Draw(t, "retire")
	}
	return anyRecheck.Draw(t, "recheck")
})

var anyHead = rapid.Custom(func(t *rapid.T) Head {
	state := rapid.SampledFrom([]HostStatus{"", Compliant, NonCompliant, Unknown, Retired})
	level := rapid.SampledFrom(append(Levels(), ""))
	return Head{
		V: 1, Host: anyHost.Draw(t, "host"), ID: someText.Draw(t, "id"), Revision: uint64(rapid.Int64Min(1).Draw(t, "revision")), At: anyTime.Draw(t, "at"),
		Cause:    Cause{Kind: rapid.SampledFrom(append(Kinds(), KindDue)).Draw(t, "kind"), ID: anyText.Draw(t, "id"), OccurredAt: anyTime.Draw(t, "occurred_at")},
		Baseline: BaselineRef{ID: anyText.Draw(t, "id"), Name: anyText.Draw(t, "name"), Version: uint64(rapid.Int64Min(0).Draw(t, "version"))},
		Initial:  rapid.Bool().Draw(t, "initial"),
		Status:   StatusChange{From: state.Draw(t, "from"), To: state.Draw(t, "to"), Reasons: anyTexts.Draw(t, "reasons")},
		Level:    LevelChange{From: level.Draw(t, "from"), To: level.Draw(t, "to")},
		Counts:   rapid.MapOfN(rapid.StringMatching(`[A-Z_]{1,9}`), rapid.Int(), 1, 12).Draw(t, "counts"),
		Conditions: drawList(t, 4, func(int) Condition {
			return Condition{Code: anyText.Draw(t, "code"), Since: maybe(t, anyTime), Detail: maybe(t, anyText)}
		}),
		ConditionsFrom: rapid.SampledFrom([][]string{nil, {}, {"scan_old"}, {"no_lists", "scan_old"}}).Draw(t, "conditions_from"),
		Run: maybePtr(t, rapid.Custom(func(t *rapid.T) RunSummary {
			number := rapid.IntRange(0, MaxOutcomes)
			return RunSummary{
				RunID: anyText.Draw(t, "run_id"), Operation: anyText.Draw(t, "operation"), ExitCode: maybePtr(t, rapid.Int()), Succeeded: maybePtr(t, rapid.Bool()),
				Error: maybe(t, anyText), Installed: number.Draw(t, "installed"), Failed: number.Draw(t, "failed"), Skipped: number.Draw(t, "skipped"),
				NotAttempted: number.Draw(t, "not_attempted"), Removed: number.Draw(t, "removed"),
			}
		})),
	}
})

var anyChanged = rapid.Custom(func(t *rapid.T) *Changed {
	state := rapid.SampledFrom(append(States(), ""))
	return &Changed{
		Head: anyHead.Draw(t, "head"),
		Transitions: drawList(t, 4, func(int) Transition {
			return Transition{From: state.Draw(t, "from"), Item: Item{
				Patch: anyText.Draw(t, "patch"), Name: anyText.Draw(t, "name"), Arch: anyText.Draw(t, "arch"),
				State: state.Draw(t, "to"), Version: anyText.Draw(t, "version"), Installed: anyText.Draw(t, "installed"),
				Level: rapid.SampledFrom(append(Levels(), "")).Draw(t, "level"), Classification: maybe(t, rapid.Just("Security")),
				Since: maybe(t, anyTime), Blocked: maybe(t, anyText), Reason: anyReason.Draw(t, "reason"),
			}}
		}),
	}
})

var anyReason = rapid.Custom(func(t *rapid.T) Reason {
	position := rapid.IntRange(0, 1<<20)
	return Reason{
		Code: anyText.Draw(t, "code"), Compared: anyTexts.Draw(t, "compared"), Event: maybe(t, anyText), Broken: maybe(t, anyText),
		Matched: maybePtr(t, rapid.Custom(func(t *rapid.T) Matched {
			return Matched{Rule: maybePtr(t, position), Entry: maybePtr(t, position), Text: maybe(t, anyText), Notice: maybe(t, anyText)}
		})),
		Stopped: maybePtr(t, rapid.Custom(func(t *rapid.T) Stopped {
			return Stopped{Version: anyText.Draw(t, "version"), By: anyText.Draw(t, "by"), Rule: maybePtr(t, position), Key: maybe(t, anyText),
				Value: maybe(t, anyText), Entry: maybePtr(t, position), Text: maybe(t, anyText), Notice: maybe(t, anyText), Until: maybe(t, anyTime)}
		})),
		Outcome: maybePtr(t, rapid.Custom(func(t *rapid.T) OutcomeReason {
			return OutcomeReason{Event: anyText.Draw(t, "event"), RunID: anyText.Draw(t, "run_id"), Result: maybe(t, rapid.Just(ResultFailed)),
				Version: maybe(t, anyText), Stage: maybe(t, anyText), Error: maybe(t, anyText), FinishedAt: maybe(t, anyTime)}
		})),
		Reboot: maybePtr(t, rapid.Custom(func(t *rapid.T) RebootReason {
			return RebootReason{Event: anyText.Draw(t, "event"), At: anyTime.Draw(t, "at")}
		})),
		Override: maybePtr(t, rapid.Custom(func(t *rapid.T) OverrideReason {
			return OverrideReason{Event: anyText.Draw(t, "event"), Reason: maybe(t, anyText), By: maybe(t, anyText), ExpiresAt: maybe(t, anyTime),
				ComputedState: Missing, ComputedLevel: High}
		})),
		Invalid: drawList(t, 3, func(int) InvalidVersion {
			return InvalidVersion{Version: anyText.Draw(t, "version"), Why: anyText.Draw(t, "why")}
		}),
		Notices: drawList(t, 3, func(int) Notice {
			return Notice{ID: anyText.Draw(t, "id"), Type: maybe(t, anyText), Severity: maybe(t, anyText), At: maybe(t, anyTime),
				CVEs: anyTexts.Draw(t, "cves"), MoreCVEs: maybe(t, position)}
		}),
		MoreNotices: maybe(t, position),
	}
})
