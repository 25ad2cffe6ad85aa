package aws

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/worker/items"
	"github.com/patchstream/patchstream/worker/query"
)

// Config configures the handler. Index and JS are required.
type Config struct {
	Index *query.Index
	JS    jetstream.JetStream
	Log   zerolog.Logger
	Now   func() time.Time // nil: [time.Now]

	// Keys finds the secret half of a pair. Nil: nothing need be signed, and Local says who is let in.
	Keys Keys

	// Local reports who asks where there are no keys. Nil: nobody is let in.
	Local func(*http.Request) (Caller, bool)

	// Recheck begins to have hosts classified again because of a decision, and returns at once. Hosts nil: those that are outdated by it.
	// Nil: they are classified at their next events.
	Recheck func(ctx context.Context, by Caller, cause string, hosts []string) error
}

// Caller is who asks.
type Caller struct {
	Name   string
	Writes bool     // false: it only reads
	Groups []string // patch groups, of whose hosts alone it may know; nil: of all
}

// Keys finds who has a pair of keys. It is safe for concurrent use.
type Keys interface {
	// AccessKey returns who has a pair, by its public half, and its secret half. [ErrNoKey]: nobody.
	AccessKey(id string) (who Caller, secret string, err error)
}

// ErrNoKey says that nobody has such a key.
var ErrNoKey = errors.New("no such key")

// service answers operations.
type service struct {
	Config
	counts *items.Counts // of what other programs put on hosts
	large  sync.Mutex    // held while a request with a large body is answered
}

// handler is the service behind its door.
type handler struct {
	*service
	operations map[string]operation
}

// New returns the handler of POST /.
func New(cfg Config) (http.Handler, error) {
	if cfg.Index == nil || cfg.JS == nil {
		return nil, errors.New("aws: Config.Index and Config.JS are required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &service{Config: cfg, counts: items.NewCounts(cfg.JS)}
	return &handler{s, s.operations()}, nil
}

// The bounds of bodies: of all, and of those of which several are answered at a time. What becomes of JSON may be many times as large.
const (
	maxBodyBytes   = 10 << 20
	largeBodyBytes = 256 << 10
)

const (
	targetHeader = "X-Amz-Target"
	targetPrefix = "AmazonSSM."
	contentType  = "application/x-amz-json-1.1"
)

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Amzn-Requestid", newRequestID())
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	answer, err := h.answer(w, r)
	if err == nil {
		var text []byte
		if text, err = encode(answer); err == nil {
			_, _ = w.Write(text)
			return
		}
	}
	h.refuse(w, r, err)
}

func (h *handler) answer(w http.ResponseWriter, r *http.Request) (any, error) {
	door, err := h.admit(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if err != nil {
		return nil, invalid("the body cannot be read, or has more than %d bytes", maxBodyBytes)
	}
	if err := door.check(r, body); err != nil {
		return nil, err
	}
	name, is := strings.CutPrefix(r.Header.Get(targetHeader), targetPrefix)
	op, offered := h.operations[name]
	switch {
	case !is:
		return nil, failure("UnknownOperationException", "%s must be %s and the name of an operation", targetHeader, targetPrefix)
	case !offered:
		return nil, failure("UnknownOperationException", "%s", notOffered(name))
	case op.writes && !door.Writes:
		return nil, denied("%s only reads: an operator's key may call %s", door.Name, name)
	}
	if len(body) > largeBodyBytes {
		h.large.Lock()
		defer h.large.Unlock()
	}
	answer, err := op.call(r.Context(), door.Caller, body)
	if op.writes {
		h.Log.Info().Str("by", door.Name).Str("from", r.RemoteAddr).Str("operation", name).Str("error", codeOf(err)).Msg("a write over AWS's API")
	}
	return answer, err
}

// refuse answers with an error; of what is our own fault the log has the rest.
func (h *handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	known, status := named(err)
	if status == http.StatusInternalServerError && r.Context().Err() == nil {
		h.Log.Error().Err(err).Str("operation", r.Header.Get(targetHeader)).Msg("a request failed")
	}
	body := map[string]any{"__type": known.ErrorCode(), "message": known.ErrorMessage(), "Message": known.ErrorMessage()}
	text, _ := json.Marshal(body) // texts
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("X-Amzn-Errortype", known.ErrorCode())
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// newRequestID is by which people find a request.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	x := hex.EncodeToString(b[:])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}
