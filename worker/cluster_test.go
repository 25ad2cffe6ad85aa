package worker_test

import (
	"testing"

	"github.com/patchstream/patchstream/worker/workertest"
)

func TestAWorkerThatStartsBeforeItsClusterWaitsForIt(t *testing.T) {
	t.Parallel()
	members := workertest.Members(t, 3)
	one := workertest.Join(t, members[0])[0]
	r := launchOn(t, workertest.Connect(t, one))
	servers := append(workertest.Join(t, members[1:]...), one)
	select {
	case <-r.Started():
	case <-r.done:
		t.Fatalf("the worker ended: %v", r.err)
	}
	workertest.Led(t, 3, servers...)
	js := workertest.JetStream(t, one)
	scan := workertest.Scan("web-1", 1, workertest.Package("curl", "1.0-1", "1.1-1"))
	workertest.Publish(t, js, scan)
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, workertest.At(2), scan)
}
