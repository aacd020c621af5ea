// Package powertest tells what a power cut may leave of a folder. A test records
// everything a program does to the folder, each fsync too, and then lays out the
// folder as it may be found when the power fails after the first, the second … of
// these operations: what was synced before is there; of the rest any part.
//
// The disk is the worst that still keeps its word. Sectors of 512 bytes are
// written whole or not at all, in any order, whatever the file system's pages
// are; a file grows before its bytes arrive, which are zeros or garbage then;
// a name is there for sure only when its folder was synced; a rename is never
// half done except that the old name may stay beside the new one.
package powertest
