// Package server is the central server: laptops push their journals to it and
// pull what their colleagues wrote, and bring and fetch files. It keeps records
// in the same store and files in the same kind of folder as a laptop does.
// sync/protocol/README.md describes what goes over the wire.
package server
