package sqlite

import (
	"os"
	"path/filepath"
)

// networkKind names the kind of network file system a path lies on, "" for a
// disk of this machine and where it cannot be told.
func networkKind(path string) string {
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return ""
	}
	// The folder may not be there yet, and its parents may be links to a share.
	for p := path; ; p = filepath.Dir(p) {
		if real, err := filepath.EvalSymlinks(p); err == nil {
			path = real
			break
		}
		if p == filepath.Dir(p) {
			break
		}
	}
	if kind := mountKind(string(b), path); networkKinds[kind] {
		return kind
	}
	return ""
}
