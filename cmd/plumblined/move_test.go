package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"plumbline/app/blob"
	"plumbline/app/record"
	"plumbline/sync/s3/s3test"
	"plumbline/sync/synctest"
)

// inFolder fills a server's folder with photos that a laptop sent, and stops it.
func inFolder(t *testing.T, photos, size int) (folder string, l *synctest.Laptop, digests []record.Hash) {
	t.Helper()
	folder = t.TempDir()
	d := start(t, folder, "--listen", "127.0.0.1:0")
	l = synctest.OpenLaptop(t, t.TempDir())
	l.Enrol(d.url, d.code())
	l.Register()
	id := l.Plan(1)
	for n := range photos {
		e := l.Attach(id, "k1", synctest.Picture(n, size), synctest.Picture(10_000+n, 500+n))
		digests = append(digests, e.Digest, e.Small)
	}
	if r := l.Sync(); r.FilesSent != len(digests) {
		t.Fatalf("sent %+v", r)
	}
	d.kill()
	return folder, l, digests
}

func moveArgs(folder string, args []string, more ...string) []string {
	return append(append([]string{"move-files", "--data", folder}, args...), more...)
}

// count gives how many files the buckets have: the key comes last.
func count(t *testing.T, server *s3test.Server) (n int) {
	t.Helper()
	for o := range server.Client().ListObjects(ctx, s3test.KeyBucket, minio.ListObjectsOptions{Recursive: true}) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		if strings.Contains(o.Key, "sha256-") && !strings.HasSuffix(o.Key, "/") {
			n++
		}
	}
	return n
}

// A folder that was in use, and S3 switched on later: nothing is lost silently,
// and the move, killed again and again, goes on where it was.
func TestSoakFilesMoveToTheBucketAlthoughTheMoveIsKilled(t *testing.T) {
	server, args := bucketFor(t, s3test.Kind{})
	const photos = 60
	folder, l, digests := inFolder(t, photos, 300_000)
	serve := append([]string{"--data", folder, "--listen", "127.0.0.1:0"}, args...)
	if code, out, errs := said(t, serve...); code != 1 || !strings.Contains(errs, "plumblined move-files --data "+folder) {
		t.Fatalf("with files in the folder: exit %d, %s%s", code, out, errs)
	}
	d := start(t, folder, "--listen", "127.0.0.1:0") // the folder still serves
	if code, _, errs := said(t, moveArgs(folder, args)...); code != 1 || !strings.Contains(errs, "already runs") {
		t.Errorf("while the server runs: exit %d, %s", code, errs)
	}
	d.kill()
	seed, err := strconv.ParseUint(os.Getenv("PLUMBLINE_SOAK_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("seed %d (PLUMBLINE_SOAK_SEED)", seed)
	random := rand.New(rand.NewPCG(seed, 7))
	halfway, kills := 0, 0
	for limit := time.Now().Add(2 * time.Minute); time.Now().Before(limit); {
		before := count(t, server)
		if before == 2*photos {
			break // only the end is left
		}
		c := program(moveArgs(folder, args)...)
		var errs bytes.Buffer
		c.Stderr = &errs
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		goal := before + 1 + random.IntN(photos/3)
		ended := make(chan error, 1)
		go func() { ended <- c.Wait() }()
		whole := false
		for !whole && count(t, server) < min(goal, 2*photos) {
			select {
			case err := <-ended:
				if err != nil {
					t.Fatalf("move-files: %v: %s", err, &errs)
				}
				whole = true
				ended <- nil
			default:
			}
		}
		c.Process.Kill()
		if <-ended == nil {
			break
		}
		kills++
		if now := count(t, server); now > 0 && now < 2*photos {
			halfway++
			// In the middle nothing starts that would not find all files.
			if code, _, errs := said(t, serve...); code != 1 || !strings.Contains(errs, "move-files") {
				t.Fatalf("in the middle: exit %d, %s", code, errs)
			}
		}
	}
	t.Logf("%d kills, %d in the middle", kills, halfway)
	if halfway == 0 {
		t.Error("no kill came in the middle: the test proves little")
	}
	arrived(t, server.Open(), digests...)
	for range 2 { // once more is no harm
		if code, out, errs := said(t, moveArgs(folder, args)...); code != 0 {
			t.Fatalf("once more: exit %d, %s%s", code, out, errs)
		}
	}
	for name, want := range map[string]bool{blob.FolderName: false, movingName: false, movedName: true} {
		if got := there(filepath.Join(folder, name)); got != want {
			t.Errorf("%s is there: %v, want %v", name, got, want)
		}
	}
	if code, _, errs := said(t, "--data", folder, "--listen", "127.0.0.1:0"); code != 1 || !strings.Contains(errs, "lie in S3 buckets") {
		t.Errorf("without the buckets: exit %d, %s", code, errs)
	}
	d = start(t, folder, append(args, "--listen", "127.0.0.1:0")...)
	move(t, l, d.url)
	if r := l.Sync(); r.FilesSent != 0 {
		t.Errorf("the laptop sends files again: %+v", r)
	}
	colleague := synctest.OpenLaptop(t, t.TempDir())
	colleague.Enrol(d.url, d.code())
	if r := colleague.Sync(); r.FilesReceived != photos {
		t.Errorf("the colleague got %d small copies, want %d", r.FilesReceived, photos)
	}
}

// The move died after it had given the folder another name: nothing starts, and
// the next move goes on from there.
func TestAMoveThatDiedAtItsEndGoesOn(t *testing.T) {
	server, args := bucketFor(t, s3test.Kind{})
	folder, _, digests := inFolder(t, 2, 100_000)
	if err := os.Rename(filepath.Join(folder, blob.FolderName), filepath.Join(folder, movingName)); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := said(t, append([]string{"--data", folder, "--listen", "127.0.0.1:0"}, args...)...); code != 1 || !strings.Contains(errs, "move-files") {
		t.Errorf("exit %d, %s", code, errs)
	}
	code, out, errs := said(t, moveArgs(folder, args)...)
	if code != 0 || !strings.HasPrefix(out, "4 files copied") {
		t.Errorf("exit %d, %s%s", code, out, errs)
	}
	arrived(t, server.Open(), digests...)
	if !there(filepath.Join(folder, movedName)) || there(filepath.Join(folder, movingName)) {
		t.Error("the folder was not put aside")
	}
}

// A damaged file is named, and holds the move up until somebody decides.
func TestADamagedFileHoldsTheMoveUp(t *testing.T) {
	server, args := bucketFor(t, s3test.Kind{})
	folder, _, digests := inFolder(t, 3, 200_000)
	name, err := blob.Name(digests[0])
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, blob.FolderName, name[7:9], name)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole[1000] ^= 1
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs := said(t, moveArgs(folder, args)...)
	if code != 1 || !strings.Contains(errs, string(digests[0])) || !strings.Contains(errs, "--leave-damaged") || !strings.Contains(errs, "(1, named above)") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if !there(filepath.Join(folder, blob.FolderName)) {
		t.Error("the folder was put aside")
	}
	arrived(t, server.Open(), digests[1:]...)
	code, out, errs := said(t, moveArgs(folder, args, "--leave-damaged")...)
	if code != 0 || !strings.Contains(out, "1 left behind damaged") {
		t.Errorf("left behind: exit %d, %s%s", code, out, errs)
	}
	left, err := os.ReadFile(filepath.Join(folder, movedName, name[7:9], name))
	if err != nil || !bytes.Equal(left, whole) {
		t.Errorf("the damaged one was not kept: %v", err)
	}
	d := start(t, folder, append(args, "--listen", "127.0.0.1:0")...)
	if server.Open().Has(digests[0]) {
		t.Error("the damaged file is in the bucket")
	}
	d.kill()
}

// What is destroyed after the move is destroyed in the folder put aside as well.
func TestWhatIsDestroyedLaterIsDestroyedInTheFolderPutAside(t *testing.T) {
	server, args := bucketFor(t, s3test.Kind{})
	folder, _, digests := inFolder(t, 1, 200_000)
	if code, out, errs := said(t, moveArgs(folder, args)...); code != 0 {
		t.Fatalf("exit %d, %s%s", code, out, errs)
	}
	s := settings{data: folder, verb: "serve", s3: server.Options()}
	h, err := open(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	if err := h.files.Drop(ctx, digests[0]); err != nil {
		t.Fatal(err)
	}
	aside, err := blob.Open(filepath.Join(folder, movedName))
	if err != nil {
		t.Fatal(err)
	}
	for what, files := range map[string]blob.Store{"bucket": server.Open(), "folder put aside": aside} {
		if files.Has(digests[0]) || !files.Has(digests[1]) {
			t.Errorf("%s: has the destroyed one %v, the other %v", what, files.Has(digests[0]), files.Has(digests[1]))
		}
	}
	if err := os.RemoveAll(filepath.Join(folder, movedName)); err != nil {
		t.Fatal(err)
	}
	if err := h.files.Drop(ctx, digests[1]); err != nil {
		t.Errorf("with the folder gone: %v", err)
	}
}
