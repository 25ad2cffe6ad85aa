package streams

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	codeNoPeers         jetstream.ErrorCode = 10005 // no suitable peers for placement, and perhaps why
	codeNoStorage       jetstream.ErrorCode = 10047 // insufficient storage resources available
	codeNotAvailable    jetstream.ErrorCode = 10008 // nobody leads the cluster
	codeNotLeader       jetstream.ErrorCode = 10009
	codeNotClustered    jetstream.ErrorCode = 10074 // replicas > 1 not supported in non-clustered mode
	codeStreamOffline   jetstream.ErrorCode = 10118
	codeConsumerOffline jetstream.ErrorCode = 10119
)

// errServersAway says that the cluster has servers enough, but not all can take a replica. What is made with one
// replica then would stay so, without a word.
var errServersAway = errors.New("three replicas need three servers, and some of the cluster's are away or full: mend them, or create it yourself with fewer replicas")

// errSettling says that the cluster knows of too few servers for three replicas, and may be about to take in more.
var errSettling = errors.New("the cluster knows of fewer than the three servers that three replicas need; if that stays so it gets one replica")

// create tries three replicas first and takes one where the server has no more to give, in a cluster only after
// it has settled.
func create[T any](cfg Config, with func(replicas int) (T, error)) (T, error) {
	made, err := with(replicas)
	api := apiError(err)
	if api == nil || api.ErrorCode != codeNoPeers && api.ErrorCode != codeNotClustered {
		return made, err
	}
	switch {
	case api.ErrorCode == codeNotClustered:
		return with(1)
	case unfit(api):
		return made, fmt.Errorf("%w (%w)", errServersAway, err)
	case cfg.Settled:
		return with(1)
	}
	return made, fmt.Errorf("%w (%w)", errSettling, err)
}

// unfit tells two meanings of one code apart, as nats-server 2.15.2 words them: a server that went away is
// "offline", one that was not seen since the leader started is a "miscellaneous issue", and a full one has
// "insufficient storage". Where nothing is said the cluster has no more servers.
func unfit(api *jetstream.APIError) bool {
	return slices.ContainsFunc([]string{"offline", "miscellaneous", "insufficient storage"}, func(cause string) bool {
		return strings.Contains(api.Description, cause)
	})
}

// reserve makes a stream with a smaller bound in bytes where the server has not so much to give: it sets a bound aside when the
// stream is made. Where not even the least is left it makes one without.
func reserve(want jetstream.StreamConfig, with func(jetstream.StreamConfig) (jetstream.Stream, error)) (jetstream.Stream, error) {
	const least = 16 << 20
	for {
		s, err := with(want)
		api := apiError(err)
		if want.MaxBytes <= 0 || api == nil || api.ErrorCode != codeNoStorage && !(api.ErrorCode == codeNoPeers && strings.Contains(api.Description, "insufficient storage")) {
			return s, err
		}
		if want.MaxBytes /= 4; want.MaxBytes < least {
			want.MaxBytes = 0
		}
	}
}

// Settling reports whether an error of [Ensure] says that a cluster knows of fewer than three servers, and that the
// caller did not say that it has settled.
func Settling(err error) bool { return errors.Is(err, errSettling) }

// Unavailable reports whether an error of [Ensure] may pass when a cluster has a leader again, or all its servers:
// the caller waits and tries again.
func Unavailable(err error) bool {
	if errors.Is(err, errServersAway) || Settling(err) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, nats.ErrNoResponders) {
		return true
	}
	api := apiError(err)
	return api != nil && (api.ErrorCode == codeNotAvailable || api.ErrorCode == codeNotLeader ||
		api.ErrorCode == codeStreamOffline || api.ErrorCode == codeConsumerOffline)
}

func apiError(err error) *jetstream.APIError {
	var api *jetstream.APIError
	errors.As(err, &api)
	return api
}

// alone reports whether a stream is on one server of a cluster only.
func alone(info *jetstream.StreamInfo) bool {
	return info.Config.Replicas == 1 && info.Cluster != nil && info.Cluster.Name != ""
}
