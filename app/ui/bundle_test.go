package ui

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"plumbline/app/record"
	"plumbline/app/store"
)

// joined is a desk that belongs to a server, so that the window offers bundles.
func joined(t *testing.T, language string, sync Syncing) *Window {
	t.Helper()
	d := openDesk(t, t.TempDir())
	if err := d.Store.SetRemote(context.Background(), store.Remote{URL: "https://server.example", Server: "server-1"}); err != nil {
		t.Fatal(err)
	}
	w := openAt(t, d, language, sync)
	w.goTo("sync")
	return w
}

func TestABundleIsWrittenForTheLaptopsChosenAndSaysWhatToDoNext(t *testing.T) {
	stick := t.TempDir()
	var asked BundleWriting
	w := joined(t, "en", Syncing{
		Colleagues: func(context.Context) ([]Colleague, error) {
			return []Colleague{{"device-a", "Laptop Wang"}, {"device-b", "Laptop Li"}}, nil
		},
		WriteBundle: func(_ context.Context, b BundleWriting, progress func(BundleProgress)) (BundleWritten, error) {
			asked = b
			progress(BundleProgress{Entries: 30, EntriesTotal: 120, Files: 1, FilesTotal: 4, Bytes: 5 << 20, BytesTotal: 20 << 20})
			return BundleWritten{Parts: []string{"990100-1.plumb"}, Entries: 120, Files: 4, Bytes: 20 << 20, For: []string{"Laptop Li"}}, nil
		},
	})
	v := w.syncing.stick
	test.Tap(v.write)
	test.Tap(v.start)
	if !v.folderRow.fault.Visible() || asked.Folder != "" {
		t.Error("a bundle without a folder was written, or nobody is told to choose one")
	}
	v.folder.SetText(stick)
	v.usual.Tapped(nil)
	if got := len(v.readers.Objects); got != 2 {
		t.Fatalf("%d laptops can be chosen, want 2", got)
	}
	for _, o := range visibleBelow(v.readers) {
		if b, ok := o.(*press); ok && strings.Contains(strings.Join(textsOf(b), ""), "Laptop Li") {
			b.Tapped(nil)
		}
	}
	v.size.choosePlace(2)
	v.whole.Tapped(nil)
	test.Tap(v.start)
	if want := (BundleWriting{Folder: stick, For: []record.ID{"device-b"}, PartSize: 650_000_000, Whole: true}); !reflect.DeepEqual(asked, want) {
		t.Errorf("asked for %+v, want %+v", asked, want)
	}
	if got := v.work.step.text; !strings.Contains(got, "30 of 120 entries") || !strings.Contains(got, "5.0 MB") {
		t.Errorf("the progress said %q, want entries and bytes", got)
	}
	said := strings.Join(textsOf(v.all), "\n")
	for _, want := range []string{"120 entries, 4 files, 20.0 MB", "Laptop Li", "990100-1.plumb", "What to do next", "not yet at the server"} {
		if !strings.Contains(said, want) {
			t.Errorf("the window does not say %q but %q", want, said)
		}
	}
	w.setLanguage("zh")
	if said := strings.Join(textsOf(v.all), "\n"); !strings.Contains(said, "下一步") || strings.Contains(said, "What to do") {
		t.Errorf("in Chinese the result is %q", said)
	}
}

func TestTheTeamsLaptopsReadABundleUnlessOthersAreChosen(t *testing.T) {
	var asked []BundleWriting
	w := joined(t, "zh", Syncing{
		Colleagues: func(context.Context) ([]Colleague, error) { return []Colleague{{"device-a", "甲"}}, nil },
		WriteBundle: func(_ context.Context, b BundleWriting, _ func(BundleProgress)) (BundleWritten, error) {
			asked = append(asked, b)
			return BundleWritten{}, nil
		},
	})
	v := w.syncing.stick
	test.Tap(v.write)
	v.folder.SetText("/stick")
	test.Tap(v.start)
	test.Tap(v.write)
	v.usual.Tapped(nil)
	test.Tap(v.start)
	if len(asked) != 2 || asked[0].For != nil || asked[1].For == nil || len(asked[1].For) != 0 {
		t.Errorf("asked for %+v, want the team (nil) and then nobody (empty)", asked)
	}
}

func TestAReadBundleTellsOfEveryPartThatWasNotRead(t *testing.T) {
	stick := t.TempDir()
	if err := os.WriteFile(filepath.Join(stick, "990100-1.plumb"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	asked := ""
	w := joined(t, "en", Syncing{ReadBundle: func(_ context.Context, path string, progress func(BundleProgress)) (BundleRead, error) {
		asked = path
		return BundleRead{Parts: 2, NotForUs: 1, Own: 1, Broken: 1, Entries: 17, Files: 3, Receipts: 2, Gap: true, From: []string{"Laptop Li", ""},
			Refused: []BundleRefusal{{"bundle.signature", map[string]any{"device": "Laptop X"}}}}, nil
	}})
	v := w.syncing.stick
	test.Tap(v.read)
	chooser := w.canvas().Overlays().Top()
	if chooser == nil {
		t.Fatal("no folder is asked for")
	}
	for _, o := range visibleBelow(chooser) {
		if e, ok := o.(*widget.Entry); ok {
			e.SetText(stick)
		}
	}
	test.Tap(buttonsOf(chooser, "Choose")[0])
	if asked != stick {
		t.Fatalf("read %q, want the folder %q", asked, stick)
	}
	said := strings.Join(textsOf(v.all), "\n")
	for _, want := range []string{"17 new entries, 3 files and 2 receipts", "Laptop Li", "the server", "1 part is cut off", "1 part is for another laptop", "1 part is this laptop's own", "Laptop X", "Ask the colleague"} {
		if !strings.Contains(said, want) {
			t.Errorf("the window does not say %q but %q", want, said)
		}
	}
}

func TestAStickThatIsPulledOutIsToldOfAndTheFormStays(t *testing.T) {
	w := joined(t, "en", Syncing{
		Colleagues: func(context.Context) ([]Colleague, error) { return nil, nil },
		WriteBundle: func(_ context.Context, b BundleWriting, _ func(BundleProgress)) (BundleWritten, error) {
			return BundleWritten{}, &record.Error{Code: record.ReadOnly, Message: "bundle.stick_gone", Args: map[string]any{"folder": b.Folder}}
		},
	})
	v := w.syncing.stick
	test.Tap(v.write)
	v.folder.SetText("/media/stick")
	test.Tap(v.start)
	if !strings.Contains(w.said.text, "/media/stick cannot be reached any more") || !v.form.Visible() || v.folder.Text != "/media/stick" {
		t.Errorf("the window says %q, the form is shown: %v", w.said.text, v.form.Visible())
	}
}
