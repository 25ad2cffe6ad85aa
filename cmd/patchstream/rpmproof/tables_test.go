//go:build linux

package rpmproof

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const testdata = "../../../testdata/rpm"

// packageRow is a line of packages.tsv:
//
//	I	baseos	bash	5.1.8-6.el9_1	x86_64	2022-12-01	P:/bin/sh
//
// I is one that is installed when a host is made, - one that is not. A repository - carries it no more. The last field has
// tags (P, R, O, C: provides, requires, obsoletes, conflicts; mod, vendor), scripts by their names, and files, apart by bars.
type packageRow struct {
	installed             bool
	repo, name, evr, arch string
	built                 string
	extras                []string
}

func (p packageRow) file() string {
	_, vr := cutEpoch(p.evr)
	return fmt.Sprintf("%s-%s.%s.rpm", p.name, vr, p.arch)
}

func cutEpoch(evr string) (epoch, rest string) {
	if before, after, found := strings.Cut(evr, ":"); found {
		return before, after
	}
	return "", evr
}

func rows(t testing.TB, name string, fields int) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testdata, name))
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for len(f) < fields {
			f = append(f, "")
		}
		all = append(all, f)
	}
	return all
}

func packageRows(t testing.TB) []packageRow {
	t.Helper()
	var all []packageRow
	for _, f := range rows(t, "packages.tsv", 7) {
		p := packageRow{installed: f[0] == "I", repo: f[1], name: f[2], evr: f[3], arch: f[4], built: f[5]}
		if p.repo == "-" {
			p.repo = "nowhere"
		}
		if f[6] != "" {
			p.extras = strings.Split(f[6], "|")
		}
		all = append(all, p)
	}
	return all
}

// updateInfo renders the notices of a repository: the lines of notices.tsv that begin with its name. A field - is left out.
//
//	baseos	RHSA-2024:0811	security	Moderate	final	2024-02-14	2024-02-14	CVE-2023-42465 2255568	sudo|1.9.5p2-10.el9_3|x86_64	reboot
func updateInfo(t testing.TB, repo string) string {
	t.Helper()
	var b strings.Builder
	for _, f := range rows(t, "notices.tsv", 10) {
		if f[0] == repo {
			writeNotice(&b, f)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return xml.Header + "<updates>\n" + b.String() + "</updates>\n"
}

func writeNotice(b *strings.Builder, f []string) {
	attribute := func(name, value string) string {
		if value == "-" {
			return ""
		}
		return fmt.Sprintf(` %s="%s"`, name, value)
	}
	fmt.Fprintf(b, `<update from="errata@example.org"%s%s version="1"><id>%s</id><title>%s</title>`, attribute("status", f[4]), attribute("type", f[2]), f[1], f[1])
	if f[5] != "-" {
		fmt.Fprintf(b, `<issued date="%s"/>`, f[5])
	}
	if f[6] != "-" {
		fmt.Fprintf(b, `<updated date="%s"/>`, f[6])
	}
	if f[3] != "-" {
		fmt.Fprintf(b, `<severity>%s</severity>`, f[3])
	}
	b.WriteString("<description>made for tests</description><references>")
	for _, id := range strings.Fields(f[7]) {
		kind := "bugzilla"
		if strings.HasPrefix(id, "CVE-") {
			kind = "cve"
		}
		if id != "-" {
			fmt.Fprintf(b, `<reference href="https://example.org/%s" id="%s" type="%s" title="%s"/>`, id, id, kind, id)
		}
	}
	b.WriteString(`</references><pkglist><collection short="x"><name>x</name>`)
	extras := strings.Split(f[9], "|")
	for _, extra := range extras {
		if m := strings.Split(strings.TrimPrefix(extra, "module:"), ":"); strings.HasPrefix(extra, "module:") && len(m) == 5 {
			fmt.Fprintf(b, `<module name="%s" stream="%s" version="%s" context="%s" arch="%s"/>`, m[0], m[1], m[2], m[3], m[4])
		}
	}
	for _, one := range strings.Fields(f[8]) {
		p := strings.Split(one, "|")
		epoch, vr := cutEpoch(p[1])
		at := strings.LastIndexByte(vr, '-')
		fmt.Fprintf(b, `<package name="%s" version="%s" release="%s" epoch="%s" arch="%s" src="x.src.rpm"><filename>x.rpm</filename>`, p[0], vr[:at], vr[at+1:], cmp.Or(epoch, "0"), p[2])
		if slices.Contains(extras, "reboot") {
			b.WriteString("<reboot_suggested>True</reboot_suggested>")
		}
		b.WriteString("</package>")
	}
	b.WriteString("</collection></pkglist></update>\n")
}
