//go:build !linux && !windows

package sqlite

// networkKind cannot tell on this system.
func networkKind(string) string { return "" }
