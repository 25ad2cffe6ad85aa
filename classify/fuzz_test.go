package classify

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// read returns numbers from the input of a fuzz target, and zeros behind its end.
func read(input []byte) pick {
	return func(n int) int {
		if len(input) == 0 {
			return 0
		}
		b := int(input[0])
		input = input[1:]
		return b % n
	}
}

// Whatever a host may say: no panic, counts that add up, and nothing unknown called compliant.
func FuzzClassify(f *testing.F) {
	f.Add([]byte{})
	for i := range 40 {
		seed := make([]byte, 600)
		for j := range seed {
			seed[j] = byte((j*j + 7*j*i + i*i*31) >> 1 * 37)
		}
		f.Add(seed)
	}
	f.Add(bytes.Repeat([]byte{1, 2, 3}, 200))
	f.Fuzz(func(t *testing.T, input []byte) {
		p := read(input)
		events, choice, settings, now := p.randomHost(), p.choice(), p.settings(), p.now()
		mustBeValid(events)
		facts := merged(events)
		r := Classify("web-1", facts, choice, settings, now)
		wantSound(t, r, choice.Baseline)
		if r.Status == messages.Compliant {
			wantKnown(t, r, facts, choice.Baseline, settings, now)
		}
		for i := range r.Patches {
			wantSoundItem(t, &r.Patches[i])
			wantPlain(t, r.Explain(&r.Patches[i]), &r.Patches[i])
		}
	})
}

func wantSound(t *testing.T, r *Report, b *Baseline) {
	t.Helper()
	sum, bad := 0, 0
	for _, s := range messages.States() {
		sum += r.Counts[string(s)]
	}
	for i := range r.Patches {
		if r.Patches[i].NonCompliant(b) {
			bad++
		}
	}
	grave := r.Counts[messages.CriticalNonCompliant] + r.Counts[messages.SecurityNonCompliant] + r.Counts[messages.OtherNonCompliant]
	if sum != len(r.Patches) || grave < bad || grave > 2*bad || len(r.Counts) != 11 {
		t.Errorf("%d items, %d of them non-compliant, counts %v", len(r.Patches), bad, r.Counts)
	}
	if (bad > 0) != (r.Status == messages.NonCompliant) || (bad > 0) != (r.Level != "") || (r.Status == messages.Unknown) != (len(r.Reasons) > 0) {
		t.Errorf("%d non-compliant, status %s, level %s, reasons %v", bad, r.Status, r.Level, r.Reasons)
	}
	if !slices.IsSortedFunc(r.Patches, func(a, b Item) int { return strings.Compare(a.Patch, b.Patch+"\x00") }) {
		t.Error("a patch is out of order, or there twice")
	}
}

// wantKnown checks what must be known of a host that is called compliant, without asking the classifier.
func wantKnown(t *testing.T, r *Report, f *Facts, b *Baseline, s Settings, now time.Time) {
	t.Helper()
	if f.Full == nil || b == nil {
		t.Fatal("compliant without a full scan or a baseline")
	}
	taken := f.Full.At
	if f.Unchanged != nil && f.Unchanged.Scan.Hash == f.Full.Scan.Hash && f.Unchanged.At.After(taken) {
		taken = f.Unchanged.At
	}
	if !now.IsZero() && now.Sub(taken) > s.ScanMaxAge.or(7*24*time.Hour) {
		t.Errorf("compliant by a scan of %s", taken)
	}
	if f.Full.Scan.Origins[2].Trusted || len(s.SecurityLabels) > 0 {
		return
	}
	for _, rule := range b.ApprovalRules.PatchRules {
		if !rule.EnableNonSecurity {
			t.Error("compliant by a rule for security alone, without a security source")
		}
	}
}

func wantSoundItem(t *testing.T, i *Item) {
	t.Helper()
	computed := i.State
	if o := i.Reason.Override; o != nil {
		computed = o.ComputedState
	}
	switch computed {
	case messages.Missing:
		if version.CompareDeb(i.Version, i.Installed) <= 0 || i.Reason.Matched == nil {
			t.Errorf("MISSING %s, installed %s, matched %v", i.Version, i.Installed, i.Reason.Matched)
		}
	case messages.Installed, messages.InstalledOther, messages.InstalledRejected, messages.InstalledPendingReboot:
		if i.Version != i.Installed {
			t.Errorf("%s %s, installed %s", computed, i.Version, i.Installed)
		}
	case messages.NotApplicable:
		if i.Version != "" || i.Installed != "" || i.Reason.Matched == nil {
			t.Errorf("NOT_APPLICABLE %s, installed %s", i.Version, i.Installed)
		}
	}
	if i.Blocked != "" && computed != messages.Missing {
		t.Errorf("%s, and blocked by %s", computed, i.Blocked)
	}
	if i.Reason.Code == "" || i.Reason.Event == "" || !slices.Contains(messages.Levels(), i.Level) || !slices.Contains(messages.States(), i.State) {
		t.Errorf("item %+v", i)
	}
}

// wantPlain checks that an explanation says something, in lines that a terminal prints as they are.
func wantPlain(t *testing.T, e Explanation, i *Item) {
	t.Helper()
	lines := append(append([]string{i.Words(), i.Next()}, e.Sentences...), e.WouldChange...)
	for _, line := range lines {
		if strings.ContainsFunc(line, func(c rune) bool { return !unicode.IsPrint(c) }) || strings.Contains(line, "%!") {
			t.Errorf("%q", line)
		}
	}
	if len(e.Sentences) < 3 || len(e.WouldChange) == 0 || i.Words() == "" {
		t.Errorf("%s: %q", i.Reason.Code, e)
	}
}
