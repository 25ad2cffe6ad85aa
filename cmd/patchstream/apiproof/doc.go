// Package apiproof holds the OpenAPI document of the API to tools that others have made: a validator of OpenAPI 3.1 takes it, and a client
// that oapi-codegen makes of it asks the API and understands the answers. The tools are a module of their own, in testdata/client, so that the
// program depends on none of them. "make api" runs it; the first time it builds the tools, which takes minutes.
package apiproof
