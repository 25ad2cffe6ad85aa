package apt

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestAptIsFoundBehindWhatOnlyRunsIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, want string }{
		{"apt-get -y upgrade", "0 apt-get -y upgrade"},
		{"/usr/bin/apt full-upgrade", "0 /usr/bin/apt full-upgrade"},
		{"nice apt-get upgrade", "1 apt-get upgrade"},
		{"nice -n 10 apt-get upgrade", "3 apt-get upgrade"},
		{"nice -10 apt-get upgrade", "2 apt-get upgrade"},
		{"nice --adjustment=5 ionice -c3 -t apt-get upgrade", "5 apt-get upgrade"},
		{"nice --adjustment 5 apt-get upgrade", "3 apt-get upgrade"},
		{"timeout 3h apt-get upgrade", "2 apt-get upgrade"},
		{"timeout --foreground -k 60 -s INT 3h nohup apt-get upgrade", "8 apt-get upgrade"},
		{"timeout 3h", ""},
		{"flock -n -w 5 /run/patch.lock apt-get upgrade", "5 apt-get upgrade"},
		{"flock /run/patch.lock -c apt-get", ""},
		{"systemd-inhibit --what=shutdown --why patching apt-get upgrade", "4 apt-get upgrade"},
		{"setsid -w apt-get upgrade", "2 apt-get upgrade"},
		{"setsid -f apt-get upgrade", ""},
		{"env DEBIAN_FRONTEND=noninteractive LC_ALL=de_DE.UTF-8 apt-get upgrade", "3 apt-get upgrade"},
		{"env -u LANG -- A=b apt-get upgrade", "5 apt-get upgrade"},
		{"env --unset=LANG -i PATH=/usr/bin apt-get upgrade", "4 apt-get upgrade"},
		{"env -S apt-get", ""},
		{"env A=b", ""},
		{"sudo apt-get upgrade", "1 apt-get upgrade closed"},
		{"sudo -nE -u root A=b -- apt-get upgrade", ""}, // -- comes before the variables
		{"sudo -nH -u root A=b apt-get upgrade", "5 apt-get upgrade closed"},
		{"sudo --non-interactive -- nice apt-get upgrade", "4 apt-get upgrade closed"},
		{"sudo -b apt-get upgrade", ""},
		{"sudo -i apt-get upgrade", ""},
		{"doas -n apt-get upgrade", "2 apt-get upgrade closed"},
		{"sh -c|apt-get -y upgrade", "-1 apt-get -y upgrade"},
		{"sudo sh -c|A=b exec nice apt-get -y upgrade", "-1 apt-get -y upgrade closed"},
		{`bash -ec|apt-get -o Dpkg::Options::="--force-confold" -o 'A::B=c d' upgrade`, "-1 apt-get -o Dpkg::Options::=--force-confold -o A::B=c d upgrade"},
		{"sh -c|apt-get update && apt-get -y upgrade", ""},
		{"sh -c|apt-get upgrade; true", ""},
		{"sh -c|apt-get upgrade >/dev/null", ""},
		{"sh -c|apt-get install $PACKAGES", ""},
		{`sh -c|apt-get install "$PACKAGES"`, ""},
		{"sh -c|apt-get install lib*", ""},
		{"sh -c|apt-get install ~/x.deb", ""},
		{"sh -c|apt-get install 'x", ""},
		{"sh -c|APT_CONFIG=~/apt.conf apt-get upgrade", ""},
		{"sh -c|apt-get install x=1.0~rc1", "-1 apt-get install x=1.0~rc1"},
		{"sh -c|cd /tmp", ""},
		{"sh -c|", ""},
		{"sh -c|apt-get upgrade|x", ""},
		{"sh -l -c|apt-get upgrade", ""},
		{"chroot /srv/root apt-get upgrade", ""},
		{"unattended-upgrade -v", ""},
		{"aptitude safe-upgrade", ""},
		{"nice", ""},
		{"nice -- -x", ""},
		{"nice -n", ""},
		{"nice -", ""},
	} {
		words := strings.Split(c.line, "|")
		argv := append(strings.Fields(words[0]), words[1:]...)
		got := apts.Find(argv, nil)
		text := ""
		if got.Argv != nil {
			text = strings.Join(append([]string{strconv.Itoa(got.At)}, got.Argv...), " ")
			if got.At >= 0 && !slices.Equal(argv[got.At:], got.Argv) {
				t.Errorf("%s: %q does not stand at %d", c.line, got.Argv, got.At)
			}
		}
		if got.Closed && text != "" {
			text += " closed"
		}
		diff(t, c.line, c.want, text)
	}
}

func TestTheEnvironmentInWhichAptWorks(t *testing.T) {
	t.Parallel()
	ours := []string{"APT_CONFIG=/ours", "LANG=de_DE.UTF-8", "A=1"}
	for _, c := range []struct{ line, config, a, dir string }{
		{"apt-get upgrade", "/ours", "1", ""},
		{"env APT_CONFIG=/theirs A=2 apt-get upgrade", "/theirs", "2", ""},
		{"env -u APT_CONFIG apt-get upgrade", "", "1", ""},
		{"env -i A=3 apt-get upgrade", "", "3", ""},
		{"env -C /srv apt-get upgrade", "/ours", "1", "/srv"},
		{"env -C /srv env -C sub apt-get upgrade", "/ours", "1", "/srv/sub"},
		{"sudo apt-get upgrade", "", "1", ""}, // by default it does not pass it on
		{"sudo APT_CONFIG=/theirs apt-get upgrade", "/theirs", "1", ""},
		{"sudo -E apt-get upgrade", "unknown", "unknown", ""},
		{"sudo --preserve-env=A apt-get upgrade", "", "1", ""},
		{"sudo --preserve-env=A,APT_CONFIG apt-get upgrade", "unknown", "unknown", ""},
		{"aptitude upgrade", "/ours", "1", ""},
	} {
		got := apts.Find(strings.Fields(c.line), ours)
		if got.Argv == nil && c.config == "unknown" {
			continue
		}
		diff(t, c.line, []string{c.config, c.a, c.dir}, []string{got.Variable("APT_CONFIG"), got.Variable("A"), got.Dir})
	}
	diff(t, "ours", []string{"APT_CONFIG=/ours", "LANG=de_DE.UTF-8", "A=1"}, ours)
}

func FuzzFindCall(f *testing.F) {
	f.Add("sudo -n -u root A=b nice -n 5 sh -c apt-get\x00upgrade")
	f.Add("env -C / -u X -- timeout -k 5 3h apt -y full-upgrade")
	f.Fuzz(func(t *testing.T, line string) {
		argv := strings.Fields(line)
		c := apts.Find(argv, []string{"APT_CONFIG=/x"})
		if c.Argv != nil && (!isApt(c.Argv) || c.At >= 0 && !slices.Equal(argv[c.At:], c.Argv)) {
			t.Fatalf("%q: %+v", argv, c)
		}
	})
}
