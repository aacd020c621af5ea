package main

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/desk"
	"plumbline/app/i18n"
	"plumbline/app/ui"
	"plumbline/sync/client"
)

// house is the open data folder and its client of the server. Restoring puts
// another folder in its place.
type house struct {
	folder string

	mu     sync.Mutex
	desk   *desk.Desk
	client *client.Client
}

func (h *house) close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.desk.Close()
}

// syncClient keeps one client, which keeps connection and token between syncs.
func (h *house) syncClient() *client.Client {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.client == nil {
		h.client = client.New(h.desk.Store, h.desk.Files, h.folder)
		h.client.App = "plumbline " + Version
	}
	return h.client
}

// syncing is what the window can do across the network.
func (h *house) syncing() ui.Syncing {
	return ui.Syncing{
		Enrol: func(ctx context.Context, url, code string) error {
			_, err := h.syncClient().Enrol(ctx, url, code)
			return err
		},
		Sync: func(ctx context.Context, progress func(ui.SyncProgress)) error {
			_, err := h.syncClient().Sync(ctx, func(p client.Progress) {
				done, total := p.Entries, p.EntriesTotal
				if p.Phase == client.Uploading || p.Phase == client.Downloading {
					done, total = p.Bytes>>10, p.BytesTotal>>10
				}
				progress(ui.SyncProgress{Step: "ui.sync.step." + string(p.Phase), Done: done, Total: total})
			})
			return err
		},
	}
}

// restore puts a backup in the place of the folder's data. Whatever happens, a
// desk is open again when it returns, unless even that fails.
func (h *house) restore(ctx context.Context, from string, progress func(desk.BackupProgress)) (*desk.Desk, string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.desk.Close(); err != nil {
		return h.desk, "", err
	}
	aside, err := desk.Restore(ctx, h.folder, from, database, progress)
	d, openErr := desk.Open(context.WithoutCancel(ctx), h.folder, database, desk.Options{})
	if openErr != nil {
		return nil, aside, errors.Join(err, openErr)
	}
	h.desk, h.client = d, nil
	return d, aside, err
}

// openFailed tells in a window of its own why the data folder cannot be opened:
// an inspector has no terminal.
func openFailed(err error, folder, language, selfTest string) error {
	if selfTest != "" {
		return err
	}
	texts := i18n.New(cmp.Or(language, systemLanguage()))
	a := app.NewWithID("org.plumbline.desktop")
	if theme, themeErr := ui.NewTheme(1); themeErr == nil {
		a.Settings().SetTheme(theme)
	}
	w := a.NewWindow(texts.T("ui.product"))
	text := widget.NewLabel(texts.Error(err) + "\n\n" + folder)
	text.Wrapping = fyne.TextWrapBreak
	shut := widget.NewButton(texts.T("ui.close"), w.Close)
	w.SetContent(container.NewBorder(nil, container.NewHBox(shut), nil, nil, text))
	w.Resize(fyne.NewSize(560, 200))
	w.ShowAndRun()
	return err
}
