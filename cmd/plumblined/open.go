package main

import (
	"context"
	"errors"
	"os"
	"strings"

	"plumbline/app/blob"
	"plumbline/app/i18n"
	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/postgres"
	"plumbline/app/store/sqlite"
	"plumbline/sync/account"
	"plumbline/sync/protocol"
)

// house is an open data folder.
type house struct {
	store    *store.Store
	files    blob.Store // nil for a verb that works with none
	accounts *account.Accounts
}

// open opens the data folder, and the database that --postgres names.
func open(ctx context.Context, s settings) (*house, error) {
	if err := os.MkdirAll(s.data, 0o700); err != nil {
		return nil, &record.Error{Code: record.ReadOnly, Message: "store.cannot_open", Args: map[string]any{"folder": s.data}, Err: err}
	}
	h := &house{}
	var err error
	if s.postgres != "" {
		h.store, err = postgres.Open(ctx, s.postgres, store.Options{})
		if err != nil && record.CodeOf(err) == "" {
			err = &record.Error{Code: record.Offline, Message: "server.postgres", Err: err}
		}
	} else {
		h.store, err = sqlite.Open(ctx, s.data, store.Options{})
	}
	if err != nil {
		return nil, err
	}
	if err := h.fill(ctx, s); err != nil {
		return nil, errors.Join(err, h.store.Close())
	}
	return h, nil
}

func (h *house) fill(ctx context.Context, s settings) error {
	key, err := protocol.LoadDeviceKey(s.data)
	if err != nil {
		return err
	}
	if h.accounts, err = account.Open(ctx, h.store, key, nil); err != nil {
		return err
	}
	if s.withFiles() && s.verb != "move-files" {
		h.files, err = openFiles(ctx, s, h.accounts)
	}
	return err
}

func (h *house) close() error { return h.store.Close() }

// say puts an error into words, in the language of the environment.
func say(err error) string {
	var e *record.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	lang := "en"
	for _, name := range []string{"PLUMBLINE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			if strings.HasPrefix(strings.ToLower(v), "zh") {
				lang = "zh"
			}
			break
		}
	}
	var args []any
	for k, v := range e.Args {
		args = append(args, k, v)
	}
	text := i18n.New(lang).T(e.Message, args...)
	if e.Err != nil {
		text += "\n  (" + e.Err.Error() + ")" // for whoever administers the server
	}
	return text
}
