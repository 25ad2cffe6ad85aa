package rpm

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// zypper --xmlout answers with a stream of elements, among which messages may stand:
//
//	<repo alias="baseos" name="…" enabled="1" gpgcheck="1" repo_gpgcheck="1" pkg_gpgcheck="0"><url>https://…</url></repo>
//	<solvable status="other-version" name="bash" kind="package" edition="5.1.8-9.el9" arch="x86_64" repository="baseos"/>
//	<update kind="package" name="bash" edition="5.1.8-9.el9" arch="x86_64" edition-old="5.1.8-6.el9_1">…</update>
//	<update kind="patch" name="RHSA-2024:0811" status="needed" category="security" …>…</update>
//	<lock number="1"><name>sudo</name><type>package</type></lock>

// elements hands each element of that name to take, which decodes it. An answer without the end of its stream is an error.
func elements(r io.Reader, name string, take func(*xml.Decoder, *xml.StartElement) error) error {
	decoder := xml.NewDecoder(r)
	ended := false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && ended {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the answer is no whole stream of XML: %w", err)
		}
		switch element := token.(type) {
		case xml.StartElement:
			if element.Name.Local == name {
				if err := take(decoder, &element); err != nil {
					return err
				}
			}
		case xml.EndElement:
			ended = element.Name.Local == "stream"
		}
	}
}

func parseZypperRepositories(r io.Reader) ([]repository, error) {
	var repos []repository
	err := elements(r, "repo", func(d *xml.Decoder, start *xml.StartElement) error {
		var x struct {
			Alias    string   `xml:"alias,attr"`
			Name     string   `xml:"name,attr"`
			Enabled  string   `xml:"enabled,attr"`
			GPG      string   `xml:"gpgcheck,attr"`
			RepoGPG  string   `xml:"repo_gpgcheck,attr"`
			PkgGPG   string   `xml:"pkg_gpgcheck,attr"`
			URLs     []string `xml:"url"`
			Mirrors  string   `xml:"mirrorlist,attr"`
			Metalink string   `xml:"metalink,attr"`
		}
		if err := d.DecodeElement(&x, start); err != nil || !is(x.Enabled) {
			return err
		}
		if x.Alias == "" || len(repos) == maxRepositories {
			return fmt.Errorf("repository %d is called %.100q", len(repos), x.Alias)
		}
		repos = append(repos, repository{
			id: x.Alias, name: x.Name, url: firstOf(x.Metalink, x.Mirrors, firstOf(x.URLs...)), pkgs: -1,
			gpgcheck: is(x.GPG) || is(x.RepoGPG) || is(x.PkgGPG),
		})
		return nil
	})
	return repos, err
}

// installedOnly is where zypper says that a package is which no repository carries.
const installedOnly = "(System Packages)"

// parseZypperPackages hands the versions that repositories carry to take. zypper calls a repository by its name.
func parseZypperPackages(r io.Reader, take func(offer)) error {
	n := 0
	return elements(r, "solvable", func(d *xml.Decoder, start *xml.StartElement) error {
		var x struct {
			Name       string `xml:"name,attr"`
			Kind       string `xml:"kind,attr"`
			Edition    string `xml:"edition,attr"`
			Arch       string `xml:"arch,attr"`
			Repository string `xml:"repository,attr"`
		}
		if err := d.DecodeElement(&x, start); err != nil {
			return err
		}
		if x.Kind != "package" || x.Repository == installedOnly {
			return nil
		}
		if x.Name == "" || x.Edition == "" || x.Repository == "" || !legalArch(x.Arch) {
			return fmt.Errorf("zypper lists %+v, which is no package", x)
		}
		if n++; n > maxOffers {
			return fmt.Errorf("the repositories carry more than %d packages", maxOffers)
		}
		take(offer{nameArch{x.Name, x.Arch}, canonical(x.Edition), x.Repository, time.Time{}})
		return nil
	})
}

// parseZypperUpdates returns the versions to which packages would be updated.
func parseZypperUpdates(r io.Reader) (map[nameArch]string, error) {
	found := map[nameArch]string{}
	err := elements(r, "update", func(d *xml.Decoder, start *xml.StartElement) error {
		var x struct {
			Kind    string `xml:"kind,attr"`
			Name    string `xml:"name,attr"`
			Edition string `xml:"edition,attr"`
			Arch    string `xml:"arch,attr"`
		}
		if err := d.DecodeElement(&x, start); err != nil || x.Kind != "package" {
			return err
		}
		if x.Name == "" || x.Edition == "" || !legalArch(x.Arch) {
			return fmt.Errorf("zypper lists the update %+v, which is no package", x)
		}
		key := nameArch{x.Name, x.Arch}
		if evr := canonical(x.Edition); found[key] == "" || compareNewest(evr, found[key]) < 0 {
			found[key] = evr
		}
		return nil
	})
	return found, err
}

// parseZypperPatches returns the patches that the host needs, with the repository of each.
func parseZypperPatches(r io.Reader) (map[string]string, error) {
	needed := map[string]string{}
	err := elements(r, "update", func(d *xml.Decoder, start *xml.StartElement) error {
		var x struct {
			Kind   string `xml:"kind,attr"`
			Name   string `xml:"name,attr"`
			Status string `xml:"status,attr"`
			Source struct {
				Alias string `xml:"alias,attr"`
			} `xml:"source"`
		}
		if err := d.DecodeElement(&x, start); err != nil {
			return err
		}
		if x.Kind == "patch" && x.Status == "needed" {
			needed[x.Name] = x.Source.Alias
		}
		return nil
	})
	return needed, err
}

// parseZypperLocks returns the names, or patterns, of packages that are locked.
func parseZypperLocks(r io.Reader) ([]string, error) {
	var locked []string
	err := elements(r, "lock", func(d *xml.Decoder, start *xml.StartElement) error {
		var x struct {
			Names []string `xml:"name"`
			Types []string `xml:"type"`
		}
		if err := d.DecodeElement(&x, start); err != nil {
			return err
		}
		if len(x.Types) > 0 && strings.Join(x.Types, " ") != "package" {
			return nil
		}
		for _, name := range x.Names {
			if _, err := path.Match(name, ""); err == nil {
				locked = append(locked, name)
			}
		}
		return nil
	})
	return locked, err
}
