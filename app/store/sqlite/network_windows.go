package sqlite

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// networkKind says what makes a path another machine's: a \\server\share name
// or a drive letter that Windows maps to one. "" for a disk of this machine.
func networkKind(path string) string {
	volume := filepath.VolumeName(path)
	if strings.HasPrefix(volume, `\\`) && !strings.HasPrefix(volume, `\\?\`) && !strings.HasPrefix(volume, `\\.\`) || strings.HasPrefix(strings.ToUpper(volume), `\\?\UNC\`) {
		return volume
	}
	root, err := windows.UTF16PtrFromString(volume + `\`)
	if err == nil && windows.GetDriveType(root) == windows.DRIVE_REMOTE {
		return volume
	}
	return ""
}
