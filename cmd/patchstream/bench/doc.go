// Package bench measures how fast patchstream is beside JetStream alone.
package bench
