// Package bundle is the sync in a file: the messages and file pieces that would
// go over a line, signed by who writes them and encrypted to those who may read
// them, in parts of a chosen size, for a USB stick or a disc. README.md is the
// normative description.
package bundle
