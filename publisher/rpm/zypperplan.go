package rpm

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/publisher/host"
)

// zypper --xmlout --dry-run says what the same command would do:
//
//	<install-summary packages-to-change="1">
//	<to-upgrade>
//	<solvable type="package" name="sudo" edition="1.9.5p2-10.el9_3" arch="x86_64" edition-old="1.9.5p2-9.el9" arch-old="x86_64"/>
//	</to-upgrade>
//	<to-install>
//	<solvable type="patch" name="RHSA-2024:0811" edition="1" arch="noarch"/>
//	</to-install>
//	</install-summary>
//
// Where it finds no way, or wants a lock lifted, it says so in messages, and asks:
//
//	<message type="info">Problem: nothing provides libmissing.so.1()(64bit) needed by needs-missing-2.0-1.el9.x86_64</message>
//	<prompt id="1"><description>Problem: …
//	 Solution 1: remove lock to allow removal of sudo-1.9.5p2-9.el9.x86_64

// zypperActions are what the elements of the summary say that becomes of the packages in them.
var zypperActions = map[string]host.Action{
	"to-upgrade": host.ActionInstall, "to-install": host.ActionInstall, "to-reinstall": host.ActionInstall,
	"to-downgrade": host.ActionInstall, "to-change-arch": host.ActionInstall, "to-remove": host.ActionRemove,
}

// parseZypperPlan reads what zypper says, and hands its messages to said. Whole tells whether there is a summary, or
// nothing to do.
func parseZypperPlan(r io.Reader, said *heard) (p *host.Plan, whole bool, err error) {
	p = &host.Plan{Steps: []host.Step{}}
	var action host.Action
	d := xml.NewDecoder(r)
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			said.end()
			return p, whole, nil
		}
		if err != nil {
			return nil, false, fmt.Errorf("what zypper would do: %w", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch name := e.Name.Local; {
			case name == "install-summary":
				whole = true
			case zypperActions[name] != "":
				action = zypperActions[name]
			case name == "solvable" && action != "":
				if err := addSolvable(p, action, e); err != nil {
					return nil, false, err
				}
			}
		case xml.EndElement:
			if zypperActions[e.Name.Local] != "" {
				action = ""
			}
		case xml.CharData:
			text := string(e)
			whole = whole || strings.Contains(text, "Nothing to do.")
			_, _ = said.Write([]byte(text + "\n"))
		}
	}
}

func addSolvable(p *host.Plan, action host.Action, e xml.StartElement) error {
	attr := map[string]string{}
	for _, a := range e.Attr {
		attr[a.Name.Local] = a.Value
	}
	if attr["type"] != "package" {
		return nil
	}
	s := host.Step{Action: action, Name: attr["name"], Arch: attr["arch"], To: attr["edition"]}
	if !legalName(s.Name) || !legalArch(s.Arch) || version.ValidRPM(s.To) != nil {
		return fmt.Errorf("no package of a plan: %.100q %.100q %.100q", s.Name, s.Arch, s.To)
	}
	s.To = canonical(s.To)
	if action == host.ActionRemove {
		s.From, s.To = s.To, ""
	}
	addStep(p, s)
	return nil
}
