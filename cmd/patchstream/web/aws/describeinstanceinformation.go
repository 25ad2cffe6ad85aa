package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

const defaultInformation = 50

// describeInstanceInformation answers with hosts, by name, the retired ones too: who they are, and whether they still speak.
func (s *service) describeInstanceInformation(ctx context.Context, who Caller, in *ssm.DescribeInstanceInformationInput) (*ssm.DescribeInstanceInformationOutput, error) {
	f, err := informationFilter(who, in)
	if err != nil {
		return nil, err
	}
	page, err := s.Index.Hosts(ctx, query.HostsQuestion{Filter: f, Sort: query.ByHost, Limit: most(in.MaxResults, defaultInformation), Cursor: aws.ToString(in.NextToken)})
	if err != nil {
		return nil, err
	}
	out := &ssm.DescribeInstanceInformationOutput{InstanceInformationList: make([]types.InstanceInformation, 0, page.Len()), NextToken: token(page.Next)}
	for h := range page.Hosts() {
		out.InstanceInformationList = append(out.InstanceInformationList, information(&h))
	}
	return out, nil
}

func information(h *query.HostView) types.InstanceInformation {
	i := types.InstanceInformation{
		InstanceId: aws.String(h.Host), ComputerName: aws.String(h.Host), Name: aws.String(h.Host), ResourceType: types.ResourceTypeManagedInstance,
		PingStatus: pings[h.Presence()], PlatformType: platformOf(h.OS.System), SourceId: aws.String(h.Host), SourceType: types.SourceTypeAwsSsmManagedinstance,
	}
	if h.HeardAt != nil {
		i.LastPingDateTime = aws.Time(*h.HeardAt)
	}
	if name := platformName(h.OS.System, h.OS.Product); name != "" {
		i.PlatformName = aws.String(name)
	}
	if h.OS.Version != "" {
		i.PlatformVersion = aws.String(h.OS.Version)
	}
	return i
}

var pings = map[query.Presence]types.PingStatus{
	query.Present: types.PingStatusOnline, query.Silent: types.PingStatusConnectionLost, query.Gone: types.PingStatusInactive,
}

// platformOf is the platform of a system; of one that is not known, none.
func platformOf(system string) types.PlatformType {
	switch system {
	case "":
		return ""
	case messages.SystemWindows:
		return types.PlatformTypeWindows
	case messages.SystemMacOS:
		return types.PlatformTypeMacos
	}
	return types.PlatformTypeLinux
}

// platformName is what a system is called; of one that is not among them, its product without the version.
func platformName(system, product string) string {
	names := map[string]string{
		"AMAZON_LINUX": "Amazon Linux AMI", "AMAZON_LINUX_2": "Amazon Linux", "AMAZON_LINUX_2023": "Amazon Linux", "ALMA_LINUX": "AlmaLinux",
		"CENTOS": "CentOS Linux", "DEBIAN": "Debian GNU/Linux", messages.SystemMacOS: "macOS", "ORACLE_LINUX": "Oracle Linux Server",
		"REDHAT_ENTERPRISE_LINUX": "Red Hat Enterprise Linux", "ROCKY_LINUX": "Rocky Linux", "SUSE": "SUSE Linux Enterprise Server",
		"UBUNTU": "Ubuntu", messages.SystemWindows: product,
	}
	if name := names[system]; name != "" {
		return name
	}
	return strings.TrimRight(product, "0123456789.")
}

// informationFilter reads both forms of filters, of which a request has one.
func informationFilter(who Caller, in *ssm.DescribeInstanceInformationInput) (query.Filter, error) {
	f := query.Filter{Scope: who.Groups, Status: []messages.HostStatus{messages.Compliant, messages.NonCompliant, messages.Unknown, messages.Retired}}
	if len(in.Filters) > 0 && len(in.InstanceInformationFilterList) > 0 {
		return f, invalid("Filters and InstanceInformationFilterList do not go together")
	}
	for _, one := range in.InstanceInformationFilterList {
		if err := inform(&f, string(one.Key), one.ValueSet); err != nil {
			return f, err
		}
	}
	for _, one := range in.Filters {
		if err := inform(&f, aws.ToString(one.Key), one.Values); err != nil {
			return f, err
		}
	}
	return f, nil
}

// inform narrows a filter by one of AWS's.
func inform(f *query.Filter, key string, values []string) error {
	switch key {
	case "InstanceIds":
		narrow(&f.Names, values)
	case "PingStatus":
		presences := []query.Presence{}
		for presence, ping := range pings {
			if slices.Contains(values, string(ping)) {
				presences = append(presences, presence)
			}
		}
		slices.Sort(presences) // the cursor goes with the question
		narrow(&f.Presences, presences)
		return wellKnown(key, values, types.PingStatus("").Values())
	case "PlatformTypes", "PlatformType":
		platforms(f, values)
		return wellKnown(key, values, types.PlatformType("").Values())
	case "ResourceType":
		if !slices.Contains(values, managedInstance) {
			f.Names = []string{}
		}
	case "SourceTypes":
		if !slices.Contains(values, string(types.SourceTypeAwsSsmManagedinstance)) {
			f.Names = []string{}
		}
	case "SourceIds":
		narrow(&f.Names, values)
	case "tag:Patch Group", "tag:PatchGroup":
		narrow(&f.Groups, values)
	default:
		return &types.InvalidFilterKey{Message: aws.String(fmt.Sprintf("%q is not offered: the keys are InstanceIds, PingStatus, PlatformTypes, ResourceType, SourceIds, SourceTypes and tag:PatchGroup", key))}
	}
	return nil
}

// narrow keeps what is in both, or takes all where nothing was asked before.
func narrow[T comparable](to *[]T, values []T) {
	if *to == nil {
		*to = append([]T{}, values...)
		return
	}
	*to = slices.DeleteFunc(*to, func(one T) bool { return !slices.Contains(values, one) })
}

// wellKnown refuses values that there are not.
func wellKnown[S ~string](key string, values []string, known []S) error {
	for _, value := range values {
		if !slices.Contains(known, S(value)) {
			return &types.InvalidInstanceInformationFilterValue{Message: aws.String(fmt.Sprintf("%s: %q is none of %v", key, value, known))}
		}
	}
	return nil
}

// platforms narrows a filter to the systems of platforms.
func platforms(f *query.Filter, asked []string) {
	named := map[types.PlatformType]string{types.PlatformTypeWindows: messages.SystemWindows, types.PlatformTypeMacos: messages.SystemMacOS}
	if !slices.Contains(asked, string(types.PlatformTypeLinux)) {
		systems := []string{}
		for platform, system := range named {
			if slices.Contains(asked, string(platform)) {
				systems = append(systems, system)
			}
		}
		slices.Sort(systems) // the cursor goes with the question
		narrow(&f.Systems, systems)
		return
	}
	f.NotSystems = append(f.NotSystems, "")
	for platform, system := range named {
		if !slices.Contains(asked, string(platform)) {
			f.NotSystems = append(f.NotSystems, system)
		}
	}
	slices.Sort(f.NotSystems)
}
