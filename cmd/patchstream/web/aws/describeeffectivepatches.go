package aws

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

const (
	defaultEffective = 50

	// maxRecords is how many hosts are read for a page; where it takes more, the page is shorter.
	maxRecords = 200
)

// describeEffectivePatchesForPatchBaseline answers with the patches that hosts know which are judged by a baseline, as far as it approves
// or rejects them, or will approve them. patchstream has no catalogue besides: of a patch that no such host knows nothing is said.
func (s *service) describeEffectivePatchesForPatchBaseline(ctx context.Context, who Caller, in *ssm.DescribeEffectivePatchesForPatchBaselineInput) (*ssm.DescribeEffectivePatchesForPatchBaselineOutput, error) {
	shelf, err := s.shelf(ctx, who)
	if err != nil {
		return nil, err
	}
	id, _, err := shelf.find(aws.ToString(in.BaselineId))
	if err != nil {
		return nil, err
	}
	question := fingerprint("DescribeEffectivePatchesForPatchBaseline", id)
	behind, _, err := after(in.NextToken, question)
	if err != nil {
		return nil, err
	}
	e := &effective{service: s, baseline: id, behind: behind, most: most(in.MaxResults, defaultEffective), hosts: make(map[string]*query.Host)}
	if err := e.read(ctx, who); err != nil {
		return nil, err
	}
	out := &ssm.DescribeEffectivePatchesForPatchBaselineOutput{EffectivePatches: e.page}
	if e.more {
		out.NextToken = aws.String(cursor{question, e.behind}.String())
	}
	return out, nil
}

// effective is a page as it is put together.
type effective struct {
	*service
	baseline string
	behind   string // key of the last patch that was looked at
	most     int
	hosts    map[string]*query.Host // that were read

	page []types.EffectivePatch
	more bool
}

// read looks at one patch after the other until the page is full.
func (e *effective) read(ctx context.Context, who Caller) error {
	e.page = []types.EffectivePatch{}
	from, _, _ := strings.Cut(strings.TrimSuffix(e.behind, allVersions), versionAfter)
	patches, err := e.Index.JudgedBy(ctx, e.baseline, who.Groups, from, e.most+2) // the first may have been told, and one tells that there are more
	if err != nil {
		return err
	}
	e.more = len(patches) == e.most+2
	for i, p := range patches {
		if len(e.hosts) >= maxRecords {
			e.more = true
			return nil
		}
		rows, err := e.rows(ctx, &p)
		if err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(rows)) {
			if key <= e.behind {
				continue
			}
			if len(e.page) == e.most {
				e.more = true
				return nil
			}
			e.page, e.behind = append(e.page, rows[key]), key
		}
		if i < len(patches)-1 || e.more {
			e.behind = p.Patch + allVersions
		}
	}
	return nil
}

// The keys of patches: name, then version. No name has such characters.
const (
	versionAfter = "\x00"
	allVersions  = "\x01" // behind all versions
)

// rows are what the baseline makes of the versions of a patch, by key.
func (e *effective) rows(ctx context.Context, p *query.JudgedPatch) (map[string]types.EffectivePatch, error) {
	rows := make(map[string]types.EffectivePatch)
	for _, name := range p.Hosts {
		h := e.hosts[name]
		if h == nil {
			var err error
			h, err = e.Index.Record(ctx, name)
			if errors.Is(err, query.ErrUnknownHost) { // it was removed a moment ago
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", name, err)
			}
			e.hosts[name] = h
		}
		if h.Report.Baseline.ID != e.baseline { // it is judged by another one since
			continue
		}
		known := h.Known()
		for i := range h.Report.Patches {
			if item := &h.Report.Patches[i]; item.Patch == p.Patch {
				for _, v := range verdicts(item) {
					rows[p.Patch+versionAfter+v.version+versionAfter+string(v.status.DeploymentStatus)] = types.EffectivePatch{Patch: patchOf(h, item, v.version, known(item)), PatchStatus: v.status}
				}
			}
		}
	}
	return rows, nil
}

// verdict is what a baseline makes of a version.
type verdict struct {
	version string
	status  *types.PatchStatus
}

// verdicts are what the reason of an item's state says of versions: which is approved, and which is kept out by name or for a time.
// Of one that a rule and an entry of the baseline approve, the one counts that gave the level.
func verdicts(i *messages.Item) (list []verdict) {
	level := types.PatchComplianceLevel(severityOf(i.Level))
	add := func(version string, status types.PatchDeploymentStatus) *types.PatchStatus {
		s := &types.PatchStatus{DeploymentStatus: status, ComplianceLevel: level}
		list = append(list, verdict{version, s})
		return s
	}
	if m := i.Reason.Matched; m != nil && i.Version != "" {
		if m.Entry != nil {
			add(i.Version, types.PatchDeploymentStatusExplicitApproved)
		} else {
			add(i.Version, types.PatchDeploymentStatusApproved)
		}
	}
	switch s := i.Reason.Stopped; {
	case s == nil && i.State == messages.InstalledRejected:
		add(i.Installed, types.PatchDeploymentStatusExplicitRejected)
	case s == nil:
	case s.By == messages.StoppedByRejected:
		add(s.Version, types.PatchDeploymentStatusExplicitRejected)
	case s.By == messages.StoppedByDelay && !s.Until.IsZero():
		add(s.Version, types.PatchDeploymentStatusPendingApproval).ApprovalDate = aws.Time(s.Until)
	}
	return list
}

// patchOf is a patch in a version, as far as a host knows it.
func patchOf(h *query.Host, i *messages.Item, version string, k query.Known) *types.Patch {
	named := *i
	named.Version = version
	title := titleOf(&named)
	p := &types.Patch{
		Id: aws.String(bounded(title)), Title: aws.String(title), Name: aws.String(i.Name), Classification: aws.String(i.Classification), Product: aws.String(h.Report.About.OS.Product),
	}
	if h.Report.About.OS.System == messages.SystemWindows {
		p.KbNumber, p.MsrcSeverity = aws.String(i.Name), aws.String(k.Severity)
	} else {
		p.Arch, p.Severity = aws.String(i.Arch), aws.String(k.Severity)
		p.Epoch, p.Version, p.Release = splitVersion(version)
	}
	if version != i.Version { // what is known is of another version
		return p
	}
	p.CVEIds, p.AdvisoryIds = k.CVEs, k.Notices
	if !k.ReleasedAt.IsZero() {
		p.ReleaseDate = aws.Time(k.ReleasedAt)
	}
	return p
}

// bounded is a text of no more than 100 characters, as ids are.
func bounded(text string) string {
	if len(text) <= 100 {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return strings.ToValidUTF8(text[:83], "") + "-" + hex.EncodeToString(sum[:8])
}

// splitVersion takes a version of Debian's or rpm's apart.
func splitVersion(text string) (epoch int32, version, release *string) {
	if before, rest, has := strings.Cut(text, ":"); has {
		if n, err := strconv.ParseInt(before, 10, 32); err == nil {
			epoch, text = int32(n), rest
		}
	}
	if at := strings.LastIndexByte(text, '-'); at >= 0 {
		release = aws.String(text[at+1:])
		text = text[:at]
	}
	return epoch, aws.String(text), release
}
