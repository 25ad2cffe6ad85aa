package classify

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/classify/classifytest"
	"github.com/patchstream/patchstream/messages"
)

// Whatever a host may say: no panic, counts that add up, and nothing unknown called compliant.
func FuzzClassify(f *testing.F) {
	for _, seed := range classifytest.Seeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		p := classifytest.Read(input)
		events, choices := randomHost(p)
		choice, settings, now := choices(), randomSettings(p), randomNow(p)
		mustBeValid(events)
		facts := merged(events)
		r := Classify("web-1", facts, choice, settings, now)
		wantSound(t, r, choice.Baseline)
		if r.Status == messages.Compliant {
			wantKnown(t, r, facts, choice.Baseline, settings, now)
		}
		for i := range r.Patches {
			wantSoundItem(t, &r.Patches[i], familyOf(facts.Full.Scan.OS.System))
		}
	})
}

func wantSound(t *testing.T, r *Report, b *baseline.Baseline) {
	t.Helper()
	sum, bad := 0, 0
	for _, s := range messages.States() {
		sum += r.Counts[string(s)]
	}
	for i := range r.Patches {
		if b.NonCompliant(r.Patches[i].State) {
			bad++
		}
	}
	grave := r.Counts[messages.CriticalNonCompliant] + r.Counts[messages.SecurityNonCompliant] + r.Counts[messages.OtherNonCompliant]
	if sum != len(r.Patches) || grave < bad || grave > 2*bad || len(r.Counts) != 11 {
		t.Errorf("%d items, %d of them non-compliant, counts %v", len(r.Patches), bad, r.Counts)
	}
	if (bad > 0) != (r.Status == messages.NonCompliant) || (bad > 0) != (r.Level != "") || (r.Status == messages.Unknown) != (bad == 0 && len(r.Reasons) > 0) {
		t.Errorf("%d non-compliant, status %s, level %s, reasons %v", bad, r.Status, r.Level, r.Reasons)
	}
	if !slices.IsSortedFunc(r.Patches, func(a, b Item) int { return strings.Compare(a.Patch, b.Patch+"\x00") }) {
		t.Error("a patch is out of order, or there twice")
	}
}

// wantKnown checks what must be known of a host that is called compliant, without asking the classifier.
func wantKnown(t *testing.T, r *Report, f *Facts, b *baseline.Baseline, s Settings, now time.Time) {
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
	switch f.Full.Scan.OS.System {
	case messages.SystemWindows, messages.SystemMacOS:
		wantSearched(t, f, s)
		return
	case "REDHAT_ENTERPRISE_LINUX":
		wantNotices(t, f, b)
		return
	}
	if f.Full.Scan.Origins[2].Unread || f.NeedsFullScan() {
		t.Error("compliant by a security source that was not read, or by a scan that is proven to be outdated")
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

// wantSearched is wantKnown of a host that can only say when it searched for updates.
func wantSearched(t *testing.T, f *Facts, s Settings) {
	t.Helper()
	if at := f.scan().Scan.IndexAt; at.IsZero() || f.scan().At.Sub(at) > s.ListsMaxAge.or(14*24*time.Hour) {
		t.Errorf("compliant by a search of %s", at)
	}
}

// wantNotices is wantKnown of a host of rpm.
func wantNotices(t *testing.T, f *Facts, b *baseline.Baseline) {
	t.Helper()
	origins := f.Full.Scan.Origins
	if slices.ContainsFunc(origins, func(o messages.Origin) bool { return o.Unread }) {
		t.Error("compliant by repositories of which one was not read")
	}
	noticed := slices.ContainsFunc(origins, func(o messages.Origin) bool { return o.Trusted && o.Notices })
	for _, rule := range b.ApprovalRules.PatchRules {
		if !rule.EnableNonSecurity && !noticed {
			t.Error("compliant by a rule for notices alone, without notices")
		}
	}
}

func wantSoundItem(t *testing.T, i *Item, of *family) {
	t.Helper()
	computed := i.State
	if o := i.Reason.Override; o != nil {
		computed = o.ComputedState
	}
	switch computed {
	case messages.Missing:
		if !of.unordered && of.ordered(i.Installed) == nil && of.compare(i.Version, i.Installed) <= 0 || i.Reason.Matched == nil {
			t.Errorf("MISSING %s, installed %s, matched %v", i.Version, i.Installed, i.Reason.Matched)
		}
	case messages.Installed, messages.InstalledOther, messages.InstalledRejected, messages.InstalledPendingReboot:
		if i.Version != i.Installed {
			t.Errorf("%s %s, installed %s", computed, i.Version, i.Installed)
		}
	case messages.AvailableSecurityUpdate:
		if of != &windows || i.Installed != "" || i.Classification != Security || i.Reason.Stopped == nil {
			t.Errorf("AVAILABLE_SECURITY_UPDATE %+v", i)
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
