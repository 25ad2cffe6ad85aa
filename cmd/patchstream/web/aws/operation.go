package aws

import (
	"context"
	"fmt"
	"strings"
)

// operation is one of AWS's, as it is called.
type operation struct {
	writes bool
	call   func(ctx context.Context, who Caller, body []byte) (any, error)
}

// reads makes an operation of a function that changes nothing.
func reads[I, O any](do func(context.Context, Caller, *I) (*O, error)) operation {
	return operation{call: func(ctx context.Context, who Caller, body []byte) (any, error) {
		in := new(I)
		if err := decode(body, in); err != nil {
			return nil, err
		}
		if err := check(in); err != nil {
			return nil, err
		}
		return do(ctx, who, in)
	}}
}

// writes makes an operation of a function that changes something: an operator's key may call it.
func writes[I, O any](do func(context.Context, Caller, *I) (*O, error)) operation {
	op := reads(do)
	op.writes = true
	return op
}

// operations are all that are answered, by name.
func (s *service) operations() map[string]operation {
	return map[string]operation{
		"DescribeEffectivePatchesForPatchBaseline": reads(s.describeEffectivePatchesForPatchBaseline),
		"DescribeInstanceInformation":              reads(s.describeInstanceInformation),
		"DescribeInstancePatches":                  reads(s.describeInstancePatches),
		"DescribeInstancePatchStates":              reads(s.describeInstancePatchStates),
		"DescribeInstancePatchStatesForPatchGroup": reads(s.describeInstancePatchStatesForPatchGroup),
		"DescribePatchGroupState":                  reads(s.describePatchGroupState),
		"ListComplianceItems":                      reads(s.listComplianceItems),
		"ListComplianceSummaries":                  reads(s.listComplianceSummaries),
		"ListResourceComplianceSummaries":          reads(s.listResourceComplianceSummaries),

		"CreatePatchBaseline":                  writes(s.createPatchBaseline),
		"GetPatchBaseline":                     reads(s.getPatchBaseline),
		"UpdatePatchBaseline":                  writes(s.updatePatchBaseline),
		"DeletePatchBaseline":                  writes(s.deletePatchBaseline),
		"DescribePatchBaselines":               reads(s.describePatchBaselines),
		"RegisterPatchBaselineForPatchGroup":   writes(s.registerPatchBaselineForPatchGroup),
		"DeregisterPatchBaselineForPatchGroup": writes(s.deregisterPatchBaselineForPatchGroup),
		"GetPatchBaselineForPatchGroup":        reads(s.getPatchBaselineForPatchGroup),
		"DescribePatchGroups":                  reads(s.describePatchGroups),
		"RegisterDefaultPatchBaseline":         writes(s.registerDefaultPatchBaseline),
		"GetDefaultPatchBaseline":              reads(s.getDefaultPatchBaseline),
		"AddTagsToResource":                    writes(s.addTagsToResource),
		"RemoveTagsFromResource":               writes(s.removeTagsFromResource),
		"ListTagsForResource":                  reads(s.listTagsForResource),
		"PutComplianceItems":                   writes(s.putComplianceItems),
		"DescribePatchProperties":              reads(s.describePatchProperties),
	}
}

// notOffered says what is known of an operation that is not answered.
func notOffered(name string) string {
	if name == "DescribeAvailablePatches" {
		return "patchstream has no catalogue of patches beside what hosts report: what a baseline makes of those DescribeEffectivePatchesForPatchBaseline says"
	}
	for _, part := range []string{"Command", "Automation", "MaintenanceWindow", "Session", "Snapshot", "Association"} {
		if strings.Contains(name, part) {
			return fmt.Sprintf("patchstream classifies what hosts report and runs nothing on them: %s is not offered", name)
		}
	}
	return fmt.Sprintf("patchstream answers what is about patch compliance, baselines and patch groups: %q is not offered", name)
}
