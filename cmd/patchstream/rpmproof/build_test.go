//go:build linux

package rpmproof

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// What is built once and looked at by all hosts.
var (
	packagesDir = filepath.Join(workDir, "packages") // by repository
	reposDir    = filepath.Join(workDir, "repos")    // with their metadata
	keyFile     = filepath.Join(workDir, "KEY")
)

// repositories that hosts have; acme, whose packages fail in every way, is not enabled.
var repositories = []string{"baseos", "appstream", "thirdparty", "unsigned", "acme"}

var buildOnce sync.Once

// build makes packages and repositories at the first call.
func build(t testing.TB) {
	t.Helper()
	built := false
	buildOnce.Do(func() {
		buildPackages(t, packageRows(t))
		sign(t)
		for _, repo := range repositories {
			makeRepository(t, repo)
		}
		built = true
	})
	if _, err := os.Stat(reposDir); err != nil && !built {
		t.Fatal("the repositories could not be made")
	}
}

// run runs a command that must succeed and returns what it prints.
func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	return runWith(t, nil, name, args...)
}

func runWith(t testing.TB, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC", "HOME="+workDir), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return string(out)
}

func buildPackages(t testing.TB, all []packageRow) {
	t.Helper()
	failed := make(chan error, len(all))
	var work sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU())
	for i, p := range all {
		work.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			failed <- buildPackage(i, p)
		})
	}
	work.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func buildPackage(i int, p packageRow) error {
	dir, into := filepath.Join(workDir, "build", fmt.Sprint(i)), filepath.Join(packagesDir, p.repo)
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.MkdirAll(into, 0o755)); err != nil { // two rpmbuilds that make one directory fail
		return err
	}
	text, err := spec(p)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, p.name+".spec")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return err
	}
	args := []string{"-bb", "--quiet", "--target", p.arch}
	for _, macro := range []string{
		"_topdir " + dir, "_rpmdir " + into, "_rpmfilename %{name}-%{version}-%{release}.%{arch}.rpm",
		"_buildhost build.example.org", "use_source_date_epoch_as_buildtime 1", "source_date_epoch_from_changelog 1",
		"clamp_mtime_to_source_date_epoch 1", "debug_package %{nil}", "_build_id_links none", "__os_install_post %{nil}", "_binary_payload w1.gzdio",
	} {
		args = append(args, "--define", macro)
	}
	cmd := exec.Command("rpmbuild", append(args, file)...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8", "TZ=UTC")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("rpmbuild %s: %w\n%s", p.file(), err, out)
	}
	return os.RemoveAll(dir)
}

// spec writes how a package is built. See packageRow.
func spec(p packageRow) (string, error) {
	epoch, vr := cutEpoch(p.evr)
	at := strings.LastIndexByte(vr, '-')
	built, err := time.Parse(time.DateOnly, p.built)
	if err != nil {
		return "", err
	}
	var head, install, files, scripts strings.Builder
	vendor := "Example Errata"
	for _, extra := range p.extras {
		key, value, _ := strings.Cut(extra, ":")
		path, content, _ := strings.Cut(value, "=")
		switch key {
		case "P", "R", "O", "C":
			tag := map[string]string{"P": "Provides", "R": "Requires", "O": "Obsoletes", "C": "Conflicts"}[key]
			fmt.Fprintf(&head, "%s: %s\n", tag, value)
		case "mod":
			fmt.Fprintf(&head, "ModularityLabel: %s\n", value)
		case "vendor":
			vendor = value
		case "nosign":
		case "file", "size":
			put := fmt.Sprintf("printf '%%%%s' '%s'", content)
			if key == "size" {
				put = "head -c " + content + " /dev/urandom"
			}
			fmt.Fprintf(&install, "mkdir -p %%{buildroot}%s; %s > %%{buildroot}%s\n", filepath.Dir(path), put, path)
			fmt.Fprintln(&files, path)
		case "pre", "post", "preun", "postun", "pretrans", "posttrans":
			fmt.Fprintf(&scripts, "%%%s\n%s\n", key, value)
		default:
			return "", fmt.Errorf("%s: unknown extra %q", p.file(), extra)
		}
	}
	if epoch != "" {
		fmt.Fprintf(&head, "Epoch: %s\n", epoch)
	}
	if p.arch == "noarch" {
		fmt.Fprintln(&head, "BuildArch: noarch")
	}
	return fmt.Sprintf("Name: %s\nVersion: %s\nRelease: %s\nSummary: %s\nLicense: MIT\nVendor: %s\nAutoReqProv: no\n%s"+
		"%%description\nmade for tests\n%%install\nmkdir -p %%{buildroot}\n%s%s%%files\n%s%%changelog\n* %s Test <t@example.org> - %s\n- made\n",
		p.name, vr[:at], vr[at+1:], p.name, vendor, head.String(), install.String(), scripts.String(), files.String(), built.Format("Mon Jan 02 2006"), p.evr), nil
}

// sign signs all packages but those of the repository unsigned with a key made for them.
func sign(t testing.TB) {
	t.Helper()
	home := filepath.Join(workDir, "gnupg")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	env := []string{"GNUPGHOME=" + home}
	const who = "errata@example.org"
	runWith(t, env, "gpg", "--batch", "--quiet", "--passphrase", "", "--quick-gen-key", "Test Errata <"+who+">", "rsa2048", "sign", "never")
	runWith(t, env, "gpg", "--batch", "--quiet", "--export", "--armor", "--output", keyFile, who)
	files, err := filepath.Glob(filepath.Join(packagesDir, "*", "*.rpm"))
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--define", "_gpg_name " + who, "--define", "_gpg_path " + home, "--define", "__gpg /usr/bin/gpg", "--addsign"}
	for _, file := range files {
		if filepath.Base(filepath.Dir(file)) != "unsigned" {
			args = append(args, file)
		}
	}
	runWith(t, env, "rpmsign", args...)
	runWith(t, env, "gpgconf", "--kill", "gpg-agent")
}

// published is the repositories' own date.
var published = time.Now().Add(-2 * time.Hour).Truncate(time.Second)

// makeRepository makes a repository of the packages that there are for it, with its notices, and module streams of appstream.
func makeRepository(t testing.TB, repo string) {
	t.Helper()
	dir := filepath.Join(reposDir, repo)
	if err := os.MkdirAll(reposDir, 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, "cp", "-r", filepath.Join(packagesDir, repo), dir)
	describe(t, dir, updateInfo(t, repo), published)
	if repo == "appstream" {
		run(t, "modifyrepo_c", "--mdtype", "modules", filepath.Join(testdata, "modules.yaml"), filepath.Join(dir, "repodata"))
	}
}

// describe makes a repository's metadata anew, of that date.
func describe(t testing.TB, dir, notices string, at time.Time) {
	t.Helper()
	run(t, "createrepo_c", "--quiet", "--no-database", "--revision", fmt.Sprint(at.Unix()), "--set-timestamp-to-revision", dir)
	if notices == "" {
		return
	}
	file := filepath.Join(workDir, "updateinfo.xml")
	if err := os.WriteFile(file, []byte(notices), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, at, at); err != nil {
		t.Fatal(err)
	}
	run(t, "modifyrepo_c", "--mdtype", "updateinfo", file, filepath.Join(dir, "repodata"))
	redate(t, dir, at)
}

// redate gives all metadata of a repository that date: modifyrepo_c writes today's.
func redate(t testing.TB, dir string, at time.Time) {
	t.Helper()
	path := filepath.Join(dir, "repodata", "repomd.xml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		if before, rest, found := strings.Cut(line, "<timestamp>"); found {
			_, after, _ := strings.Cut(rest, "</timestamp>")
			line = fmt.Sprintf("%s<timestamp>%d</timestamp>%s", before, at.Unix(), after)
		}
		out.WriteString(line)
	}
	if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
