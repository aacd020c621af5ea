// Package photo takes in evidence photos. The original's bytes are never
// touched: they are copied and digested as they come. For screens, documents
// and slow lines a small upright copy is made beside it, at most 2048 pixels
// long, without any of the original's metadata.
//
// An edited copy (edit.go, ink.go) is made from the original by steps that are
// data: whoever has both can make the copy again and see what was done.
//
// What the camera wrote about time and place is read by a small parser of our
// own: it must survive whatever bytes it meets and knows nothing it does not
// need.
package photo
