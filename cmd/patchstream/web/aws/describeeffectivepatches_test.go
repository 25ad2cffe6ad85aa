package aws_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/cmd/patchstream/web/webtest"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/workertest"
)

// effective pages through what a baseline makes of patches, and writes it in short.
func effective(t *testing.T, c *ssm.Client, baseline string, size int32) (list []string) {
	t.Helper()
	pages := ssm.NewDescribeEffectivePatchesForPatchBaselinePaginator(c, &ssm.DescribeEffectivePatchesForPatchBaselineInput{BaselineId: &baseline, MaxResults: &size})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(page.EffectivePatches) > int(size) {
			t.Errorf("%d on a page of %d", len(page.EffectivePatches), size)
		}
		for _, p := range page.EffectivePatches {
			list = append(list, fmt.Sprintf("%s %s", *p.Patch.Title, p.PatchStatus.DeploymentStatus))
			if pending := p.PatchStatus.DeploymentStatus == types.PatchDeploymentStatusPendingApproval; pending != (p.PatchStatus.ApprovalDate != nil) {
				t.Errorf("%s: %+v", *p.Patch.Title, p.PatchStatus)
			}
		}
	}
	return list
}

// What a baseline approves, rejects and will approve of what its hosts know is told once each, however it is paged.
func TestEffectivePatchesAreThoseThatHostsOfTheBaselineKnow(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	c := f.client(operator)
	bound := func(in *ssm.CreatePatchBaselineInput) string {
		id := create(t, c, in)
		if _, err := c.RegisterPatchBaselineForPatchGroup(t.Context(), &ssm.RegisterPatchBaselineForPatchGroupInput{BaselineId: &id, PatchGroup: sdk.String("web")}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	ubuntu := bound(&ssm.CreatePatchBaselineInput{
		Name: sdk.String("of-web"), OperatingSystem: types.OperatingSystemUbuntu, ApprovedPatches: []string{"curl"}, ApprovedPatchesEnableNonSecurity: sdk.Bool(true), ApprovedPatchesComplianceLevel: types.PatchComplianceLevelCritical,
		RejectedPatches: []string{"bash"}, RejectedPatchesAction: types.PatchActionBlock, ApprovalRules: after(0),
	})
	red := bound(&ssm.CreatePatchBaselineInput{Name: sdk.String("of-red"), OperatingSystem: types.OperatingSystemRedhatEnterpriseLinux, ApprovalRules: after(20)})
	issued := time.Now().AddDate(0, 0, -5)
	f.Says(t,
		webtest.Grouped("web-1", "web", 0, workertest.Package("openssl", "1", "2", "3"), workertest.Package("bash", "5", "6"), workertest.Package("curl", "7")),
		webtest.Grouped("web-2", "web", 1, workertest.Package("curl", "7", "8"), workertest.Package("bash", "5")),
		webtest.Grouped("db-1", "db", 2, workertest.Package("curl", "9"), workertest.Package("postgresql", "16", "17")),
		enterprise("web-3", issued),
	)
	for id, want := range map[string][]string{
		ubuntu: {"bash.amd64:5 EXPLICIT_REJECTED", "curl.amd64:7 EXPLICIT_APPROVED", "curl.amd64:8 EXPLICIT_APPROVED", "openssl.amd64:3 APPROVED"},
		red:    {"kernel.x86_64:5.14.0-2 PENDING_APPROVAL"},
	} {
		for _, size := range []int32{1, 2, 3, 100} {
			if got := effective(t, c, id, size); !slices.Equal(got, want) {
				t.Errorf("in pages of %d: %v, want %v", size, got, want)
			}
		}
	}
	page, err := c.DescribeEffectivePatchesForPatchBaseline(t.Context(), &ssm.DescribeEffectivePatchesForPatchBaselineInput{BaselineId: &red})
	if err != nil {
		t.Fatal(err)
	}
	p := page.EffectivePatches[0]
	if at := p.PatchStatus.ApprovalDate; at.Before(issued.AddDate(0, 0, 19)) || at.After(issued.AddDate(0, 0, 21)) {
		t.Errorf("it is approved at %s", at)
	}
	if *p.Patch.Name != "kernel" || *p.Patch.Version != "5.14.0" || *p.Patch.Release != "2" {
		t.Errorf("%+v", p.Patch)
	}
}

// after approves all security updates some days after they were published.
func after(days int32) *types.PatchRuleGroup {
	return &types.PatchRuleGroup{PatchRules: []types.PatchRule{{
		ApproveAfterDays: &days, ComplianceLevel: types.PatchComplianceLevelHigh,
		PatchFilterGroup: &types.PatchFilterGroup{PatchFilters: []types.PatchFilter{{Key: types.PatchFilterKeyProduct, Values: []string{"*"}}}},
	}}}
}

// enterprise is a scan of a host of rpm whose kernel has an update.
func enterprise(host string, issued time.Time) *messages.Scan {
	s := webtest.Grouped(host, "web", 3, workertest.Package("kernel", "5.14.0-1", "5.14.0-2"))
	s.OS = messages.OS{System: "REDHAT_ENTERPRISE_LINUX", Product: "RedhatEnterpriseLinux9.4", Version: "9.4", Arch: "x86_64", Kernel: "5.14.0-1.x86_64"}
	s.Origins = []messages.Origin{{Archive: "baseos", Trusted: true, Notices: true, Date: time.Now(), CheckedAt: time.Now()}}
	s.Advisories = []messages.Advisory{{ID: "RHSA-2026:1", Type: "security", Severity: "Important", Status: "final", IssuedAt: issued, CVEs: []string{"CVE-2026-1"}}}
	p := &s.Packages[0]
	p.Arch = "x86_64"
	for i := range p.Versions {
		p.Versions[i].Origins, p.Versions[i].ReleasedAt = []int{0}, issued
	}
	p.Versions[len(p.Versions)-1].Advisories = []string{"RHSA-2026:1"}
	s.Hash = messages.ContentHash(s)
	return s
}
