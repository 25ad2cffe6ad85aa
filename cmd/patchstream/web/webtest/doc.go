// Package webtest is what a handler of HTTP needs around it in a test: a real server of NATS, a worker, and an index of what the worker
// stores. Nothing in it stands in for one of them.
package webtest
