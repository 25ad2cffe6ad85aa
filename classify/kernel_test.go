package classify

import (
	"slices"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

// K: an installed kernel is newer than the one that runs.
func TestKernel_that_waits(t *testing.T) {
	const running, older, newer, newest = "5.15.0-100-generic", "5.15.0-99-generic", "5.15.0-101-generic", "5.15.0-110-generic"
	kernel := func(release string) messages.Package { return pkg("linux-image-"+release, "1 security") }
	host := func(release string, packages ...messages.Package) *messages.Scan {
		s := scan(0, packages...)
		s.OS.Kernel = release
		return s
	}
	for _, row := range []struct {
		name   string
		s      Settings
		events []messages.Event
		want   string // the package that waits
	}{
		{"a newer one", Settings{}, []messages.Event{host(running, kernel(running), kernel(newer))}, newer},
		{"the newest of several", Settings{}, []messages.Event{host(running, kernel(newer), kernel(newest), kernel(running))}, newest},
		{"also where the running one's package is gone", Settings{}, []messages.Event{host(running, kernel(newer))}, newer},
		{"an older one does not", Settings{}, []messages.Event{host(running, kernel(running), kernel(older))}, ""},
		{"of another flavour", Settings{}, []messages.Event{host(running, kernel(running), kernel("5.15.0-101-aws"))}, ""},
		{"a kernel of no package's flavour says nothing", Settings{}, []messages.Event{host("5.15.0-100-pve", kernel(newer))}, ""},
		{"a release without a flavour says nothing", Settings{}, []messages.Event{host("6.6.1", kernel(newer))}, ""},
		{"without a running kernel", Settings{}, []messages.Event{host("", kernel(newer))}, ""},
		{"an unsigned one", Settings{}, []messages.Event{host(running, pkg("linux-image-unsigned-"+newer, "1"))}, "unsigned-" + newer},
		{"half configured it is not ready", Settings{}, []messages.Event{host(running, but(kernel(newer), state("half-configured")))}, ""},
		{"removed it is not there", Settings{}, []messages.Event{host(running, but(kernel(newer), state("config-files")))}, ""},
		{"the headers are no kernel", Settings{}, []messages.Event{host(running, pkg("linux-headers-"+newer, "1"))}, ""},
		{"the scan says that no boot is needed", Settings{}, []messages.Event{asking(host(running, kernel(newer)), false)}, ""},
		{"a newer scan says so", Settings{}, []messages.Event{host(running, kernel(newer)), asking(unchanged(1, "x"), false)}, ""},
		{"an older one said so", Settings{}, []messages.Event{asking(scan(-1), false), host(running, kernel(newer))}, newer},
		{"a run says so", Settings{}, []messages.Event{host(running, kernel(newer)), func() messages.Event { r := run(1); r.RebootRequired = new(false); return r }()}, newer},
		{"the host booted since", Settings{}, []messages.Event{booted(host(running, kernel(newer)), at(-1), "A"), booted(failedScan(1), at(0.5), "B")}, ""},
		{"pending_reboot=runs", Settings{PendingReboot: "runs"}, []messages.Event{host(running, kernel(newer))}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judgedBy(t, securityOnly(), row.s, at(1), row.events...)
			var waiting []string
			for _, i := range r.Patches {
				if i.State == pending {
					waiting = append(waiting, i.Patch)
					if i.Reason.Code != messages.BecauseKernelWaits || i.Reason.Reboot == nil || i.Reason.Reboot.Event != "scan-at-0" {
						t.Errorf("reason %+v", i.Reason)
					}
				}
			}
			if row.want == "" {
				if wantTexts(t, waiting); slices.Contains(r.Codes(), RebootRequired) {
					t.Error("the host needs a reboot")
				}
				return
			}
			wantTexts(t, waiting, "linux-image-"+row.want+".amd64")
			wantConditions(t, r, RebootRequired)
			if got := detail(r, RebootRequired); got != "linux-image-"+row.want {
				t.Errorf("detail %q", got)
			}
		})
	}
	t.Run("the host needs the boot also where its item is not in order", func(t *testing.T) {
		r := judged(t, securityOnly(), host(running, pkg("linux-image-"+newer, "1", "2 security")))
		wantItem(t, r, "linux-image-"+newer+".amd64", "MISSING 2 UNSPECIFIED Security")
		wantStatus(t, r, messages.NonCompliant, RebootRequired)
	})
}

// A scan that lists the same packages in another order says the same.
func TestTheKernelsThatWaitAreCountedInOneOrder(t *testing.T) {
	kernel := func(arch string) messages.Package {
		return messages.Package{Name: "linux-image-6.1.0-10-amd64", Arch: arch, Installed: new("6.1.1"), State: "installed"}
	}
	scan := &messages.Scan{OS: messages.OS{System: "DEBIAN", Kernel: "6.1.0-9-amd64"}, Packages: []messages.Package{kernel("i386"), kernel("amd64")}}
	c := &classifier{scan: &ScanFact{Scan: scan}}
	if got := apt.census(c).Kernels; len(got) != 2 || got[0].Arch != "amd64" {
		t.Errorf("%v wait", got)
	}
}
