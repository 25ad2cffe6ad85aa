package rpm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/publisher/host"
)

func steps(p *host.Plan) string {
	var b strings.Builder
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "%s %s.%s %s>%s %s\n", s.Action, s.Name, s.Arch, s.From, s.To, s.Reason)
	}
	return b.String()
}

// dnfTableText is a table as dnf 4 prints it on 80 columns: rows that do not fit go on in the next line.
const dnfTableText = `Last metadata expiration check: 0:00:01 ago on Sat Nov 28 09:19:12 2026.
Dependencies resolved.

 Problem: cannot install the best update candidate for package needs-missing-1.0-1.el9.x86_64
  - nothing provides libmissing.so.1()(64bit) needed by needs-missing-2.0-1.el9.x86_64
================================================================================
 Package       Arch   Version                                  Repository  Size
================================================================================
Installing:
 kernel-core   x86_64 5.14.0-427.13.1.el9_4                    baseos     5.8 k
 newtool       x86_64 2.0-1.el9                                baseos     5.7 k
     replacing  oldtool.x86_64 1.0-1.el9
Upgrading:
 a-package-with-a-name-that-does-not-fit-into-the-column
               x86_64 1:1.22.1-4.module+el9.3.0+110+bbbbbbbb   appstream  5.8 k
 another       noarch 2024a-1.el9
                                                               a-repository-with-a-long-name
                                                                          5.6 k
Reinstalling:
 again         x86_64 1-1                                      baseos     5.6 k
Downgrading:
 back          x86_64 0.9-1                                    baseos     5.6 k
Installing dependencies:
 needed        i686   0:3-1                                    baseos     5.6 k
Installing weak dependencies:
 liked         x86_64 3-1                                      baseos     5.6 k
Removing:
 gone          x86_64 1-1                                      @System     0  
 kernel-core   x86_64 5.14.0-362.8.1.el9_3                     @System     0  
Removing unused dependencies:
 unused        x86_64 1-1                                      @System     0  
Installing Groups:
 Some Group                                                                    
Skipping packages with conflicts:
(add '--best --allowerasing' to command line to force their upgrade):
 clash         x86_64 2-1                                      baseos     5.7 k
Skipping packages with broken dependencies:
 needs-missing x86_64 2.0-1.el9                                baseos     5.7 k

Transaction Summary
================================================================================
Install   2 Packages
Operation aborted.
`

func TestParseDnfPlan(t *testing.T) {
	t.Parallel()
	p, whole, err := parseDnfPlan(strings.NewReader(dnfTableText))
	if err != nil || !whole {
		t.Fatalf("whole %t, %v", whole, err)
	}
	diff(t, "steps", `install kernel-core.x86_64 >5.14.0-427.13.1.el9_4 
install newtool.x86_64 >2.0-1.el9 
install a-package-with-a-name-that-does-not-fit-into-the-column.x86_64 >1:1.22.1-4.module+el9.3.0+110+bbbbbbbb 
install another.noarch >2024a-1.el9 
install again.x86_64 >1-1 
install back.x86_64 >0.9-1 
install needed.i686 >3-1 
install liked.x86_64 >3-1 
remove gone.x86_64 1-1> 
remove unused.x86_64 1-1> 
keep clash.x86_64 >2-1 kept back: broken dependencies
keep needs-missing.x86_64 >2.0-1.el9 kept back: broken dependencies
`, steps(p))
}

func TestADnfPlanThatIsNone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text, want string
		whole            bool
	}{
		{"nothing to do", "Dependencies resolved.\nNothing to do.\nComplete!\n", "", true},
		{"of dnf 5", "Nothing to do.\n", "", true},
		{"nothing at all", "", "", false},
		{"cut off", "Upgrading:\n a x86_64 1-1 r 5 k\n", "install a.x86_64 >1-1 \n", false},
		{"refused", "Error: \n Problem: x\n  - nothing provides y\n", "", false},
	} {
		p, whole, err := parseDnfPlan(strings.NewReader(c.text))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		diff(t, c.name, c.want, steps(p))
		diff(t, c.name, c.whole, whole)
	}
	for _, text := range []string{"Upgrading:\n a x86_64\n", "Upgrading:\n a x86_64 1 1\n b x/86 1-1\n", "Removing:\n a x86_64 é\nTransaction Summary\n"} {
		if p, _, err := parseDnfPlan(strings.NewReader(text)); err == nil {
			t.Errorf("%q is the plan %v", text, p)
		}
	}
}

func TestParseZypperPlan(t *testing.T) {
	t.Parallel()
	said := &heard{}
	p, whole, err := parseZypperPlan(strings.NewReader(`<?xml version='1.0'?><stream>
<message type="info">Problem: a &lt; b</message>
<install-summary><to-upgrade>
<solvable type="package" name="sudo" edition="1.9.5p2-10.el9_3" arch="x86_64" edition-old="1.9.5p2-9.el9"><description>x</description></solvable>
<solvable type="package" name="archchange" edition="1.1-1" arch="x86_64" arch-old="noarch"/></to-upgrade>
<to-install><solvable type="patch" name="RHSA-2024:0811" edition="1" arch="noarch"/><solvable type="package" name="k" edition="0:2-1" arch="x86_64"/></to-install>
<to-remove><solvable type="package" name="oldtool" edition="1.0-1" arch="x86_64"/></to-remove>
<to-change-arch><solvable type="package" name="archchange" edition="1.1-1" arch="x86_64" arch-old="noarch"/></to-change-arch>
</install-summary></stream>`), said)
	if err != nil || !whole {
		t.Fatalf("whole %t, %v", whole, err)
	}
	diff(t, "steps", `install sudo.x86_64 >1.9.5p2-10.el9_3 
install archchange.x86_64 >1.1-1 
install k.x86_64 >2-1 
remove oldtool.x86_64 1.0-1> 
`, steps(p))
	diff(t, "said", []string{"Problem: a < b"}, said.errors)
	for text, want := range map[string]string{
		"<stream><message>Nothing to do.</message></stream>": "whole",
		"<stream><message>x</message></stream>":              "not whole",
		"<stream><message>x":                                 "error",
		"zypper: what?\n":                                    "not whole",
		`<stream><install-summary><to-upgrade><solvable type="package" name="a b" edition="1" arch="x"/></to-upgrade></install-summary></stream>`: "error",
	} {
		_, whole, err := parseZypperPlan(strings.NewReader(text), &heard{})
		got := map[bool]string{true: "whole", false: "not whole"}[whole]
		if err != nil {
			got = "error"
		}
		diff(t, text, want, got)
	}
}

func FuzzParseDnfPlan(f *testing.F) {
	f.Add(dnfTableText)
	f.Add("Installing:\n a x86_64 1-1\n        \v") // a line of blanks that are not all spaces
	f.Fuzz(func(t *testing.T, text string) {
		p, _, err := parseDnfPlan(strings.NewReader(text))
		if err != nil {
			return
		}
		seen := map[nameArch]bool{}
		for _, s := range p.Steps {
			id := nameArch{s.Name, s.Arch}
			if seen[id] || !legalName(s.Name) || !legalArch(s.Arch) || (s.To == "") != (s.Action == host.ActionRemove) {
				t.Fatalf("the step %+v", s)
			}
			seen[id] = true
		}
	})
}

func FuzzParseZypperPlan(f *testing.F) {
	f.Add(`<stream><install-summary><to-upgrade><solvable type="package" name="a" edition="1-1" arch="x"/></to-upgrade></install-summary></stream>`)
	f.Fuzz(func(t *testing.T, text string) {
		p, _, err := parseZypperPlan(strings.NewReader(text), &heard{})
		if err == nil && len(p.Steps) > len(text) {
			t.Fatal(p)
		}
	})
}
