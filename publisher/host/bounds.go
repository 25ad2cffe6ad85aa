package host

import (
	"fmt"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// CheckBounds returns why a scan is larger than the contract allows: it would be refused, so it is not sent as if it
// were whole.
func CheckBounds(scan *messages.Scan) error {
	if len(scan.Origins) > messages.MaxOrigins {
		return fmt.Errorf("%d origins, the bound is %d", len(scan.Origins), messages.MaxOrigins)
	}
	for _, o := range scan.Origins {
		if err := checkStrings("an origin", o.Archive, o.Site, o.Origin, o.Label, o.Component, o.Codename); err != nil {
			return err
		}
	}
	if len(scan.Packages) > messages.MaxPackages {
		return fmt.Errorf("%d packages, the bound is %d", len(scan.Packages), messages.MaxPackages)
	}
	versions := 0
	for i := range scan.Packages {
		p := &scan.Packages[i]
		versions += len(p.Versions)
		if err := checkPackage(p); err != nil {
			return err
		}
	}
	if versions > messages.MaxVersions {
		return fmt.Errorf("%d versions, the bound is %d", versions, messages.MaxVersions)
	}
	return nil
}

func checkPackage(p *messages.Package) error {
	if p.Installed != nil && len(*p.Installed) > messages.MaxVersionBytes {
		return fmt.Errorf("package %.100s: a version of %d bytes, the bound is %d", p.Name, len(*p.Installed), messages.MaxVersionBytes)
	}
	if err := checkStrings("package "+p.Name, p.Name, p.Arch, p.State, p.Source, p.SourceVersion, p.Candidate); err != nil {
		return err
	}
	for _, v := range p.Versions {
		if err := checkStrings("package "+p.Name, v.Version, v.Section, v.Priority); err != nil {
			return err
		}
	}
	return nil
}

func checkStrings(of string, values ...string) error {
	for _, value := range values {
		if len(value) > messages.MaxStringBytes {
			return fmt.Errorf("%.100s: a text of %d bytes, the bound is %d", of, len(value), messages.MaxStringBytes)
		}
	}
	return nil
}

// Shorten keeps an error's text within what an event may carry, in one line.
func Shorten(text string) string {
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "\uFFFD")
	const most = 1000
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
