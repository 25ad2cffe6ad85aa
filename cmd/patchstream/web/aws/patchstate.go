package aws

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// reported is the statuses of hosts of which something is known. AWS's counts have no status beside them: those of an UNKNOWN host would read
// as if all were well, so it is left out, as AWS leaves out a node that never reported.
var reported = []messages.HostStatus{messages.Compliant, messages.NonCompliant}

// lastOperation is what a host was last through: the newer of its scan and its patch run. Of neither more than one time is known.
type lastOperation struct {
	kind types.PatchOperationType
	id   string
	at   time.Time
}

func lastOf(h *query.HostView) lastOperation {
	last := lastOperation{kind: types.PatchOperationTypeScan, at: h.ChangedAt}
	if h.ScanAt != nil {
		last.at = *h.ScanAt
	}
	if run := h.LastRun; run != nil && (h.ScanAt == nil || run.FinishedAt.After(*h.ScanAt)) {
		last.at, last.id = run.FinishedAt, run.RunID
		if run.Operation != messages.OperationScan {
			last.kind = types.PatchOperationTypeInstall
		}
	}
	return last
}

// patchState is a host with its counts.
func patchState(h *query.HostView) types.InstancePatchState {
	last := lastOf(h)
	count := func(key string) int32 { return int32(h.Counts[key]) }
	state := func(s messages.State) int32 { return count(string(s)) }
	return types.InstancePatchState{
		InstanceId: aws.String(h.Host), PatchGroup: aws.String(h.Group), BaselineId: aws.String(BaselineID(h.Baseline.ID)),
		Operation: last.kind, OperationStartTime: aws.Time(last.at), OperationEndTime: aws.Time(last.at),
		InstalledCount: state(messages.Installed), InstalledOtherCount: state(messages.InstalledOther), MissingCount: state(messages.Missing),
		FailedCount: state(messages.Failed), NotApplicableCount: state(messages.NotApplicable),
		InstalledPendingRebootCount:  aws.Int32(state(messages.InstalledPendingReboot)),
		InstalledRejectedCount:       aws.Int32(state(messages.InstalledRejected)),
		AvailableSecurityUpdateCount: aws.Int32(state(messages.AvailableSecurityUpdate)),
		UnreportedNotApplicableCount: aws.Int32(0),
		CriticalNonCompliantCount:    aws.Int32(count(messages.CriticalNonCompliant)),
		SecurityNonCompliantCount:    aws.Int32(count(messages.SecurityNonCompliant)),
		OtherNonCompliantCount:       aws.Int32(count(messages.OtherNonCompliant)),
	}
}
