package messages

import (
	"fmt"
	"testing"
	"time"
)

// firstChange returns the first change of a host: most packages are in order, one in seven lacks an update.
func firstChange(packages int) *Changed {
	const (
		scanID = "scan-01795898877871361687"
		rule   = "PRIORITY in Required Important Standard Optional Extra"
	)
	now := time.Unix(1763632800, 872429920).UTC()
	c := &Changed{Head: Head{
		V: 1, Host: "mail-000003.example.org", ID: "abcdefgh/mail-000003.example.org/1", Revision: 1, At: now,
		Cause: Cause{Kind: KindScan, ID: scanID, OccurredAt: now}, Status: StatusChange{To: NonCompliant}, Level: LevelChange{To: Unspecified},
		Baseline: BaselineRef{ID: "AWS-DebianDefaultPatchBaseline", Name: "AWS-DebianDefaultPatchBaseline"},
		Counts:   Counts{string(Installed): 40, string(InstalledOther): 564, string(Missing): packages / 7}, ConditionsFrom: []string{},
	}}
	for i, p := range hostScan(packages).Packages {
		t := Transition{Item: Item{
			Patch: p.Name + "." + p.Arch, Name: p.Name, Arch: p.Arch, State: InstalledOther, Version: *p.Installed, Installed: *p.Installed,
			Level: Unspecified, Since: now, Reason: Reason{Code: BecauseNotApproved},
		}}
		if i%7 == 0 {
			t.State, t.Version, t.Classification = Missing, *p.Installed+"+deb12u1", "Security"
			t.Reason = Reason{Code: BecauseNewerApproved, Matched: &Matched{Rule: new(0), Text: rule}, Compared: []string{*p.Installed, t.Version}, Event: scanID}
		} else if i%17 == 0 {
			t.State, t.Classification = Installed, "Security"
			t.Reason = Reason{Code: BecauseApproved, Matched: &Matched{Rule: new(0), Text: rule}}
		}
		c.Transitions = append(c.Transitions, t)
	}
	return c
}

// BenchmarkEncodeChange encodes changes of a few transitions and of a host's first scan.
func BenchmarkEncodeChange(b *testing.B) {
	for _, n := range []int{5, 700} {
		c := firstChange(n)
		for format := range Format(2) {
			b.Run(fmt.Sprintf("%s/%d", []string{"msgpack", "json"}[format], n), func(b *testing.B) {
				b.ReportAllocs()
				var size int
				for b.Loop() {
					payload, err := EncodeChange(c, format)
					if err != nil {
						b.Fatal(err)
					}
					size = len(payload)
				}
				b.SetBytes(int64(size))
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/transition")
			})
		}
	}
}
