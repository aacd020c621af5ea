// Package s3 keeps photos and other files in two buckets of an S3 server, so
// that any number of plumblined processes can share them. What lies there is
// what app/blob describes, a file encrypted under a key of its own; the keys are
// in a bucket of their own, which must keep no versions, so that a dropped key
// is gone.
//
// In the bucket of files:
//
//	files/ab/sha256-ab12…/ID-SIZE             a whole file
//	parts/ab/sha256-ab12…/ID-SIZE-FROM-TO     chunks of a file that is still arriving
//
// In the bucket of keys:
//
//	ab/sha256-ab12…/ID                        a key, 32 bytes
//
// ID names the key without telling it: the first 16 bytes of SHA-256 over
// "plumbline key " and the key, in hex. SIZE is the length of the plain file,
// FROM and TO are places in it, all three in 12 hex digits. An object is there
// whole or not at all, and never changes, so nothing here needs a lock: two
// processes that bring the same file at the same moment leave two copies under
// two keys, either of which is the file. A file is here when its object and its
// key are; the key is written last. A piece counts when it has the length its
// name says. What is left over without its counterpart (an object whose key was
// dropped, a key whose part was given up) means nothing and does no harm.
//
// An acknowledged file is as durable as the S3 server keeps what it has
// acknowledged. The gateway versitygw, with which the tests work, does not wait
// for its disk (v1.8.0 calls no fsync): it is no place for the only copy.
package s3
