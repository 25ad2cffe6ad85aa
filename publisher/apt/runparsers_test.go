package apt

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/publisher/host"
)

// runTexts are the recorded texts of a name, for parsers.
func runTexts(t testing.TB, name string) []string {
	t.Helper()
	var texts []string
	for _, path := range glob(t, filepath.Join(runsData, "*", name)) {
		texts = append(texts, read(t, path))
	}
	if len(texts) == 0 {
		t.Fatalf("no recording has %s", name)
	}
	return texts
}

func TestParsePlan(t *testing.T) {
	t.Parallel()
	recorded := read(t, filepath.Join(runsData, "16-hold", "stdout.txt"))
	p, err := parsePlan(strings.NewReader(recorded), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	count := map[host.Action]int{}
	for _, s := range p.Steps {
		count[s.Action]++
	}
	diff(t, "recorded steps", map[host.Action]int{host.ActionInstall: 32, host.ActionKeep: 2}, count)

	line := func(s host.Step) string {
		return fmt.Sprintf("%s %s.%s %s > %s %s", s.Action, s.Name, s.Arch, s.From, s.To, s.Reason)
	}
	for _, c := range []struct{ name, text, want string }{
		{"upgrade", "Inst a [1:1.0-1] (1:1.1-1 Debian:12/stable [amd64])", "install a.amd64 1:1.0-1 > 1:1.1-1 "},
		{"in capitals", "Inst ACME-A [1] (2 X [amd64])", "install acme-a.amd64 1 > 2 "},
		{"all is native", "Inst a [1] (2 X [all])", "install a.amd64 1 > 2 "},
		{"new", "Inst a (2 X [amd64])", "install a.amd64  > 2 "},
		{"foreign, with conflicts behind", "Inst a:i386 [1] (2 X, Y:12/z-security [i386]) [b:amd64 on a:i386] [b:amd64 ]", "install a.i386 1 > 2 "},
		{"of a local archive", "Inst a [1] (2 [amd64])", "install a.amd64 1 > 2 "},
		{"origin with parentheses", "Inst a [1] (2 Foo (Bar) [x]:12 [all]) []", "install a.amd64 1 > 2 "},
		{"configured only", "Conf a (2 X [amd64])", "configure a.amd64  > 2 "},
		{"installed and configured", "Inst a [1] (2 X [amd64])\nConf a (2 X [amd64])", "install a.amd64 1 > 2 "},
		{"removed", "Remv a [1] [b:amd64 ]", "remove a.amd64 1 >  "},
		{"purged, foreign", "Purg a:i386 [1]", "remove a.i386 1 >  "},
		{"removed to make way", "Remv a [1]\nInst a [1] (2 X [amd64])\nConf a (2 X [amd64])", "install a.amd64 1 > 2 "},
		{"kept back", "The following packages have been kept back:\n  a b:i386\n1 upgraded, 0 newly", "keep a.amd64  >  kept back;keep b.i386  >  kept back"},
		{"phased, from 2.7 on", "The following upgrades have been deferred due to phasing:\n  a\nThe following packages will be upgraded:\n  b", "keep a.amd64  >  phased"},
		{"kept back, from 3 on", "Not upgrading:\n  a\n\nSummary:", "keep a.amd64  >  kept back"},
		{"nothing", "Reading package lists...\nInstalled fine\nConfiguration of apt\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := parsePlan(strings.NewReader(c.text), "amd64")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range p.Steps {
				got = append(got, line(s))
			}
			diff(t, "steps", c.want, strings.Join(got, ";"))
		})
	}
	for _, text := range []string{"Inst", "Inst a", "Inst -o (2 X [amd64])", "Inst a [1] (2_3 X [amd64])", "Inst a [x?] (2 X [amd64])", "Conf a:.. (2 X [amd64])"} {
		if p, err := parsePlan(strings.NewReader(text), "amd64"); err == nil {
			t.Errorf("%q gave %+v, want an error", text, p.Steps)
		}
	}
}

func TestParseStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"unpacked", "pmstatus:a:1.0:Preparing a (amd64)", "a:amd64"},
		{"foreign", "pmstatus:a:1.0:Preparing a (i386)", "a:i386"},
		{"no architecture", "pmstatus:a:1.0:Preparing a", "a:"},
		{"another language, with a comma", "pmstatus:a:1,5:a (amd64) wird vorbereitet", "a:"},
		{"dpkg itself", "pmstatus:dpkg-exec:0.0000:Running dpkg", ""},
		{"a trigger", "pmstatus:a:1.0:Running post-installation trigger a (amd64)", ""},
		{"a download", "dlstatus:1:0.0000:Retrieving file 1 of 3", ""},
		{"a question", "pmconffile:/etc/a:40.0000:'/etc/a' '/etc/a.dpkg-new' 1 1 ", ""},
		{"an error", "pmerror:a:1.0:it: failed: badly", "|a:/configure?/it: failed: badly"},
		{"an error of a foreign one", "pmerror:a:i386:77.7:it failed", "|a:i386/configure?/it failed"},
		{"an error that names the architecture", "pmerror:a:1.0:installed a:i386 package failed", "|a:i386/configure?/installed a:i386 package failed"},
		{"an error after work on one of two", "pmstatus:a:1.0:Configuring a (i386)\npmerror:a:1.0:it failed", "a:i386|a:i386/configure?/it failed"},
		{"names in capitals", "pmstatus:A:1.0:Preparing A (amd64)\npmerror:A:1.0:it failed", "a:amd64|a:amd64/configure?/it failed"},
		{"an archive in capitals", "pmerror:/srv/ACME-A_2_all.deb:1.0:it failed", "|acme-a:all 2/unpack/it failed"},
		{"an archive", "pmerror:/var/cache/apt/archives/a_1%3a2-1_all.deb:1.0:it failed", "|a:all 1:2-1/unpack/it failed"},
		{"a link for the time being", "pmerror:/tmp/apt-dpkg-install-4hUxQz/10-a_1.1-1_all.deb:1.0:it failed", "|a:all 1.1-1/unpack/it failed"},
		{"a name with a number", "pmerror:/srv/10-a_1.1-1_all.deb:1.0:it failed", "|10-a:all 1.1-1/unpack/it failed"},
		{"a link to a name with a number", "pmerror:/tmp/apt-dpkg-install-x/3-10-a_1.1-1_all.deb:1.0:it failed", "|10-a:all 1.1-1/unpack/it failed"},
		{"a path with a colon", "pmerror:/srv/x:y/a_1_all.deb:1.0:it failed", "|a:all 1/unpack/it failed"},
		{"an archive of any name", "pmerror:/srv/new.deb:1.0:it failed", "|:/unpack/it failed"},
		{"dpkg's own work", "processing: configure: a:i386", "a:i386"},
		{"dpkg's own state", "status: a: half-configured", ""},
		{"dpkg's own error", "status: a : error : it: failed", "|a:/configure?/it: failed"},
		{"dpkg's own error of an archive", "status: /srv/a_1_all.deb : error : it failed", "|a:all 1/unpack/it failed"},
		{"dpkg's own question", "status: /etc/a : conffile-prompt : '/etc/a' '/etc/a.dpkg-new' 1 1", ""},
		{"cut off", "pmerror:a:1.0", ""},
		{"no percentage", "pmerror:a:b:c:d", ""},
		{"no name", "pmstatus:-o:1.0:Preparing", ""},
		{"no architecture behind the name", "pmstatus:a:i3 86:1.0:Preparing\npmerror:a:i3 86:1.0:it failed", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := parseStatus(strings.NewReader(c.text + "\n"))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for id := range p.touched {
				got += id.name + ":" + id.arch
			}
			for _, f := range p.troubles {
				stage := f.stage
				if stage == "" {
					stage = "configure?"
				}
				got += fmt.Sprintf("|%s:%s %s", f.name, f.arch, f.version)
				got = strings.TrimSuffix(got, " ") + "/" + stage + "/" + f.text
			}
			diff(t, "progress", c.want, got)
		})
	}
}

func TestParseDpkgLog(t *testing.T) {
	t.Parallel()
	tried, err := parseDpkgLog(strings.NewReader(read(t, filepath.Join(runsData, "02-preinst-fails", "dpkg.log"))), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "tried", map[packageID]string{
		{"liblzma5", "amd64"}: "5.4.1-1+deb12u2", {"xz-utils", "amd64"}: "5.4.1-1+deb12u2", {"acme-pre", "amd64"}: "1.1-1",
	}, tried)
	removed, err := parseDpkgLog(strings.NewReader("d t install a:all <none> 1\nd t install b:i386 <none> 2\nd t remove a:all 1 <none>\nd t upgrade -x:all 1 2\nd t upgrade\n"), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "not removed again", map[packageID]string{{"b", "i386"}: "2"}, removed)
}

func TestComplaints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, errors, warnings, troubles string }{
		{"of apt", "Reading...\nE: one: two\n", "one: two", "", ""},
		{"without an end", "E: one", "one", "", ""},
		{"of apt 3, in colours", "\x1b[31mError:\x1b[0m one\r\n", "one", "", ""},
		{"of apt 3, in other languages", "Fehler: one\nErreur\u00a0: two\n\x1b[31m错误：\x1b[0mthree\nAttention : Failed to fetch http://x/InRelease  y\nHinweis: no\n", "one;two;three", "Failed to fetch http://x/InRelease  y", ""},
		{"behind a bar that was written over", "50%\r100%\rE: one\n", "one", "", ""},
		{"a warning", "W: Failed to fetch http://x/InRelease  y\nW: something else\n", "", "Failed to fetch http://x/InRelease  y", ""},
		{"of dpkg", "dpkg: error processing package a (--configure):\n it failed\nand more\n", "", "", "a: configure it failed"},
		{"of dpkg, foreign", "dpkg: error processing package a:i386 (--configure):\n it failed\n", "", "", "a:i386 configure it failed"},
		{"of dpkg, in German", "dpkg: Fehler beim Bearbeiten des Paketes a (--configure):\n »installiertes a-Skript …« gab den Fehlerwert 3 zurück\n", "", "", "a: configure »installiertes a-Skript …« gab den Fehlerwert 3 zurück"},
		{"of dpkg on an archive", "dpkg: error processing archive /srv/a_1_all.deb (--install):\n new a:i386 package pre-installation script failed\n", "", "", "a:all unpack new a:i386 package pre-installation script failed"},
		{"of dpkg when it removes", "dpkg: error processing package a (--purge):\n it failed\n", "", "", "a: remove it failed"},
		{"of dpkg 1.23", "dpkg: error processing package a:i386 (--remove):\n old a:i386 package prerm maintainer script subprocess failed with exit status 7\n", "", "", "a:i386 remove old a:i386 package prerm maintainer script subprocess failed with exit status 7"},
		{"of dpkg 1.23, in Ukrainian", "dpkg: помилка обробки пакунка a (--configure):\nзбій скрипту\nі більше\n", "", "", "a: configure збій скрипту"},
		{"of dpkg 1.23, in German", "dpkg: Fehler beim Bearbeiten des Paketes a (--configure):\n »altes Betreuerskript des Paketes a:i386«-Unterprozess fehlgeschlagen\n", "", "", "a:i386 configure »altes Betreuerskript des Paketes a:i386«-Unterprozess fehlgeschlagen"},
		{"of dpkg, twice", "dpkg: error processing package a (--remove):\ndpkg: error processing package b (--remove):\n it failed\n", "", "", "a: remove ;b: remove it failed"},
		{"of dpkg without a reason", "dpkg: error processing package a (--remove):\nE: x\n", "x", "", "a: remove "},
		{"of dpkg, in French", "dpkg: erreur de traitement du paquet a (--configure)\u00a0:\n le sous-processus a échoué\n", "", "", "a: configure le sous-processus a échoué"},
		{"a warning of another kind", "W: http://x/dists/stable/InRelease: Key is stored in legacy trusted.gpg keyring\nW: Skipping acquire of configured file 'main/i18n' as repository 'http://x stable InRelease' lacks it\nW: Conflicting distribution: http://x stable InRelease (expected y but got z)\n", "", "", ""},
		{"warnings of other languages", "W: Fehlschlag beim Holen von http://x/InRelease Zeitüberschreitung\nW: http://x/InRelease の取得に失敗しました\nW: 无法下载 file:/x/InRelease  y\n", "",
			"Fehlschlag beim Holen von http://x/InRelease Zeitüberschreitung;http://x/InRelease の取得に失敗しました;无法下载 file:/x/InRelease  y", ""},
		{"of dpkg in general", "dpkg: warning: x (--force-y):\n", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			said := &complaints{}
			if n, err := said.Write([]byte(c.text)); n != len(c.text) || err != nil {
				t.Fatal(n, err)
			}
			said.end()
			var troubles []string
			for _, f := range said.troubles {
				troubles = append(troubles, fmt.Sprintf("%s:%s %s %s", f.name, f.arch, f.stage, f.text))
			}
			diff(t, "errors", c.errors, strings.Join(said.errors, ";"))
			diff(t, "warnings", c.warnings, strings.Join(said.warnings, ";"))
			diff(t, "troubles", c.troubles, strings.Join(troubles, ";"))
		})
	}
}

// The sentences of all of dpkg's catalogs (1.21), and of one that may come.
func TestAPackageInTroubleIsFoundInEveryLanguage(t *testing.T) {
	t.Parallel()
	for language, sentence := range map[string]string{
		"C": "error processing package %s (--%s):", "ca": "s'ha produït un error en processar el paquet %s (--%s):", "cs": "chyba při zpracovávání balíku %s (--%s):",
		"da": "fejl under behandling af pakken %s (--%s):", "de": "Fehler beim Bearbeiten des Paketes %s (--%s):", "eo": "eraro dum procezado de la pako %s (--%s):",
		"es": "error al procesar el paquete %s (--%s):", "eu": "errorea %s paketea prozesatzean (--%s):", "fr": "erreur de traitement du paquet %s (--%s)\u00a0:",
		"it": "errore nell'elaborare il pacchetto %s (--%s):", "ja": "パッケージ %s の処理中にエラーが発生しました (--%s):", "nl": "fout bij verwerken van pakket %s (--%s):",
		"pl": "błąd przetwarzania pakietu %s (--%s):", "pt": "erro ao processar o pacote %s (--%s):", "ru": "ошибка при обработке пакета %s (--%s):",
		"sv": "fel vid hantering av paketet %s (--%s):", "th": "เกิดข้อผิดพลาดขณะประมวลผลแพกเกจ %s (--%s):", "tr": "%s paketi işlenirken sorun yaşandı (--%s):",
		"vi": "gặp lỗi khi đang xử lý gói %s (--%s):", "zh_CN": "处理软件包 %s (--%s)时出错：", "another": "%s: error in it, on the way (--%s) :",
	} {
		for _, c := range []struct{ named, action, want string }{
			{"acme", "configure", "acme.amd64 1 > 2 failed configure: why"},
			{"acme:i386", "configure", "acme.i386 1 > 2 failed configure: why"},
			{"/srv/acme_2_all.deb", "unpack", "acme.amd64 1 > 2 failed unpack: why"},
		} {
			if language == "another" && strings.Contains(c.named, ":") {
				continue
			}
			state := "half-configured"
			if c.action == "unpack" {
				state = "half-installed"
			}
			name := strings.TrimSuffix(strings.TrimPrefix(c.want, "acme."), " 1 > 2 failed "+c.action+": why")
			e := &evidence{
				native: "amd64", code: 1, ended: "it ended", status: &progress{}, before: db("acme:" + name + " 1 installed"), after: db("acme:" + name + " 2 " + state),
				said: saidOf("dpkg: "+fmt.Sprintf(sentence, c.named, c.action), " why"),
			}
			diff(t, language, []string{c.want}, whatBecame(e))
			e.said = saidOf("dpkg: "+fmt.Sprintf(sentence, c.named, c.action), " acme:s skript gav felkod 3")
			diff(t, language+", with a colon that is the language's own", []string{strings.TrimSuffix(c.want, "why") + "acme:s skript gav felkod 3"}, whatBecame(e))
		}
	}
}

func TestComplaintsStayWithinTheirBounds(t *testing.T) {
	t.Parallel()
	said := &complaints{}
	for i := range 20_000 {
		_, _ = fmt.Fprintf(said, "E: %d\nW: Failed to fetch %d\ndpkg: error processing package a%d (--configure):\n", i, i, i)
	}
	if len(said.errors) > maxComplaints || len(said.warnings) > maxComplaints || len(said.troubles) > maxTroubles {
		t.Errorf("%d errors, %d warnings, %d troubles", len(said.errors), len(said.warnings), len(said.troubles))
	}
	diff(t, "the last error", "19999", said.errors[len(said.errors)-1])
}

func TestCauseOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]cause{
		"Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 29005 (perl)":                                      causeLock,
		"Unable to lock the administration directory (/var/lib/dpkg/), is another process using it?":                              causeLock,
		"Sperre /var/lib/dpkg/lock-frontend konnte nicht bekommen werden. Diese wird durch Prozess 1 (apt) gehalten.":             causeLock,
		"Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)":                                     causePermission,
		"Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?":                                   causePermission,
		"Sperrdatei /var/lib/dpkg/lock-frontend konnte nicht geöffnet werden. - open (13: Keine Berechtigung)":                    causePermission,
		"dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.":                               causeInterrupted,
		"Der dpkg-Prozess wurde unterbrochen; Sie müssen manuell »dpkg --configure -a« ausführen, um das Problem zu beheben.":     causeInterrupted,
		"You don't have enough free space in /var/cache/apt/archives/.":                                                           causeSpace,
		"Failed to fetch http://x/a_1_all.deb  Error writing to output file - write (28: No space left on device)":                causeSpace,
		"Failed to fetch http://x/a_1_all.deb  404  Not Found [IP: 203.0.113.80 80]":                                              causeFetch,
		"Fehlschlag beim Holen von http://x/a_1_all.deb  404  Not Found":                                                          causeFetch,
		"Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?":                                      causeFetch,
		"There were unauthenticated packages and -y was used without --allow-unauthenticated":                                     causeUnauthenticated,
		"Some packages could not be authenticated":                                                                                causeUnauthenticated,
		"Held packages were changed and -y was used without --allow-change-held-packages.":                                        causeHeld,
		"Unmet dependencies. Try 'apt --fix-broken install' with no packages (or specify a solution).":                            causeDependencies,
		"Sie haben nicht genug Platz in /var/cache/apt/archives/.":                                                                causeSpace,
		"Impossible de récupérer certaines archives, peut-être devrez-vous lancer apt-get update ou essayer avec --fix-missing ?": causeFetch,
		"Impossible de récupérer file:/repo/./a_1_all.deb  Fichier non trouvé":                                                    causeFetch,
		"Les paquets gelés ont été modifiés et -y a été utilisé dans --allow-change-held-packages.":                               causeHeld,
		"存在未认证的软件包同时使用了 -y 选项，然而未搭配  --allow-unauthenticated":                                                                     causeUnauthenticated,
		"Dépendances non satisfaites. Essayez « apt --fix-broken install » sans paquet":                                           causeDependencies,
		"Sperre /var/cache/apt/archives/lock konnte nicht erlangt werden. Sie wird von Prozess 7 gehalten.":                       causeLock,
		"dpkg: error: dpkg frontend lock was locked by another process with pid 7":                                                causeLock,
		"Unable to correct problems, you have held broken packages.":                                                              causeDependencies,
		"Sub-process /usr/bin/dpkg returned an error code (1)":                                                                    causeUnknown,
		"Essential packages were removed and -y was used without --allow-remove-essential.":                                       causeUnknown,
	} {
		diff(t, text, want, causeOf(text))
	}
}

func TestIsPlanned(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"apt-get -y upgrade": true, "/usr/bin/apt full-upgrade": true, "apt-get -f install": true, "apt-get -t bookworm-backports install x": true,
		"apt-get -yt bookworm-backports install x": true, "apt-get -o Dpkg::Use-Pty=0 dist-upgrade": true, "apt-get -oDpkg::Use-Pty=0 dist-upgrade": true,
		"apt-get --option Dpkg::Use-Pty=0 remove x": true, "apt-get --target-release=x install y": true, "apt-get -q=2 -c install update": false,
		"apt-get -o install update": false, "apt-get update": false, "apt-get": false, "apt list install": false, "apt-get -- install x": true,
		"aptitude install x": false, "sudo apt-get install x": false, "": false, "apt-get download install": false,
	} {
		diff(t, line, want, isPlanned(strings.Fields(line)))
	}
}

func TestSimulation(t *testing.T) {
	t.Parallel()
	const ours = "-o quiet=1 -o APT::Get::Assume-Yes=false -o APT::Get::Show-Versions=false -o APT::Get::Show-User-Simulation-Note=false"
	diff(t, "options", "-s -c /c -y install x "+ours, strings.Join(simulation([]string{"-y", "install", "x"}, "/c"), " "))
	diff(t, "before the end of the options", "-s -c /c install "+ours+" -- x", strings.Join(simulation([]string{"install", "--", "x"}, "/c"), " "))
}

func FuzzParsePlan(f *testing.F) {
	for _, text := range append(runTexts(f, "plan.txt"), runTexts(f, "stdout.txt")...) {
		f.Add([]byte(text))
	}
	seeds(f, "dist-upgrade-2.6/*", "dist-upgrade-2.7/*")
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parsePlan(bytes.NewReader(text), "amd64")
		if err != nil {
			return
		}
		seen := map[packageID]bool{}
		for _, s := range p.Steps {
			if !legalName(s.Name) || !legalArch(s.Arch) || s.Arch == "all" || s.To != "" && version.ValidDeb(s.To) != nil || s.From != "" && version.ValidDeb(s.From) != nil {
				t.Fatalf("the step %+v", s)
			}
			if s.Action == host.ActionInstall && s.To == "" || seen[idOf(&s)] {
				t.Fatalf("the step %+v, seen %v", s, seen[idOf(&s)])
			}
			seen[idOf(&s)] = true
		}
	})
}

func FuzzParseStatus(f *testing.F) {
	for _, text := range runTexts(f, "status-fd.txt") {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parseStatus(bytes.NewReader(text))
		if err != nil {
			return
		}
		for id := range p.touched {
			if !legalName(id.name) || id.arch != "" && !legalArch(id.arch) {
				t.Fatalf("work on %+v", id)
			}
		}
		for _, tr := range p.troubles {
			checkTrouble(t, tr)
		}
	})
}

func checkTrouble(t *testing.T, tr trouble) {
	t.Helper()
	if tr.name != "" && !legalName(tr.name) || tr.arch != "" && !legalArch(tr.arch) || tr.version != "" && version.ValidDeb(tr.version) != nil {
		t.Fatalf("the trouble %+v", tr)
	}
}

func FuzzComplaints(f *testing.F) {
	for _, text := range append(runTexts(f, "stderr.txt"), runTexts(f, "stdout.txt")...) {
		f.Add([]byte(text), uint16(7))
	}
	f.Fuzz(func(t *testing.T, text []byte, size uint16) {
		whole, parts := &complaints{}, &complaints{}
		_, _ = whole.Write(text)
		whole.end()
		for part := range slices.Chunk(text, int(size)+1) {
			if n, err := parts.Write(part); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
		}
		parts.end()
		diff(t, "errors", whole.errors, parts.errors)
		diff(t, "warnings", whole.warnings, parts.warnings)
		diff(t, "last line", whole.last, parts.last)
		diff(t, "number of troubles", len(whole.troubles), len(parts.troubles))
		for i, tr := range whole.troubles {
			checkTrouble(t, tr)
			diff(t, "trouble", fmt.Sprint(tr), fmt.Sprint(parts.troubles[i]))
		}
		for id := range whole.unfetched() {
			if !legalName(id.name) {
				t.Fatalf("not fetched: %+v", id)
			}
		}
	})
}

func FuzzParseDpkgLog(f *testing.F) {
	for _, text := range runTexts(f, "dpkg.log") {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		tried, err := parseDpkgLog(bytes.NewReader(text), "amd64")
		if err != nil {
			return
		}
		for _, id := range slices.Collect(maps.Keys(tried)) {
			if !legalName(id.name) || !legalArch(id.arch) || id.arch == "all" || version.ValidDeb(tried[id]) != nil {
				t.Fatalf("tried %+v %q", id, tried[id])
			}
		}
	})
}

func FuzzAptVerb(f *testing.F) {
	f.Add("-y -o x upgrade")
	f.Add("-yt x -- upgrade")
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Fields(line)
		verb := aptVerb(args)
		if verb != "" && (!slices.Contains(args, verb) || verb == "--") {
			t.Fatalf("%q is the command of %q", verb, args)
		}
	})
}
