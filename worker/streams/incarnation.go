package streams

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// metaIncarnation is the key of the incarnation in the metadata of PATCH_CHANGES.
const metaIncarnation = "incarnation"

// incarnationLength is the number of characters of an incarnation.
const incarnationLength = 8

// writeDownTimeout bounds the attempt to write an incarnation into a stream that an operator made.
const writeDownTimeout = time.Second

var alphabet = base32.StdEncoding.WithPadding(base32.NoPadding)

func newIncarnation() string { return strings.ToLower(rand.Text()[:incarnationLength]) }

// incarnation returns the stream's incarnation. Where an operator made the stream without one it is added;
// without the right to do so it is derived from the time the stream was made, which every worker sees alike.
func incarnation(ctx context.Context, js jetstream.JetStream, info *jetstream.StreamInfo) (string, error) {
	if id := info.Config.Metadata[metaIncarnation]; id != "" {
		if len(id) != incarnationLength {
			return "", fmt.Errorf("stream %s: its metadata has the incarnation %q, it must have %d characters", info.Config.Name, id, incarnationLength)
		}
		return id, nil
	}
	sum := sha256.Sum256([]byte(info.Created.UTC().String()))
	id := strings.ToLower(alphabet.EncodeToString(sum[:]))[:incarnationLength]
	config := info.Config
	config.Metadata = map[string]string{metaIncarnation: id}
	for key, value := range info.Config.Metadata {
		config.Metadata[key] = value
	}
	// The server does not answer whoever lacks the right. Written down or not, the id is the same.
	update, cancel := context.WithTimeout(ctx, writeDownTimeout)
	defer cancel()
	_, _ = js.UpdateStream(update, config)
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("stream %s: %w", info.Config.Name, err)
	}
	return id, nil
}
