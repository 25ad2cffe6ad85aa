package rpm

import (
	"slices"
	"strings"
	"testing"
)

func TestWhatIsAskedBeforeARun(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"dnf -y upgrade": "--assumeno upgrade",
		"/usr/bin/dnf -yq --enablerepo acme up x": "--assumeno --enablerepo acme up x",
		"yum -yv update":                              "--assumeno update",
		"dnf --assumeyes --quiet --best upgrade":      "--assumeno --best upgrade",
		"dnf --assumeno upgrade":                      "--assumeno upgrade",
		"dnf -c /y.conf -C -4y install a":             "--assumeno -c /y.conf -C -4 install a",
		"dnf --setopt -y upgrade":                     "--assumeno --setopt -y upgrade", // it is the option's value
		"dnf upgrade -- -y":                           "--assumeno upgrade -- -y",
		"dnf5 --setopt=a=b -y upgrade --security":     "--assumeno --setopt=a=b upgrade --security",
		"dnf -y distro-sync":                          "--assumeno distro-sync",
		"dnf -y remove a":                             "--assumeno remove a",
		"zypper -n patch":                             "--xmlout --non-interactive patch --dry-run",
		"zypper --non-interactive --no-refresh up -l": "--xmlout --non-interactive --no-refresh up --dry-run -l",
		"zypper -nq --root /r in -t patch a":          "--xmlout --non-interactive --root /r in --dry-run -t patch a",
		"zypper -n dup --dry-run":                     "--xmlout --non-interactive dup --dry-run",
		"dnf makecache":                               "",
		"dnf clean all":                               "",
		"dnf config-manager --set-enabled x":          "",
		"dnf versionlock add x":                       "",
		"dnf module reset nginx":                      "",
		"dnf history undo 3":                          "",
		"dnf system-upgrade download":                 "",
		"dnf list upgrade":                            "",
		"dnf --comment upgrade check-update":          "",
		"microdnf -y upgrade":                         "",
		"zypper refresh":                              "",
		"zypper addlock patch":                        "",
		"zypper -R update lu":                         "",
		"dnf":                                         "",
		"zypper":                                      "",
		"apt-get upgrade":                             "",
	} {
		argv, got := strings.Fields(line), ""
		if isPlanned(argv) {
			got = strings.Join(asking(argv), " ")
		}
		diff(t, line, want, got)
	}
}

func TestManagersAreFoundBehindWhatOnlyRunsThem(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"dnf upgrade": true, "yum update": true, "dnf5 upgrade": true, "zypper patch": true, "microdnf upgrade": true,
		"sudo -n dnf -y upgrade": true, "env A=b nice dnf upgrade": true, "timeout 3h zypper -n patch": true,
		"sh -c dnf": true, "ansible-playbook x": false, "dnf-automatic": false, "apt-get upgrade": false, "": false,
	} {
		diff(t, line, want, Calls(strings.Fields(line), nil))
	}
	diff(t, "two commands", false, Calls([]string{"sh", "-c", "dnf clean all && dnf -y upgrade"}, nil))
}

func TestWhatACommandIsToBringToItsNewestVersion(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"dnf -y upgrade":                        "all",
		"dnf upgrade --enablerepo acme":         "all",
		"dnf -y upgrade sudo lib* glibc.i686":   "glibc.i686 libx.x86_64 sudo.x86_64",
		"dnf -y distro-sync":                    "all",
		"dnf -y upgrade --security":             "",
		"dnf -y upgrade --advisory=A":           "",
		"dnf upgrade-minimal --sec-severity I":  "",
		"dnf -y install sudo":                   "",
		"dnf -y remove sudo":                    "",
		"zypper -n up":                          "all",
		"zypper -n update -t package sudo":      "sudo.x86_64",
		"zypper -n patch":                       "",
		"zypper -n in sudo":                     "",
		"dnf check-update":                      "",
		"dnf-automatic":                         "",
		"dnf upgrade [sudo":                     "",
		"zypper --root /r --no-refresh up sudo": "sudo.x86_64",
	} {
		s, got := scopeOf(strings.Fields(line)), []string{}
		for _, id := range []nameArch{{"glibc", "i686"}, {"glibc", "x86_64"}, {"libx", "x86_64"}, {"sudo", "x86_64"}} {
			if s.holds(id) {
				got = append(got, id.String())
			}
		}
		text := strings.Join(got, " ")
		if s.all {
			text = "all"
		}
		diff(t, line, want, text)
		if s.empty() && text != "" {
			t.Errorf("%s: empty, and holds %s", line, text)
		}
	}
}

// Whatever a line is, the plan's has no option that answers yes.
func FuzzAsking(f *testing.F) {
	f.Add("dnf -y --enablerepo acme upgrade a")
	f.Add("zypper -nq --root /r in -t patch a -y")
	f.Fuzz(func(t *testing.T, line string) {
		argv := strings.Fields(line)
		if !isPlanned(argv) {
			return
		}
		args := asking(argv)
		if isZypper(argv) {
			if !slices.Contains(args, "--dry-run") {
				t.Fatalf("%q: %q", argv, args)
			}
			return
		}
		if args[0] != "--assumeno" {
			t.Fatalf("%q: %q", argv, args)
		}
		for i := 1; i < len(args) && args[i] != "--"; i++ {
			valued := slices.Contains(dnfSyntax.valued, args[i-1])
			if !valued && (args[i] == "-y" || args[i] == "--assumeyes") {
				t.Fatalf("%q: %q", argv, args)
			}
		}
	})
}
