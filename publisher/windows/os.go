package windows

import (
	"regexp"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// osFacts are those of Win32_OperatingSystem:
//
//	Caption        Microsoft Windows Server 2022 Datacenter
//	Version        10.0.20348
//	UBR            2227, the part behind it that every cumulative update raises (from the registry)
//	Architecture   AMD64, the variable PROCESSOR_ARCHITECTURE
type osFacts struct{ caption, version, ubr, arch string }

func readOS(n node) osFacts {
	f := osFacts{
		caption: n.field("Caption").text(),
		version: n.field("Version").text(),
		ubr:     n.field("UBR").text(),
		arch:    n.field("Architecture").text(),
	}
	if f.arch == "" {
		n.field("Architecture").fail("is required: AMD64, ARM64 or x86")
	}
	if strings.Contains(f.arch, ".") {
		n.field("Architecture").fail("%.64q has a dot", f.arch)
	}
	return f
}

// archWord is the architecture in the words of Microsoft's updates.
func (f osFacts) archWord() string {
	switch arch := strings.ToLower(f.arch); arch {
	case "amd64", "x86_64", "64-bit":
		return "x64"
	default:
		return arch
	}
}

// product is the release in AWS's manner: WindowsServer2022, Windows11.
var product = regexp.MustCompile(`(?i)\bwindows(?:\s+server)?\s+(?:\d{4}(?:\s+R2)?|\d+(?:\.\d+)?)`)

func (f osFacts) os() messages.OS {
	named := messages.OS{
		System:  messages.SystemWindows,
		Product: strings.ReplaceAll(product.FindString(f.caption), " ", ""),
		Version: f.version,
		Arch:    f.archWord(),
	}
	if f.version != "" && f.ubr != "" {
		named.Version += "." + f.ubr
	}
	return named
}
