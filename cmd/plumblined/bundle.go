package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"plumbline/app/disk"
	"plumbline/app/record"
	"plumbline/sync/bundle"
	"plumbline/sync/client"
	"plumbline/sync/server"
)

// readBundles takes in the laptops' parts in a folder, a USB stick for example,
// and lays the answers beside them. The server may be running.
func readBundles(ctx context.Context, s settings, out, errs io.Writer) (err error) {
	h, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	srv, err := server.New(ctx, server.Options{Store: h.store, Files: h.files, Accounts: h.accounts, Folder: s.data,
		Sample: s.sample, Version: version(), Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, srv.Close()) }()
	folder := s.args[0]
	names, err := os.ReadDir(folder)
	if err != nil {
		return &record.Error{Code: record.NotFound, Message: "bundle.no_folder", Args: map[string]any{"folder": folder}, Err: err}
	}
	parts, failed := 0, 0
	for _, e := range names {
		if e.IsDir() || !strings.EqualFold(filepath.Ext(e.Name()), bundle.Extension) {
			continue
		}
		r, err := readPart(ctx, srv, filepath.Join(folder, e.Name()))
		var known *record.Error
		switch {
		case errors.As(err, &known) && known.Message == "bundle.an_answer":
			continue
		case record.CodeOf(err) == record.Full, err != nil && record.CodeOf(err) == "":
			return fmt.Errorf("%s: %w", e.Name(), err)
		case err != nil:
			failed++
			fmt.Fprintf(errs, "%s: %s\n", e.Name(), say(err))
			continue
		}
		parts++
		fmt.Fprintf(out, "%s from %s: %d entries, %d refused, %d files\n", e.Name(), r.Name, r.Stored, r.Refused, r.Files)
	}
	switch {
	case failed > 0:
		return &record.Error{Code: record.Broken, Message: "bundle.some_failed", Args: map[string]any{"parts": failed}}
	case parts == 0:
		return &record.Error{Code: record.NotFound, Message: "bundle.none_here", Args: map[string]any{"folder": folder}}
	}
	return nil
}

func readPart(ctx context.Context, srv *server.Server, path string) (server.BundleRead, error) {
	f, err := os.Open(path)
	if err != nil {
		return server.BundleRead{}, err
	}
	defer f.Close()
	answer := filepath.Join(filepath.Dir(path), client.AnswerName(filepath.Base(path)))
	out, err := os.Create(answer + ".tmp")
	if err != nil {
		return server.BundleRead{}, err
	}
	defer os.Remove(answer + ".tmp")
	r, err := srv.ReadBundle(ctx, f, out)
	err = errors.Join(err, out.Sync(), out.Close())
	if err == nil {
		err = disk.Rename(answer+".tmp", answer)
	}
	return r, err
}

// recoveryKey makes a recovery key: it prints the secret half, which lies
// nowhere else, and from the next sync on laptops write bundles for it as well.
func recoveryKey(ctx context.Context, s settings, out, errs io.Writer) (err error) {
	h, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	k, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	if err := h.accounts.AddRecovery(ctx, k.Recipient().String()); err != nil {
		return err
	}
	fmt.Fprintf(out, "# Plumbline recovery key of server %s\n# public: %s\n%s\n", h.accounts.Server(), k.Recipient(), k)
	fmt.Fprintln(errs, "Print this or keep it on a disc, in a safe, away from the server: it opens every bundle that laptops write from their next sync on.\n"+
		"It is shown once. With it, `plumblinectl bundle read --recovery FILE` opens the bundle of a laptop that died on any other laptop of this server.")
	return nil
}
