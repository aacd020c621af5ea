package sqlite

import (
	"path/filepath"
	"strings"

	"plumbline/app/record"
)

// refuseNetwork refuses a data folder on another machine's disk. SQLite's WAL
// needs shared memory and file locks that hold, and neither does over a
// network: two laptops that open one folder on a share break the database, and
// a share that goes away in mid-commit may lose what was shown as saved.
// Working together is what the sync is for.
func refuseNetwork(folder string) error {
	path, err := filepath.Abs(folder)
	if err != nil {
		return nil
	}
	kind := networkKind(path)
	if kind == "" {
		return nil
	}
	return &record.Error{Code: record.Invalid, Message: "store.network_folder", Field: "data",
		Args: map[string]any{"folder": folder, "kind": kind}}
}

// networkKinds are the names under which Linux mounts other machines' disks,
// a virtual machine's host among them.
var networkKinds = map[string]bool{
	"nfs": true, "nfs4": true, "cifs": true, "smb3": true, "smbfs": true, "ncpfs": true, "afs": true, "ceph": true,
	"lustre": true, "gfs2": true, "ocfs2": true, "9p": true, "vboxsf": true, "prl_fs": true, "davfs": true,
	"fuse.sshfs": true, "fuse.rclone": true, "fuse.davfs": true, "fuse.glusterfs": true, "fuse.cephfs": true,
	"fuse.vmhgfs-fuse": true, "fuse.s3fs": true, "fuse.curlftpfs": true, "fuse.smbnetfs": true, "fuse.gvfsd-fuse": true,
}

// mountKind finds the kind of file system a path lies on in the text of
// /proc/self/mountinfo (proc(5)): the longest mount point that holds the path,
// and of several on the same point the last, which hides the others.
func mountKind(mountinfo, path string) string {
	best, kind := -1, ""
	for line := range strings.Lines(mountinfo) {
		before, after, ok := strings.Cut(line, " - ")
		fields := strings.Fields(before)
		if !ok || len(fields) < 5 {
			continue
		}
		point := unescapeMount.Replace(fields[4])
		if within(path, point) && len(point) >= best {
			best, kind = len(point), strings.Fields(after + " ?")[0]
		}
	}
	return kind
}

// The kernel writes these four characters of a mount point as octal numbers.
var unescapeMount = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

func within(path, folder string) bool {
	return folder == "/" || path == folder || strings.HasPrefix(path, folder+"/")
}
