package worker_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/workertest"
)

// wordsScan is a scan whose packages have names of so many words each, out of a thousand.
func wordsScan(host string, packages, words int) *messages.Scan {
	random := rand.New(rand.NewPCG(1, 2))
	s := workertest.Scan(host, 0)
	for i := range packages {
		name := fmt.Sprint("p", i)
		for range words {
			name += fmt.Sprint("-word", random.IntN(1000), "x")
		}
		s.Packages = append(s.Packages, workertest.Package(name, "1.0", "1.1"))
	}
	return s
}

func TestNamesThatAreMadeOfABaselinesPatternsAreADeadLetter(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	var approved []string
	for i := range 1000 {
		approved = append(approved, fmt.Sprintf("*word%dx*", i))
	}
	text, err := json.Marshal(map[string]any{"Name": "many", "OperatingSystem": "UBUNTU", "ApprovedPatches": approved})
	if err != nil {
		t.Fatal(err)
	}
	store := openBaselines(t, js)
	if _, err := store.Put(t.Context(), "many", text); err != nil {
		t.Fatal(err)
	}
	if err := store.SetDefault(t.Context(), "UBUNTU", "many"); err != nil {
		t.Fatal(err)
	}
	_, seq := libraryNow(t, js)
	ordinary := wordsScan("web-1", 1000, 2)
	workertest.Publish(t, js, workertest.Recheck("web-1", "recheck", seq), ordinary, wordsScan("bad", 3000, 100))
	workertest.Applied(t, js)
	letters := deadLetters(t, js)
	if len(letters) != 1 || letters[0].Subject != messages.DeadSubject(messages.KindScan, "bad") {
		t.Fatalf("dead letters: %d", len(letters))
	}
	if reason := letters[0].Header.Get(messages.HeaderDeadReason); !strings.HasPrefix(reason, "packages: ") || !strings.Contains(reason, "1000 entries of the baseline") {
		t.Errorf("reason: %s", reason)
	}
	library, _ := libraryNow(t, js)
	workertest.CheckHost(t, js, "web-1", library, time.Now(), ordinary)
}
