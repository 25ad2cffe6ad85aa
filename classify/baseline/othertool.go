package baseline

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

const (
	terraformType      = "aws_ssm_patch_baseline"
	cloudFormationType = "AWS::SSM::PatchBaseline"
)

// CheckLanguage returns a [*messages.FieldError] where a text is a baseline in the language of another tool: Terraform
// or CloudFormation, in any of their forms. What is no baseline at all, or one as AWS writes it, is none.
func CheckLanguage(text []byte) error {
	if resemblesBaseline(bytes.TrimPrefix(text, []byte(byteOrderMark))) {
		return nil
	}
	tool := ""
	switch {
	case bytes.Contains(text, []byte(cloudFormationType)):
		tool = "CloudFormation's: what stands under Properties is a baseline"
	case bytes.Contains(text, []byte(terraformType)), inSnakeCase(text):
		tool = "Terraform's: once it is applied, the baseline is at AWS"
	default:
		return nil
	}
	return &messages.FieldError{Field: "baseline", Problem: "is in the language of another tool, " + tool +
		", and \"aws ssm get-patch-baseline --baseline-id ID\" prints it as it is read here"}
}

// inSnakeCase reports whether a JSON object has fields of a baseline as Terraform names them.
func inSnakeCase(text []byte) bool {
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) != nil {
		return false
	}
	for name := range object {
		if _, ok := lookup(known, bare(name)); ok && strings.Contains(name, "_") || name == "approval_rule" || name == "global_filter" {
			return true
		}
	}
	return false
}
