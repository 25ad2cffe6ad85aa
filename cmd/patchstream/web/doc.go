// Package web is the fleet over HTTP: the API under /api/v1 with its OpenAPI document, and /docs, a page that shows it. Behind the same
// guard stand the console (package console), with its sessions, and AWS's API (package aws), which lets in by its own signatures.
//
// It answers from an index (package query) and from the stream of changes (package history), and its JSON is theirs: no answer is put
// together here, and nothing is classified. A request goes through the guard (who asks, from where, and may they), through a check of its
// parameters, each of which is named where it is wrong, and to the one function that answers it. A list is JSON in pages, or NDJSON or CSV
// as a whole, as it is read. A write says who did it, and is one line of the log.
//
// A key that is limited to patch groups sees their hosts alone, by every route: each question carries the scope of who asks, and a host
// outside of it is not found. The package keeps no state but what is disposable, and listens nowhere: its caller does.
package web
