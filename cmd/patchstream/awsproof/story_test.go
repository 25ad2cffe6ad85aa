package awsproof

import (
	"testing"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/workertest"
)

// grouped is a scan of a host that proposes a group.
func grouped(host, group string, minute int, packages ...messages.Package) *messages.Scan {
	s := workertest.Scan(host, minute, packages...)
	s.Tags = map[string]string{"PatchGroup": group}
	s.Hash = messages.ContentHash(s)
	return s
}

// tellStory has five hosts report: web-1 lacks three patches, of which a run tried one; web-2 has all; db-1 lacks one, and another is called
// installed by hand; of ghost-1 nothing is known but that something was set by hand; old-1 is retired.
func (w *world) tellStory(t *testing.T) {
	t.Helper()
	workertest.Publish(t, w.js,
		grouped("web-1", "web", 0, workertest.Package("openssl", "1", "2"), workertest.Package("bash", "5", "6"), workertest.Package("curl", "7", "8"), workertest.Package("zlib", "1")),
		grouped("web-2", "web", 1, workertest.Package("openssl", "2"), workertest.Package("bash", "6")),
		grouped("db-1", "db", 2, workertest.Package("openssl", "1", "2"), workertest.Package("postgresql", "16", "17")),
		grouped("old-1", "web", 3, workertest.Package("openssl", "1", "2")),
	)
	workertest.Applied(t, w.js)
	workertest.Publish(t, w.js,
		workertest.Run("web-1", 5, workertest.Outcome("openssl", "2", messages.ResultFailed)),
		workertest.Override("db-1", 6, "postgresql.amd64", messages.Installed),
		workertest.Override("ghost-1", 7, "openssl.amd64", messages.Missing),
		workertest.Retire("old-1", 8),
	)
	workertest.Applied(t, w.js)
}
