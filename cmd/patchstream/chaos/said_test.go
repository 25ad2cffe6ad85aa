package chaos

import (
	"fmt"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// say returns a well-formed event of a kind. It may be another scan than a full one.
func (t *teller) say(h *host, kind messages.Kind, id string, own time.Time) messages.Event {
	switch kind {
	case messages.KindRun:
		return t.run(h, id, own)
	case messages.KindOverride:
		return t.override(h, id, own)
	case messages.KindRecheck:
		return &messages.Recheck{ID: id, Host: h.name, Cause: "chaos"}
	}
	return t.scan(h, id, own)
}

func (t *teller) scan(h *host, id string, own time.Time) *messages.Scan {
	s := &messages.Scan{
		ID: id, Host: h.name, TakenAt: own, Complete: true, IndexAt: own.Add(-time.Hour),
		OS: messages.OS{System: h.system, Product: map[string]string{"DEBIAN": "Debian12", "UBUNTU": "Ubuntu22.04"}[h.system], Arch: "amd64"},
	}
	s.BootedAt, s.BootID = t.boot(own)
	s.RebootRequired = t.maybe()
	if t.chance(0.3) {
		s.RebootPackages = []string{t.packageName()}
	}
	switch roll := t.IntN(10); {
	case roll < 1:
		s.Complete, s.Error = false, "apt-get: could not get lock "+id
	case roll < 4 || h.nature == unscanned:
		s.Unchanged, s.Hash = true, "no scan that anybody holds"
		if h.full != nil && t.chance(0.8) {
			s.Hash = h.full.Hash
		}
		if t.chance(0.5) {
			s.Origins = t.origins(own)
		}
	default:
		t.fill(h, s)
	}
	return s
}

// fill makes a full scan; now and then one of the same content as before.
func (t *teller) fill(h *host, s *messages.Scan) {
	if h.full != nil && t.chance(0.25) {
		s.Origins, s.Packages = h.full.Origins, h.full.Packages
	} else {
		s.Origins = t.origins(s.TakenAt)
		for i := range packages {
			if i == 0 || t.chance(0.85) {
				s.Packages = append(s.Packages, t.pkg(i, s))
			}
		}
	}
	if t.chance(0.9) {
		s.Hash = messages.ContentHash(s)
	}
	h.full = s
}

const packages = 10

func (t *teller) packageName() string { return fmt.Sprintf("p%d", t.IntN(packages)) }

func (t *teller) origins(own time.Time) []messages.Origin {
	age := time.Duration(t.IntN(48)) * time.Hour
	if t.chance(0.05) {
		age = 30 * 24 * time.Hour // a frozen mirror
	}
	security := messages.Origin{Archive: "stable-security", Site: "security.debian.org", Trusted: t.chance(0.97), Date: own.Add(-age)}
	main := messages.Origin{Archive: "stable", Site: "mirror.example.org", Trusted: true, Date: own.Add(-age)}
	return []messages.Origin{main, security}
}

func (t *teller) pkg(i int, s *messages.Scan) messages.Package {
	p := messages.Package{Name: fmt.Sprintf("p%d", i), Arch: "amd64"}
	installed := 1 + t.IntN(4)
	for v, newest := installed, installed+t.IntN(3); v <= newest; v++ {
		version := messages.Version{Version: fmt.Sprintf("1.%d-1", v), Priority: "optional", Section: "net"}
		if t.chance(0.1) {
			version.Priority = "unheard-of"
		}
		if t.chance(0.8) {
			version.Origins = append(version.Origins, 0)
		}
		if t.chance(0.6) {
			version.Origins = append(version.Origins, 1)
		}
		p.Versions = append(p.Versions, version)
		p.Candidate = version.Version
	}
	if i == 0 || t.chance(0.97) {
		p.Installed = &p.Versions[0].Version
	}
	if t.chance(0.03) {
		p.State = "half-configured"
	}
	p.Hold, p.KeptBack = t.chance(0.05), t.chance(0.05)
	if !s.BootedAt.IsZero() && t.chance(0.3) {
		p.InstalledAt = s.BootedAt.Add(time.Duration(t.IntN(120)-60) * time.Minute)
	}
	return p
}

func (t *teller) run(h *host, id string, own time.Time) *messages.Run {
	exit := t.IntN(2)
	r := &messages.Run{
		ID: id, Host: h.name, RunID: "run-" + id, Operation: messages.OperationInstall,
		StartedAt: own.Add(-time.Minute), FinishedAt: own, ExitCode: &exit, RebootOption: messages.NoReboot,
		RebootRequired: t.maybe(),
	}
	r.BootedAt, r.BootID = t.boot(own)
	for range t.IntN(4) {
		r.Outcomes = append(r.Outcomes, t.outcome(t.packageName()))
	}
	// A package of its own in each run: its outcome stays among the facts, and shows that the run was applied.
	mark := t.outcome("of-" + id)
	mark.Result = []messages.Result{messages.ResultInstalled, messages.ResultFailed}[t.IntN(2)]
	r.Outcomes = append(r.Outcomes, mark)
	if t.chance(0.3) {
		r.RebootPackages = []string{mark.Name, t.packageName()}
	}
	return r
}

func (t *teller) outcome(name string) messages.Outcome {
	to := fmt.Sprintf("1.%d-1", 1+t.IntN(6))
	results := []messages.Result{messages.ResultInstalled, messages.ResultInstalled, messages.ResultFailed, messages.ResultFailed, messages.ResultSkipped}
	return messages.Outcome{Name: name, Arch: "amd64", To: &to, Result: results[t.IntN(len(results))], Stage: "configure"}
}

func (t *teller) override(h *host, id string, own time.Time) *messages.Override {
	o := &messages.Override{ID: id, Host: h.name, Patch: t.packageName() + ".amd64", At: own}
	if t.chance(0.4) { // a patch of its own, which waits among the facts
		o.Patch = "of-" + id + ".amd64"
	}
	if t.chance(0.25) {
		o.Withdraw = true
		return o
	}
	states := messages.States()
	o.State, o.Reason, o.By = states[t.IntN(len(states))], "because of "+id, "chaos"
	if t.chance(0.5) {
		levels := messages.Levels()
		o.Level = levels[t.IntN(len(levels))]
	}
	switch t.IntN(5) {
	case 0:
		o.ExpiresAt = own.Add(30 * time.Minute) // it has expired when it comes
	case 1, 2:
		o.ExpiresAt = t.plan.began.Add(1000 * time.Hour)
	case 3: // while workers die, and after the last has come
		const after = 5 * time.Second
		o.ExpiresAt = t.plan.starts.Add(after + time.Duration(t.Float64()*float64(t.plan.lasts))).Truncate(time.Millisecond)
	}
	return o
}

// boot returns when and how a host booted, as far as an event of that time tells.
func (t *teller) boot(own time.Time) (at time.Time, id string) {
	day := own.Add(-time.Duration(t.IntN(3)) * time.Hour).Truncate(6 * time.Hour)
	if t.chance(0.7) {
		at = day
	}
	if t.chance(0.7) {
		id = "boot-" + day.Format("02T15")
	}
	return at, id
}

func (t *teller) maybe() *bool {
	switch t.IntN(3) {
	case 0:
		return nil
	case 1:
		return new(bool)
	}
	yes := true
	return &yes
}
