// Package pack compresses payloads with zstd and decompresses zstd and s2, as their header Content-Encoding says.
//
// What a payload comes to is known before anything is allocated for it: every frame, chunk and block is asked for its
// size first, and one that comes to more than [MaxPlainBytes] is refused with [ErrTooLarge]. What does not say is taken
// for the most that it can hold, and the decoder is held to the same bound.
//
// It knows nothing of what a payload says, keeps nothing of it, and never makes a payload larger than it was. All of it
// is safe for concurrent use; goroutines share the encoder, the decoder and the buffers.
package pack
