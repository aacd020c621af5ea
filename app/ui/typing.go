package ui

import (
	"context"
	"slices"

	"plumbline/app/desk"
	"plumbline/app/record"
)

// paperPack tells what came back of the paper pack of an inspection.
func paperPack(ctx context.Context, s *session) (*desk.Back, error) {
	back, err := s.desk.Returned(ctx, s.id)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(back, func(b desk.Back) bool { return b.Paper == "" && b.Kind == record.PaperPack })
	if i < 0 {
		return nil, nil
	}
	return &back[i], nil
}

// showTyping tells that there is a paper pack to type in from, or that somebody
// does, and who did; of a sealed record, what was amended.
func (v *inspectionView) showTyping() {
	w := v.w
	v.typing.Objects = nil
	i := v.visit.Inspection
	for _, t := range i.Transcriptions {
		v.typing.Add(inset(4, 10, across(8, 1, sign(paper, quietColor, 18), plain(w.T("transcription.line", "name", t.Name, "pages", t.Pages, "at", w.moment(t.Since))))))
	}
	switch {
	case v.paper == nil || i.Sealed != nil:
	case v.typist.ID != "":
		v.typing.Add(inset(4, 10, across(8, 1, sign(pen, amberColor, 18), plain(w.T("ui.paper.typing", "name", v.typist.Name)))))
		v.typing.Add(inset(0, 10, flow(8, button(w.T("ui.paper.show"), v.showPaper), button(w.T("ui.paper.stop"), func() { v.typist = record.Inspector{}; v.show() }))))
	default:
		v.typing.Add(inset(4, 10, across(8, 1, sign(paper, inkColor, 18), plain(w.T("ui.paper.back", "pages", desk.PagesText(w.texts, v.paper.Returned))))))
		v.typing.Add(inset(0, 10, flow(8, button(w.T("ui.paper.show"), v.showPaper), button(w.T("ui.paper.type"), v.askTypist))))
	}
	v.typing.Objects = append(v.typing.Objects, v.amendments()...)
	showIf(v.typing, len(v.typing.Objects) > 0)
}

// askTypist asks who types in from the paper pack.
func (v *inspectionView) askTypist() {
	w := v.w
	b := newInquiry(w, "paper.typed/")
	b.person("by", w.T("ui.paper.who"), v.people, "")
	v.ask = b
	var who record.Inspector
	people := v.people
	b.ask(w.T("ui.paper.question"), w.T("ui.paper.explained"), w.T("ui.paper.do"), "", func(_ context.Context, said map[string]string) error {
		by, err := actor(said)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(people, func(p record.Inspector) bool { return p.ID == by })
		if i >= 0 {
			who = people[i]
		}
		return nil
	}, func() { v.typist = who; v.show() })
}

// showPaper opens the scan of the paper pack in the system's viewer.
func (v *inspectionView) showPaper() {
	w, s, scans := v.w, v.session, v.paper.Scans
	var path string
	w.tasks.Run(context.Background(), func(ctx context.Context) error {
		x, err := s.desk.Store.Scan(ctx, scans[0])
		if err != nil {
			return err
		}
		b, err := s.desk.File(x.File.Digest)
		if err != nil {
			return err
		}
		path, err = keepToView(s.desk.Folder(), string(x.ID)+map[string]string{"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}[x.File.Media], b)
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		w.openFile(path)
	})
}
