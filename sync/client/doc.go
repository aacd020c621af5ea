// Package client brings a laptop's data folder and the authority's server to
// the same state: it enrols the laptop and syncs it. What to send is decided by
// what the server has on its disk, never by what this laptop remembers having
// sent; nothing here is ever removed by a sync. Both functions may take long,
// stop when their context ends, and can be started again at any time.
// sync/protocol/README.md describes what goes over the wire.
package client
