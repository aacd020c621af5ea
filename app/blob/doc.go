// Package blob keeps photos and other files in a folder, named by the digest
// of their bytes. A file appears under its name only when all of it is on the
// disk and its digest is right; until then it is a part that can be resumed.
//
// On the disk every file is encrypted under a key of its own, which lies in
// another folder, so that dropping the key destroys the file wherever copies
// of it went:
//
//	ab/sha256-ab12…          the file
//	keys/sha256-ab12….key    its key, 32 bytes
//	parts/sha256-ab12…       a file that is still arriving
//	parts/put-…              a file being written; left behind only by a crash
//
// Format of a file or part: "plumfil1", the length of the plain bytes (8 bytes,
// big endian), then the plain bytes in chunks of 64 KiB (the last one shorter,
// one empty chunk for an empty file). A chunk is a random nonce (12 bytes) and
// the AES-256-GCM sealing of the plain bytes; the additional data are the
// chunk's number (8 bytes, big endian) and one byte, 1 for the last chunk, so
// that no chunk can be moved, and nothing cut off, unnoticed.
package blob
