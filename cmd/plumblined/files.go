package main

import (
	"context"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"plumbline/app/blob"
	"plumbline/app/record"
	"plumbline/sync/account"
	"plumbline/sync/s3"
)

// Folders beside blob.FolderName: files on their way to the bucket, and those
// that have arrived there.
const (
	movingName = blob.FolderName + "-moving"
	movedName  = blob.FolderName + "-moved"
)

// filesFact is the fact about a server that says where its files lie; it is
// unset while they lie in the data folder.
const filesFact, inBucket = "files", "s3"

// openFiles opens the store of files: the buckets when some are named, else the
// folder. Where the server's files lie otherwise, it refuses: a server that does
// not find them would ask every laptop for them, and have none to give.
func openFiles(ctx context.Context, s settings, accounts *account.Accounts) (blob.Store, error) {
	where, err := accounts.Fact(ctx, filesFact)
	if err != nil {
		return nil, err
	}
	if s.s3.Endpoint == "" {
		if where == inBucket {
			return nil, &record.Error{Code: record.Conflict, Message: "server.files_in_bucket"}
		}
		return blob.Open(filepath.Join(s.data, blob.FolderName))
	}
	for _, name := range []string{blob.FolderName, movingName} {
		folder := filepath.Join(s.data, name)
		some, err := holdsFiles(ctx, folder)
		if err == nil && some {
			err = &record.Error{Code: record.Conflict, Message: "server.files_in_folder", Args: map[string]any{"folder": folder, "data": s.data}}
		}
		if err != nil {
			return nil, err
		}
	}
	bucket, err := openBucket(ctx, s)
	if err != nil {
		return nil, err
	}
	if where != inBucket {
		if err := accounts.SetFact(ctx, filesFact, inBucket); err != nil {
			return nil, err
		}
	}
	return withAside(s, bucket)
}

// openBucket opens the buckets with the keys from the environment.
func openBucket(ctx context.Context, s settings) (*s3.Store, error) {
	o := s.s3
	o.Spool = filepath.Join(s.data, "spool")
	var err1, err2 error
	o.AccessKey, err1 = secret("PLUMBLINED_S3_ACCESS_KEY")
	o.SecretKey, err2 = secret("PLUMBLINED_S3_SECRET_KEY")
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if s.s3CA != "" {
		b, err := os.ReadFile(s.s3CA)
		o.Roots = x509.NewCertPool()
		if err != nil || !o.Roots.AppendCertsFromPEM(b) {
			return nil, &record.Error{Code: record.Invalid, Message: "server.s3_ca", Args: map[string]any{"file": s.s3CA}, Err: err}
		}
	}
	return s3.Open(ctx, o)
}

// secret reads a key from an environment variable, or from the file that the
// variable with _FILE behind its name names. The command line would show it to
// everybody on the machine.
func secret(name string) (string, error) {
	value, file := os.Getenv(name), os.Getenv(name+"_FILE")
	switch {
	case file == "":
		return value, nil
	case value != "":
		return "", &record.Error{Code: record.Invalid, Message: "server.s3_key_twice", Args: map[string]any{"name": name}}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", &record.Error{Code: record.Invalid, Message: "server.s3_key_file", Args: map[string]any{"file": file, "name": name + "_FILE"}, Err: err}
	}
	return strings.TrimSpace(string(b)), nil
}

// errSome ends a listing at the first file.
var errSome = errors.New("some")

// holdsFiles tells whether a folder of files holds any. What only had begun to
// arrive does not count, since its laptop sends it again, nor what has no key
// any more.
func holdsFiles(ctx context.Context, folder string) (bool, error) {
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	files, err := blob.Open(folder)
	if err != nil {
		return false, err
	}
	err = files.List(ctx, func(h blob.Held) error {
		if h.Part {
			return nil
		}
		if _, err := files.Size(h.Digest); record.CodeOf(err) == record.NotFound {
			return nil
		}
		return errSome
	})
	if errors.Is(err, errSome) {
		return true, nil
	}
	return false, err
}

// aside is a bucket with folders that were put aside beside it: what is
// destroyed in the one must be destroyed in the others.
type aside struct {
	blob.Store
	folders map[string]*blob.Folder
}

// withAside looks for folders that move-files put aside.
func withAside(s settings, bucket blob.Store) (blob.Store, error) {
	names, err := filepath.Glob(filepath.Join(s.data, movedName+"*"))
	if err != nil || len(names) == 0 {
		return bucket, err
	}
	a := aside{bucket, map[string]*blob.Folder{}}
	for _, name := range names {
		folder, err := blob.Open(name)
		if err != nil {
			return nil, err
		}
		a.folders[name] = folder
	}
	return a, nil
}

// Drop destroys a file in the bucket and in the folders.
func (a aside) Drop(ctx context.Context, d record.Hash) error {
	err := a.Store.Drop(ctx, d)
	for name, folder := range a.folders {
		if there(name) { // it may have been removed meanwhile
			err = errors.Join(err, folder.Drop(ctx, d))
		}
	}
	return err
}
