package fleet

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Host is a host of a fleet. Its methods are pure, and safe for concurrent use. Rounds count from 0.
type Host struct {
	Name string

	fleet              *Fleet
	number, kind, ring int
	places             []int // of its packages in the pool, by name
}

func (h *Host) dice(of, what int) uint64 { return h.fleet.dice(of, h.number, what) }

// Group returns the patch group that the host's tags propose.
func (h *Host) Group() string { return fmt.Sprintf("%s-ring-%d", kinds[h.kind], h.ring) }

// Scan returns a full scan of a round.
func (h *Host) Scan(at time.Time, round int) *messages.Scan {
	s := h.scan(at, round)
	s.Packages = h.packages(round)
	return s
}

// Unchanged returns a scan that confirms by its hash the full one of a round.
func (h *Host) Unchanged(at time.Time, round int) *messages.Scan {
	s := h.scan(at, round)
	s.Unchanged = true
	return s
}

func (h *Host) scan(at time.Time, round int) *messages.Scan {
	built := h.fleet.cfg.Built
	hash := sha256.Sum256(fmt.Appendf(nil, "%d/%d/%d", h.fleet.cfg.Seed, h.number, round))
	return &messages.Scan{
		ID: id("scan", at), Host: h.Name, TakenAt: at, Complete: true, Hash: hex.EncodeToString(hash[:]),
		OS:   messages.OS{System: "DEBIAN", Product: "Debian12", Version: "12", Codename: "bookworm", Arch: arch, Kernel: "6.1.0-50-amd64"},
		Tags: map[string]string{"PatchGroup": h.Group()}, Machine: fmt.Sprintf("%016x%016x", h.dice(machine, 0), h.dice(machine, 1)),
		BootedAt: built, BootID: h.bootID(), IndexAt: built, Origins: origins(built),
	}
}

// id returns the id of an event. A host has one event of a kind at a time.
func id(kind string, at time.Time) string { return fmt.Sprintf("%s-%020d", kind, at.UnixNano()) }

func (h *Host) bootID() string { return fmt.Sprintf("%032x", h.dice(machine, 2)) }

const arch = "amd64"

// The positions of the archives among [origins].
const (
	fromRelease  = 0
	fromSecurity = 2
)

// origins are those of the recorded host.
func origins(date time.Time) []messages.Origin {
	debian := messages.Origin{Archive: "oldstable", Site: "deb.debian.org", Origin: "Debian", Label: "Debian", Component: "main", Codename: "bookworm", Trusted: true, Date: date}
	updates, security := debian, debian
	updates.Archive, updates.Codename = "oldstable-updates", "bookworm-updates"
	security.Archive, security.Codename, security.Label = "oldstable-security", "bookworm-security", "Debian-Security"
	return []messages.Origin{debian, updates, security}
}

// Run returns a run of a round that installed the updates of so many packages, or of all that lack one where they are fewer. One in
// twenty failed.
func (h *Host) Run(at time.Time, round, packages int) *messages.Run {
	code, succeeded := 0, true
	r := &messages.Run{
		ID: id("run", at), Host: h.Name, RunID: id("nightly", at), Operation: messages.OperationInstall, StartedAt: at.Add(-time.Minute), FinishedAt: at,
		ExitCode: &code, RebootOption: messages.NoReboot, BootedAt: h.fleet.cfg.Built, BootID: h.bootID(), Succeeded: &succeeded,
	}
	for i := range h.places {
		e, installed, newest := h.levels(i, round)
		if installed == newest || len(r.Outcomes) == packages {
			continue
		}
		to := e.version(newest)
		o := messages.Outcome{Name: e.name, Arch: arch, From: e.version(installed), To: &to, Result: messages.ResultInstalled}
		if len(r.Outcomes)%20 == 19 {
			code, succeeded = 100, false
			o.Result, o.Stage, o.Error = messages.ResultFailed, "configure", "installed "+e.name+" package post-installation script subprocess returned error exit status 1"
		}
		r.Outcomes = append(r.Outcomes, o)
	}
	return r
}

// Recheck returns a request to classify the host again, by the baselines as they are at least at a sequence.
func (h *Host) Recheck(id string, baselinesSeq uint64) *messages.Recheck {
	return &messages.Recheck{ID: id, Host: h.Name, Cause: "bench", BaselinesSeq: baselinesSeq}
}
