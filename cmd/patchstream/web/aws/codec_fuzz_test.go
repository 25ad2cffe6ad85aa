package aws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"

	"github.com/patchstream/patchstream/cmd/patchstream/web/aws"
)

// Whatever somebody sends becomes an input within its bounds, which can be written again, or one of AWS's errors.
func FuzzABodyIsAnInputOrAnErrorOfAWSs(f *testing.F) {
	for _, body := range []string{
		`{"InstanceId":"web-1","Filters":[{"Key":"State","Values":["Missing"]}],"MaxResults":10,"NextToken":"x"}`,
		`{"Name":"prod","ApprovalRules":{"PatchRules":[{"PatchFilterGroup":{"PatchFilters":[{"Key":"PRIORITY","Values":["*"]}]},"ApproveAfterDays":7}]},"Tags":[{"Key":"a","Value":"b"}]}`,
		`{"ResourceId":"web-1","ResourceType":"ManagedInstance","ComplianceType":"Custom:ab","ExecutionSummary":{"ExecutionTime":1.5e9},"Items":[{"Severity":"HIGH","Status":"COMPLIANT","Details":{"a":"b"}}]}`,
		`{"InstanceInformationFilterList":[{"key":"PingStatus","valueSet":["Online"]}]}`, `null`, `{"InstanceId":null}`, `[`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, in := range []any{new(ssm.DescribeInstancePatchesInput), new(ssm.CreatePatchBaselineInput), new(ssm.PutComplianceItemsInput), new(ssm.DescribeInstanceInformationInput)} {
			err := aws.Decode(body, in)
			if err == nil {
				if err = aws.Check(in); err == nil {
					if _, err := aws.Encode(in); err != nil {
						t.Errorf("%+v cannot be written: %v", in, err)
					}
					continue
				}
			}
			if known, is := err.(smithy.APIError); !is || known.ErrorMessage() == "" {
				t.Errorf("%v is none of AWS's errors", err)
			}
		}
	})
}
