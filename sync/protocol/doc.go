// Package protocol is what laptop and server say to each other: messages,
// their bytes, limits, and the statements both sides sign. README.md is the
// normative description; testdata/vectors.json holds vectors that fail when
// code and text part.
package protocol
