package aws

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// skew is how far the time of a signature may be from ours.
const skew = 5 * time.Minute

// signatureService is what credentials must be scoped to.
const signatureService = "ssm"

// The headers of Signature Version 4.
const (
	dateHeader  = "X-Amz-Date"
	tokenHeader = "X-Amz-Security-Token"
	hashHeader  = "X-Amz-Content-Sha256"
	dateLayout  = "20060102T150405Z"
)

// authorization is the header of a signed request. One whose parts stand otherwise is none of a client that we know.
var authorization = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([A-Za-z0-9]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request, ?SignedHeaders=([a-z0-9;_-]+), ?Signature=([0-9a-f]{64})$`)

// door is a request whose caller is known, and whose body is not checked yet. Without keys there is nothing to check.
type door struct {
	Caller
	signed *signed
}

// signed is what a request says of its signature.
type signed struct {
	key       aws.Credentials
	region    string
	at        time.Time
	headers   []string // in lower case
	signature string
}

// admit finds who asks, from what a request says before its body.
func (h *handler) admit(r *http.Request) (*door, error) {
	if h.Keys == nil {
		if h.Local != nil {
			if who, is := h.Local(r); is {
				return &door{Caller: who}, nil
			}
		}
		return nil, denied("without keys only this machine is let in, by a name of its own such as localhost: make keys with \"patchstream auth api-key\", and give serve --auth")
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, failure("MissingAuthenticationTokenException", "Missing Authentication Token: a signature in the header Authorization is needed")
	}
	parts := authorization.FindStringSubmatch(header)
	if parts == nil {
		return nil, failure("IncompleteSignatureException", "Authorization must be AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/ssm/aws4_request, SignedHeaders=..., Signature=...")
	}
	s := &signed{region: parts[3], headers: strings.Split(parts[5], ";"), signature: parts[6]}
	if err := s.timely(r.Header, parts[2], h.Now()); err != nil {
		return nil, err
	}
	if parts[4] != signatureService {
		return nil, wrongSignature("Credential should be scoped to correct service: '%s'.", signatureService)
	}
	who, secret, err := h.Keys.AccessKey(parts[1])
	if errors.Is(err, ErrNoKey) || err == nil && r.Header.Get(tokenHeader) != "" { // our keys have no session tokens
		return nil, failure("UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	if err != nil {
		return nil, err
	}
	s.key = aws.Credentials{AccessKeyID: parts[1], SecretAccessKey: secret}
	return &door{who, s}, s.whole(r.Header)
}

func wrongSignature(format string, args ...any) error {
	return failure("InvalidSignatureException", format, args...)
}

// timely refuses a signature that is not of now.
func (s *signed) timely(header http.Header, day string, now time.Time) error {
	text := header.Get(dateHeader)
	at, err := time.Parse(dateLayout, text)
	if err != nil {
		return failure("IncompleteSignatureException", "Authorization header requires existence of '%s', as %s.", dateHeader, dateLayout)
	}
	s.at = at
	switch now = now.UTC(); {
	case !strings.HasPrefix(text, day):
		return wrongSignature("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s'.", day, text[:8])
	case at.Before(now.Add(-skew)):
		return wrongSignature("Signature expired: %s is now earlier than %s (%s - 5 min.)", text, now.Add(-skew).Format(dateLayout), now.Format(dateLayout))
	case at.After(now.Add(skew)):
		return wrongSignature("Signature not yet current: %s is still later than %s (%s + 5 min.)", text, now.Add(skew).Format(dateLayout), now.Format(dateLayout))
	}
	return nil
}

// whole refuses a signature that leaves out what says what is asked, or covers no body.
func (s *signed) whole(header http.Header) error {
	if !slices.Contains(s.headers, "host") {
		return wrongSignature("'Host' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for name := range header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") && !slices.Contains(s.headers, lower) {
			return wrongSignature("'%s' must be a 'SignedHeader' in the AWS Authorization.", name)
		}
	}
	if hash := header.Get(hashHeader); hash != "" && !bodyHash.MatchString(hash) {
		return wrongSignature("%s: %s is not taken: the signature must cover the body, sent in one piece", hashHeader, hash)
	}
	return nil
}

var bodyHash = regexp.MustCompile(`^[0-9a-f]{64}$`)

// check holds a request with its body to the signature that it came with.
func (d *door) check(r *http.Request, body []byte) error {
	if d.signed == nil {
		return nil
	}
	s := d.signed
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if said := r.Header.Get(hashHeader); said != "" && said != hash {
		return wrongSignature("%s is not the hash of the body", hashHeader)
	}
	again := &http.Request{Method: r.Method, Host: r.Host, URL: &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}, Header: make(http.Header)}
	for _, name := range s.headers {
		if values := r.Header.Values(name); len(values) > 0 {
			again.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
	}
	if slices.Contains(s.headers, "content-length") {
		again.ContentLength = int64(len(body))
	}
	if err := v4.NewSigner().SignHTTP(r.Context(), s.key, again, hash, signatureService, s.region, s.at); err != nil {
		return err
	}
	_, signature, _ := strings.Cut(again.Header.Get("Authorization"), "Signature=")
	if subtle.ConstantTimeCompare([]byte(signature), []byte(s.signature)) != 1 {
		return wrongSignature("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.")
	}
	return nil
}
