package baseline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// fields are the fields of an object, and of the objects in them; nil where nobody looks inside.
type fields map[string]fields

// known are all fields that AWS prints of a baseline or takes, and those that its tools add.
var known = func() fields {
	group := fields{"PatchFilters": {"Key": nil, "Values": nil}}
	return fields{
		"BaselineId": nil, "Name": nil, "OperatingSystem": nil, "Description": nil, "CreatedDate": nil, "ModifiedDate": nil,
		"GlobalFilters": group,
		"ApprovalRules": {"PatchRules": {
			"PatchFilterGroup": group, "ComplianceLevel": nil, "ApproveAfterDays": nil, "ApproveUntilDate": nil, "EnableNonSecurity": nil,
		}},
		"ApprovedPatches": nil, "ApprovedPatchesComplianceLevel": nil, "ApprovedPatchesEnableNonSecurity": nil,
		"RejectedPatches": nil, "RejectedPatchesAction": nil, "AvailableSecurityUpdatesComplianceStatus": nil,
		"Sources": {"Name": nil, "Products": nil, "Configuration": nil}, "PatchGroups": nil,
		"Tags": {"Key": nil, "Value": nil}, "ClientToken": nil, "DefaultBaseline": nil, "ResponseMetadata": nil,
	}
}()

// mostUnknown bounds how many unknown fields are named.
const mostUnknown = 20

// unknownFields names each field that nobody reads, with what may be meant by it. AWS would refuse it; here it would count
// for nothing, and a baseline whose list of patches is misspelled approves none.
func unknownFields(text []byte) []string {
	var value any
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if dec.Decode(&value) != nil {
		return nil
	}
	u := &unknowns{}
	u.find("", value, known)
	if more := len(u.lines) - mostUnknown; more > 0 {
		return append(u.lines[:mostUnknown], fmt.Sprintf("%d more fields are not known", more))
	}
	return u.lines
}

type unknowns struct{ lines []string }

func (u *unknowns) find(at string, value any, of fields) {
	switch v := value.(type) {
	case []any:
		for i, element := range v {
			u.find(fmt.Sprintf("%s[%d]", at, i), element, of)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			field := strings.TrimPrefix(at+"."+name, ".")
			inside, ok := lookup(of, name)
			if !ok {
				u.lines = append(u.lines, fmt.Sprintf("%s: is no field of a baseline, and has no effect%s", field, meant(name, of)))
				continue
			}
			if inside != nil {
				u.find(field, v[name], inside)
			}
		}
	}
}

// lookup finds a field as encoding/json does, in any case.
func lookup(of fields, name string) (fields, bool) {
	for field, inside := range of {
		if strings.EqualFold(field, name) {
			return inside, true
		}
	}
	return nil, false
}

// meant says which field may be meant: one that is spelled nearly so, or one of that name elsewhere.
func meant(name string, here fields) string {
	best := meantOf(name, here)
	if best == "" {
		best = elsewhere(name, "", known)
	}
	if best == "" {
		return ""
	}
	return ": did you mean " + best + "?"
}

// meantOf returns the nearest of some names; empty: none is near.
func meantOf(name string, of fields) string {
	best, distance := "", max(2, len(name)/3)+1
	for _, field := range slices.Sorted(maps.Keys(of)) {
		if d := levenshtein.ComputeDistance(bare(name), bare(field)); d < distance {
			best, distance = field, d
		}
	}
	return best
}

// elsewhere returns the path of a field of that name.
func elsewhere(name, at string, of fields) string {
	for _, field := range slices.Sorted(maps.Keys(of)) {
		path := strings.TrimPrefix(at+"."+field, ".")
		if strings.EqualFold(bare(field), bare(name)) {
			return path
		}
		if found := elsewhere(name, path, of[field]); found != "" {
			return found
		}
	}
	return ""
}

// bare is a name without what other languages put between its words.
func bare(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(name))
}
