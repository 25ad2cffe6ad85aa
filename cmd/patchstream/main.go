// Command patchstream turns what hosts say of their packages and patch runs into compliance, and publishes every change
// once. It is one binary: server, worker, scanner, and the questions and decisions of an operator. All of it is in the
// rooms beside this file, first of them cli.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/patchstream/patchstream/cmd/patchstream/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that the second signal ends the process at once
	os.Exit(cli.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
