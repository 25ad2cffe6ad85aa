package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/publisher/rpm"
)

// Whose packages a command changes, it says itself; of another, the root does.
func TestTheCommandOrTheRootSaysWhoseDatabaseItIs(t *testing.T) {
	t.Parallel()
	root := func(files map[string]string) string {
		dir := t.TempDir()
		for name, text := range files {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	debian := root(map[string]string{"etc/os-release": "ID=debian\n", "var/lib/dpkg/status": "", "var/lib/rpm/rpmdb.sqlite": ""})
	rocky := root(map[string]string{"etc/os-release": "ID=rocky\nID_LIKE=\"rhel fedora\"\n"})
	suse := root(map[string]string{"etc/os-release": "ID=sles\n"})
	for _, c := range []struct {
		root, line string
		rpm        bool
	}{
		{debian, "apt-get -y upgrade", false},
		{debian, "sudo dnf --installroot /srv/x upgrade", true},
		{debian, "./patch.sh", false},
		{rocky, "dnf -y upgrade", true},
		{rocky, "sh -c ./patch.sh", true},
		{rocky, "apt-get upgrade", false},
		{suse, "transactional-update patch", true},
		{suse, "nice zypper -n patch", true},
		{filepath.Join(debian, "nowhere"), "./patch.sh", false},
	} {
		_, is := newApp(nil, nil, nil).runner(c.root, strings.Fields(c.line)).(*rpm.Runner)
		if is != c.rpm {
			t.Errorf("%s on %s: rpm's %t, want %t", c.line, c.root, is, c.rpm)
		}
	}
}
