package auth

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

func made(t *testing.T) *Dir {
	t.Helper()
	d, isNew, err := Init(filepath.Join(t.TempDir(), "etc", "auth"), "127.0.0.1:4222")
	if err != nil || !isNew {
		t.Fatalf("made %v, %v", isNew, err)
	}
	return d
}

func add(t *testing.T, d *Dir, role Role, names ...string) (all, added []User) {
	t.Helper()
	all, added, err := d.Add(role, names, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return all, added
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestNobodyElseReadsTheDirectory(t *testing.T) {
	d := made(t)
	add(t, d, Host, "web-1")
	err := filepath.WalkDir(d.path, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: %v", path, got)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// nats-server may run as somebody else, who was let in by an operator's hand.
func TestAChangeLeavesModesAsTheyWere(t *testing.T) {
	d := made(t)
	for name, mode := range map[string]fs.FileMode{UsersFile: 0o640, ".": 0o750} {
		if err := os.Chmod(filepath.Join(d.path, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	add(t, d, Host, "web-1")
	if _, _, err := Init(d.path, "127.0.0.1:4222"); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]fs.FileMode{UsersFile: 0o640, ".": 0o750} {
		info, err := os.Stat(filepath.Join(d.path, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != mode {
			t.Errorf("%s: %v, it was %v", name, got, mode)
		}
	}
}

func TestTheServerNeedsNoSeed(t *testing.T) {
	d := made(t)
	all, _ := add(t, d, Worker, "w")
	seed := strings.TrimSpace(read(t, d.Seed(all[0])))
	for _, name := range []string{ServerFile, UsersFile, recordFile} {
		if strings.Contains(read(t, d.File(name)), seed) {
			t.Errorf("%s has a seed in it", name)
		}
	}
	if err := os.RemoveAll(d.file(keysDir)); err != nil {
		t.Fatal(err)
	}
	opts, err := server.ProcessConfigFile(d.File(UsersFile))
	if err != nil || len(opts.Nkeys) != 1 || opts.Nkeys[0].Nkey != all[0].PublicKey {
		t.Errorf("%+v, %v", opts, err)
	}
}

func TestTwiceTheSameChangesNothing(t *testing.T) {
	d := made(t)
	first, _ := add(t, d, Host, "web-1")
	seed, edited := read(t, d.Seed(first[0])), "# edited by hand\ninclude \"./auth.conf\"\n"
	if err := os.WriteFile(d.File(ServerFile), []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	before := read(t, d.File(UsersFile))
	again, isNew, err := Init(d.path, "0.0.0.0:9")
	if err != nil || isNew {
		t.Errorf("made %v, %v", isNew, err)
	}
	all, added := add(t, again, Host, "web-1")
	if len(added) != 0 || len(all) != 1 || all[0] != first[0] {
		t.Errorf("%v %v", all, added)
	}
	if read(t, d.Seed(first[0])) != seed || read(t, d.File(UsersFile)) != before || read(t, d.File(ServerFile)) != edited {
		t.Error("a file is another one")
	}
}

func TestASeedThatACrashLeftIsTakenForItsUser(t *testing.T) {
	d := made(t)
	path := d.Seed(User{Role: Host, Name: "web-1"})
	key, err := makeSeed(path)
	if err != nil {
		t.Fatal(err)
	}
	seed := read(t, path)
	if all, _ := add(t, d, Host, "web-1"); all[0].PublicKey != key || read(t, path) != seed {
		t.Errorf("%+v, want %s", all, key)
	}
}

func TestAForeignFileIsNeverTakenForASeed(t *testing.T) {
	d := made(t)
	path := d.Seed(User{Role: Host, Name: "web-1"})
	if err := os.WriteFile(path, []byte("something dear\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := d.Add(Host, []string{"web-1"}, time.Now())
	if err == nil || !strings.Contains(err.Error(), path) || read(t, path) != "something dear\n" {
		t.Errorf("%v", err)
	}
	if users, err := d.Users(); err != nil || len(users) != 0 {
		t.Errorf("%v, %v", users, err)
	}
}

func TestWhoIsRevokedComesBackWithAnotherKey(t *testing.T) {
	d := made(t)
	first, _ := add(t, d, Host, "web-1", "web-2")
	if err := d.Revoke(Host, "web-1"); err != nil {
		t.Fatal(err)
	}
	text := read(t, d.File(UsersFile))
	if strings.Contains(text, first[0].PublicKey) || !strings.Contains(text, first[1].PublicKey) {
		t.Errorf("%s", text)
	}
	if _, err := os.Stat(d.Seed(first[0])); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the seed is left: %v", err)
	}
	if err := d.Revoke(Host, "web-1"); !errors.Is(err, ErrNoUser) {
		t.Errorf("%v", err)
	}
	if again, _ := add(t, d, Host, "web-1"); again[0].PublicKey == first[0].PublicKey {
		t.Error("it has its old key")
	}
}

func TestManyAtATimeLoseNobody(t *testing.T) {
	d := made(t)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			if _, _, err := d.Add(Host, []string{fmt.Sprintf("web-%d", i), "shared"}, time.Now()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	users, err := d.Users()
	if err != nil || len(users) != 9 {
		t.Fatalf("%d users, %v", len(users), err)
	}
	opts, err := server.ProcessConfigFile(d.File(UsersFile))
	if err != nil || len(opts.Nkeys) != 9 {
		t.Errorf("%d users, %v", len(opts.Nkeys), err)
	}
	for _, u := range users {
		if key, err := PublicKey(d.Seed(u)); err != nil || key != u.PublicKey {
			t.Errorf("%s: %v", u.Name, err)
		}
	}
}

func TestNamesThatAreNone(t *testing.T) {
	d := made(t)
	for role, names := range map[Role][]string{
		Host:   {"", "a..b", ".a", "a.", "a/b", "a b", "a*", "a.>", "../x", strings.Repeat("a", 129)},
		Reader: {"", "a.b", "a*", ">", "../x", "a b", strings.Repeat("a", 65)},
		Worker: {"a/b", "a\n"},
	} {
		for _, name := range names {
			if _, _, err := d.Add(role, []string{"fine", name}, time.Now()); err == nil {
				t.Errorf("%s %q", role, name)
			}
		}
	}
	if users, err := d.Users(); err != nil || len(users) != 0 {
		t.Errorf("some were made: %v, %v", users, err)
	}
}

func TestADirectoryThatIsNone(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); !errors.Is(err, ErrNoDir) || !strings.Contains(err.Error(), dir) {
		t.Errorf("%v", err)
	}
	d := made(t)
	if err := os.WriteFile(d.file(recordFile), []byte("[{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Add(Host, []string{"web-1"}, time.Now()); err == nil || !strings.Contains(err.Error(), recordFile) {
		t.Errorf("%v", err)
	}
	if _, _, err := Init(d.path, ""); err == nil {
		t.Error("a damaged directory was taken for a new one")
	}
}

func TestTheFileOfUsersOfAnotherVersionIsWrittenAnew(t *testing.T) {
	d := made(t)
	add(t, d, Host, "web-1")
	whole := read(t, d.File(UsersFile))
	for name, renew := range map[string]func() (bool, error){
		"by itself": d.Renew,
		"by init":   func() (bool, error) { _, made, err := Init(d.path, "127.0.0.1:4222"); return !made, err },
	} {
		if err := os.WriteFile(d.File(UsersFile), []byte(strings.ReplaceAll(whole, "publish", "pub_of_old")), 0o600); err != nil {
			t.Fatal(err)
		}
		if renewed, err := renew(); err != nil || !renewed || read(t, d.File(UsersFile)) != whole {
			t.Errorf("%s: renewed %v, %v", name, renewed, err)
		}
	}
	if renewed, err := d.Renew(); err != nil || renewed {
		t.Errorf("one that is right: renewed %v, %v", renewed, err)
	}
}
