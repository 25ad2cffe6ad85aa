package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/items"
	"github.com/patchstream/patchstream/worker/query"
)

// failure is an error that AWS's model of the service does not have, as every service of AWS may answer with it. Others are of package types.
func failure(code, format string, args ...any) error {
	return &smithy.GenericAPIError{Code: code, Message: fmt.Sprintf(format, args...), Fault: smithy.FaultClient}
}

func invalid(format string, args ...any) error {
	return &types.ValidationException{Message: aws.String(fmt.Sprintf(format, args...))}
}

func denied(format string, args ...any) error {
	return failure("AccessDeniedException", format, args...)
}

func wrongType(format string, args ...any) error {
	return failure("SerializationException", format, args...)
}

// named makes one of AWS's errors of an error, with the status that goes with it.
func named(err error) (smithy.APIError, int) {
	var known smithy.APIError
	var field *messages.FieldError
	switch {
	case errors.As(err, &known):
		if known.ErrorFault() == smithy.FaultServer {
			return known, http.StatusInternalServerError
		}
		return known, http.StatusBadRequest
	case errors.Is(err, query.ErrCursor), errors.Is(err, query.ErrOtherCursor), errors.As(err, &field) && field.Field == "cursor":
		return &types.InvalidNextToken{Message: aws.String(err.Error())}, http.StatusBadRequest
	case errors.As(err, &field):
		return &types.ValidationException{Message: aws.String(err.Error())}, http.StatusBadRequest
	case errors.Is(err, query.ErrUnknownHost):
		return &types.InvalidInstanceId{Message: aws.String(err.Error())}, http.StatusBadRequest
	case errors.Is(err, baselines.ErrNoBaseline):
		return &types.DoesNotExistException{Message: aws.String(err.Error())}, http.StatusBadRequest
	case errors.Is(err, baselines.ErrConflict), errors.Is(err, items.ErrConflict):
		return &types.TooManyUpdates{Message: aws.String(err.Error())}, http.StatusBadRequest
	case notReady(err):
		return &smithy.GenericAPIError{Code: "ServiceUnavailable", Message: err.Error(), Fault: smithy.FaultServer}, http.StatusServiceUnavailable
	}
	return &types.InternalServerError{Message: aws.String("the server failed to answer; its log says why")}, http.StatusInternalServerError
}

// notReady reports whether the same request may be answered a moment later.
func notReady(err error) bool {
	for _, is := range []error{
		query.ErrNotWhole, query.ErrNoBucket, baselines.ErrNoBucket, items.ErrNoBucket, publisher.ErrNoStream, nats.ErrConnectionClosed, nats.ErrDisconnected, nats.ErrTimeout, nats.ErrNoResponders,
		jetstream.ErrNoStreamResponse, context.DeadlineExceeded,
	} {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}

// codeOf is the name of an error; empty: there is none.
func codeOf(err error) string {
	if err == nil {
		return ""
	}
	known, _ := named(err)
	return known.ErrorCode()
}
