package aws_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/cmd/patchstream/web/aws"
	"github.com/patchstream/patchstream/cmd/patchstream/web/webtest"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/recheck"
	"github.com/patchstream/patchstream/worker/streams"
)

// fleet is a server with a worker, an index and AWS's API, which lets in those who have a pair of keys.
type fleet struct {
	*webtest.Fleet
	url   string
	ahead atomic.Int64 // of the clock by which requests are answered, a [time.Duration]
}

// pair is a caller with the secret half of the keys.
type pair struct {
	aws.Caller
	secret string
}

type pairs map[string]pair

func (p pairs) AccessKey(id string) (aws.Caller, string, error) {
	who, is := p[id]
	if !is {
		return aws.Caller{}, "", aws.ErrNoKey
	}
	return who.Caller, who.secret, nil
}

// The public halves of the keys of a test.
const (
	operator = "PSAKOPERATOR"
	viewer   = "PSAKVIEWER"
	webOnly  = "PSAKWEBONLY"
)

var everybody = pairs{
	operator: {aws.Caller{Name: "olga", Writes: true}, "secret of olga"},
	viewer:   {aws.Caller{Name: "vera"}, "secret of vera"},
	webOnly:  {aws.Caller{Name: "wanda", Writes: true, Groups: []string{"web"}}, "secret of wanda"},
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{Fleet: webtest.NewFleet(t)}
	handler, err := aws.New(aws.Config{Index: f.Index, JS: f.JS, Keys: everybody, Log: zerolog.New(io.Discard), Recheck: f.recheck, Now: f.now})
	if err != nil {
		t.Fatal(err)
	}
	f.url = webtest.Serve(t, handler)
	f.Indexed(t)
	return f
}

func (f *fleet) now() time.Time { return time.Now().Add(time.Duration(f.ahead.Load())) }

// recheck has hosts classified again, as the API beside which AWS's is does.
func (f *fleet) recheck(ctx context.Context, by aws.Caller, cause string, hosts []string) error {
	state, err := streams.NewBucket(f.JS, messages.BucketBaselines).Look(ctx)
	if err != nil {
		return err
	}
	if hosts == nil {
		if err = f.Index.Wait(ctx, 0, state.LastSeq); err == nil {
			hosts, err = f.Index.Outdated(ctx, by.Groups)
		}
		if err != nil || len(hosts) == 0 {
			return err
		}
	}
	return recheck.Send(ctx, f.JS, recheck.Order{ID: recheck.NewID(), Cause: cause, Hosts: hosts, Baselines: state.LastSeq}, func(int) {})
}

// client is the SDK's client as who has a key.
func (f *fleet) client(key string) *ssm.Client {
	return ssm.New(ssm.Options{
		BaseEndpoint: sdk.String(f.url), Region: "eu-central-1", RetryMaxAttempts: 1,
		Credentials: sdk.CredentialsProviderFunc(func(context.Context) (sdk.Credentials, error) {
			return sdk.Credentials{AccessKeyID: key, SecretAccessKey: everybody[key].secret}, nil
		}),
	})
}

// request is a request before it is signed.
func (f *fleet) request(t *testing.T, operation, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AmazonSSM."+operation)
	return r
}

func sign(t *testing.T, r *http.Request, key, secret, body string, at time.Time) *http.Request {
	t.Helper()
	credentials := sdk.Credentials{AccessKeyID: key, SecretAccessKey: secret}
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, hashOf(body), "ssm", "eu-central-1", at); err != nil {
		t.Fatal(err)
	}
	return r
}
