package host

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// osName is what AWS calls an operating system, and how it begins the names of its versions.
type osName struct{ system, product string }

// osNames are those that are not called by their own ID, by that ID. Others keep their own: a derivative is not classified
// as what it derives from. Amazon Linux has a name for each generation.
var osNames = map[string]osName{
	"almalinux": {"ALMA_LINUX", "AlmaLinux"},
	"centos":    {"CENTOS", "CentOS"},
	"ol":        {"ORACLE_LINUX", "OracleLinux"},
	"rhel":      {"REDHAT_ENTERPRISE_LINUX", "RedhatEnterpriseLinux"},
	"rocky":     {"ROCKY_LINUX", "RockyLinux"},
	"sles":      {"SUSE", "Suse"},
	"sles_sap":  {"SUSE", "Suse"},
}

// rename gives a system AWS's name where it has one.
func rename(system *messages.OS, id string) {
	version := system.Version
	switch {
	case id == "amzn":
		*system = amazon(*system)
	case osNames[id].system != "":
		system.System = osNames[id].system
		if system.System == "SUSE" && version != "" && !strings.Contains(version, ".") {
			version += ".0" // before its first service pack
		}
		system.Product = osNames[id].product + version
	}
}

// amazon names the generations of Amazon Linux. The first had a version for each half of a year.
func amazon(system messages.OS) messages.OS {
	switch version := system.Version; version {
	case "2":
		system.System, system.Product = "AMAZON_LINUX_2", "AmazonLinux2.0"
	case "2022", "2023":
		system.System, system.Product = "AMAZON_LINUX_"+version, "AmazonLinux"+version
	default:
		system.System, system.Product = "AMAZON_LINUX", "AmazonLinux"+version
		if version != "" && !strings.Contains(version, ".") { // one that came after this was written
			system.System += "_" + version
		}
	}
	return system
}

// centOSRelease is how /etc/centos-release begins, which has the minor version that os-release has not:
//
//	CentOS Linux release 7.9.2009 (Core)
var centOSRelease = regexp.MustCompile(`^CentOS.* release (\d+\.\d+)`)

// minor completes the version of CentOS.
func minor(system *messages.OS, r *Root) {
	if system.System != "CENTOS" || strings.Contains(system.Version, ".") {
		return
	}
	if m := centOSRelease.FindStringSubmatch(cmp.Or(r.Word("etc/centos-release"), r.Word("etc/redhat-release"))); m != nil {
		system.Version = m[1]
		system.Product = osNames["centos"].product + m[1]
	}
}
