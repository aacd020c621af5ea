package sqlite

import (
	"strings"
	"testing"

	"plumbline/app/record"
)

const mounts = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:21 / /proc rw,nosuid shared:2 - proc proc rw
40 22 0:50 / /mnt/share rw,relatime shared:3 master:1 - cifs //server/files rw,vers=3.1.1
41 22 0:51 / /mnt/share/disk rw shared:4 - ext4 /dev/sdb1 rw
42 22 0:52 / /home/li/my\040cloud rw,nosuid - fuse.sshfs li@host: rw
43 22 0:53 / /srv rw - ext4 /dev/sdc1 rw
44 22 0:54 / /srv rw - nfs4 10.0.0.1:/srv rw
`

func TestAFolderOnANetworkShareIsKnown(t *testing.T) {
	for path, want := range map[string]string{
		"/home/li/plumbline":        "ext4",
		"/mnt/share":                "cifs",
		"/mnt/share/a/b":            "cifs",
		"/mnt/shared":               "ext4", // no part of the share
		"/mnt/share/disk/plumbline": "ext4", // a real disk below it
		"/home/li/my cloud/data":    "fuse.sshfs",
		"/srv/data":                 "nfs4", // mounted over a disk
	} {
		if got := mountKind(mounts, path); got != want {
			t.Errorf("%s lies on %q, want %q", path, got, want)
		}
	}
	for _, kind := range strings.Fields("cifs nfs4 fuse.sshfs 9p vboxsf") {
		if !networkKinds[kind] {
			t.Errorf("%s is not known as another machine's disk", kind)
		}
	}
}

func TestThisMachinesDiskIsNotRefused(t *testing.T) {
	if err := refuseNetwork(t.TempDir() + "/not/there/yet"); err != nil {
		t.Errorf("a temporary folder is refused: %v", err)
	}
	if kind := mountKind("", "/x"); kind != "" || record.CodeOf(refuseNetwork("/")) != "" {
		t.Errorf("no mounts: %q", kind)
	}
}
