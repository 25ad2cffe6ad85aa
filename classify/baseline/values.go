package baseline

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// UnknownValues names the values of filters that are in no list of AWS's or of the distributions, with what may be meant
// or what there is. Such a value accepts nothing. has says what hosts are known to have; nil where none are.
func (b *Baseline) UnknownValues(has func(key, value string) bool) []string {
	family := FamilyOf(b.OperatingSystem)
	if b.OperatingSystem == "" {
		family = Apt
	}
	if family == nil {
		return nil
	}
	var lines []string
	check := func(field string, g FilterGroup) {
		for i, f := range g.PatchFilters {
			list := listOf(family, b.OperatingSystem, f.Key)
			if list == nil || !slices.Contains(family.FilterKeys, f.Key) {
				continue
			}
			for j, value := range f.Values {
				if value == "*" || list.has(value) || has != nil && has(f.Key, value) {
					continue
				}
				lines = append(lines, fmt.Sprintf("%s.PatchFilters[%d].Values[%d]: no host and no list that is known has %s %q%s", field, i, j, f.Key, value, list.hint(value)))
			}
		}
	}
	check("GlobalFilters", b.GlobalFilters)
	for i, rule := range b.ApprovalRules.PatchRules {
		check(fmt.Sprintf("ApprovalRules.PatchRules[%d].PatchFilterGroup", i), *rule.PatchFilterGroup)
	}
	return lines
}

// list is what a filter may ask for: words, or what a pattern fits.
type list struct {
	words   []string
	pattern *regexp.Regexp
	example string // what fits the pattern
}

func (l *list) has(value string) bool {
	if l.pattern != nil {
		return l.pattern.MatchString(value)
	}
	_, after, component := strings.Cut(value, "/") // Debian's sections have the component before them, but in main
	return slices.ContainsFunc(l.words, func(w string) bool { return strings.EqualFold(w, value) || component && strings.EqualFold(w, after) })
}

// hint says which value may be meant, or what there is.
func (l *list) hint(value string) string {
	squeezed := strings.NewReplacer(" ", "", "-", "", "_", "").Replace(value)
	switch {
	case l.pattern == nil && len(l.words) > 12:
		return meantWord(value, l.words)
	case l.pattern == nil:
		if near := meantWord(value, l.words); near != "" {
			return near
		}
		return ": there are " + strings.Join(l.words, " ")
	case l.pattern.MatchString(squeezed):
		return ": did you mean " + squeezed + "?"
	}
	return ": such a value is " + l.example
}

func meantWord(value string, words []string) string {
	of := make(fields, len(words))
	for _, w := range words {
		of[w] = nil
	}
	best := meantOf(value, of)
	if best == "" {
		return ""
	}
	return ": did you mean " + best + "?"
}

// KnownValues are the values of a filter's key on an operating system that AWS or a distribution lists, in their order; none where there is no such list,
// or where any release brings another.
func KnownValues(system, key string) []string {
	family := FamilyOf(system)
	if family == nil || !slices.Contains(family.FilterKeys, key) {
		return nil
	}
	if list := listOf(family, system, key); list != nil {
		return slices.Clone(list.words)
	}
	return nil
}

func listOf(f *Family, system, key string) *list {
	switch {
	case key == "PRODUCT" && (f == Apt || f == RPM || f == MacOS):
		return productsOf(f, system)
	case f == Apt && key == "PRIORITY":
		return &list{words: []string{"Required", "Important", "Standard", "Optional", "Extra"}}
	case f == Apt && key == "SECTION":
		return &list{words: debianSections}
	case f == RPM && key == "CLASSIFICATION":
		return &list{words: []string{"Security", "Bugfix", "Enhancement", "Newpackage", "Recommended", "Optional", "Feature", "Features", "Document", "Yast", "Other"}}
	case f == RPM && key == "SEVERITY":
		return &list{words: []string{"Critical", "Important", "Moderate", "Medium", "Low", "None"}}
	case f == MacOS && key == "CLASSIFICATION":
		return &list{words: []string{"Security", "Recommended"}}
	case f == Windows && key == "MSRC_SEVERITY":
		return &list{words: []string{"Critical", "Important", "Moderate", "Low", "Unspecified"}}
	case f == Windows && key == "PATCH_SET":
		return &list{words: []string{"OS", "APPLICATION"}}
	}
	return nil
}

// products are how each system's products are called; what a new release will be called is known before it is out.
var products = map[string]struct{ pattern, example string }{
	"UBUNTU":                  {`Ubuntu\d\d\.\d\d`, "Ubuntu22.04"},
	"DEBIAN":                  {`Debian\d+`, "Debian12"},
	"RASPBIAN":                {`(Raspbian|Debian)\d+`, "Raspbian12"},
	"AMAZON_LINUX":            {`AmazonLinux\d{4}\.\d\d`, "AmazonLinux2018.03"},
	"AMAZON_LINUX_2":          {`AmazonLinux2(\.0)?`, "AmazonLinux2"},
	"AMAZON_LINUX_2022":       {`AmazonLinux2022`, "AmazonLinux2022"},
	"AMAZON_LINUX_2023":       {`AmazonLinux2023`, "AmazonLinux2023"},
	"REDHAT_ENTERPRISE_LINUX": {`RedhatEnterpriseLinux\d+(\.\d+)?`, "RedhatEnterpriseLinux9.4"},
	"ROCKY_LINUX":             {`RockyLinux\d+(\.\d+)?`, "RockyLinux9.4"},
	"ALMA_LINUX":              {`AlmaLinux\d+(\.\d+)?`, "AlmaLinux9.4"},
	"ORACLE_LINUX":            {`OracleLinux\d+(\.\d+)?`, "OracleLinux9.4"},
	"CENTOS":                  {`CentOS\d+(\.\d+)?`, "CentOS9"},
	"SUSE":                    {`Suse\d+(\.\d+)?`, "Suse15.6"},
	"MACOS":                   {`macOS\d+(\.\d+)*`, "macOS26.3"},
}

// productsOf are those of a system, else of all of a family.
func productsOf(f *Family, system string) *list {
	systems := f.Systems
	if system != "" {
		systems = []string{system}
	}
	var patterns, examples []string
	for _, s := range systems {
		patterns, examples = append(patterns, products[s].pattern), append(examples, products[s].example)
	}
	return &list{pattern: regexp.MustCompile(`(?i)^(` + strings.Join(patterns, "|") + `)$`), example: strings.Join(examples, " or ")}
}

// debianSections are those of Debian's policy and archive, without the component before them.
var debianSections = strings.Fields(`admin cli-mono comm database debug devel doc editors education electronics embedded fonts games gnome gnu-r gnustep
graphics hamradio haskell httpd interpreters introspection java javascript kde kernel libdevel libs lisp localization mail math metapackages misc net news
ocaml oldlibs otherosfs perl php python ruby rust science shells sound tasks tex text translations utils vcs video virtual web x11 xfce zope debian-installer`)
