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
	"plumbline/sync/safe"
)

// house is the open data folder and its client of the server. Restoring puts
// another folder in its place.
type house struct {
	folder string

	mu     sync.Mutex
	desk   *desk.Desk
	client *client.Client
	stop   context.CancelFunc // ends the keeping of this client
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
		h.client.Safe = safe.System(h.folder)
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
		Colleagues: func(ctx context.Context) ([]ui.Colleague, error) {
			known, err := h.syncClient().Colleagues(ctx)
			var out []ui.Colleague
			for _, k := range known {
				out = append(out, ui.Colleague{Device: k.Device, Name: k.Name})
			}
			return out, err
		},
		WriteBundle: func(ctx context.Context, b ui.BundleWriting, progress func(ui.BundleProgress)) (ui.BundleWritten, error) {
			o := client.BundleOptions{PartSize: b.PartSize, For: b.For, Whole: b.Whole, Continue: b.Continue}
			w, err := h.syncClient().WriteBundle(ctx, b.Folder, o, bundleProgress(progress))
			return ui.BundleWritten{Parts: w.Parts, Entries: w.Entries, Files: w.Files, Bytes: w.Bytes, For: w.For}, err
		},
		ReadBundle: func(ctx context.Context, path string, progress func(ui.BundleProgress)) (ui.BundleRead, error) {
			r, err := h.syncClient().ReadBundle(ctx, path, bundleProgress(progress))
			out := ui.BundleRead{Parts: r.Parts, NotForUs: r.NotForUs, Own: r.Own, Broken: r.Broken, Entries: r.Received, Files: r.Files, Receipts: r.Confirmed, Gap: r.Gap, From: r.From}
			for _, w := range r.Warnings {
				out.Refused = append(out.Refused, ui.BundleRefusal{Message: w.Message, Args: w.Args})
			}
			return out, err
		},
	}
}

// keepSyncing lets the laptop sync by itself until ctx ends, also after a
// restore has put another folder in place.
func (h *house) keepSyncing(ctx context.Context, sync func(context.Context) error) {
	for ctx.Err() == nil {
		c := h.syncClient()
		kept, stop := context.WithCancel(ctx)
		h.mu.Lock()
		same := h.client == c
		h.stop = stop
		h.mu.Unlock()
		if same {
			c.KeepSyncing(kept, client.Auto{Sync: sync}) // ends with its context only
		}
		stop()
	}
}

func bundleProgress(tell func(ui.BundleProgress)) func(client.Progress) {
	return func(p client.Progress) {
		tell(ui.BundleProgress{Entries: p.Entries, EntriesTotal: p.EntriesTotal, Files: p.Files, FilesTotal: p.FilesTotal, Bytes: p.Bytes, BytesTotal: p.BytesTotal})
	}
}

// restore puts a backup in the place of the folder's data. Whatever happens, a
// desk is open again when it returns, unless even that fails.
func (h *house) restore(ctx context.Context, from string, progress func(desk.BackupProgress)) (*desk.Desk, string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stop != nil {
		h.stop()
	}
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
