package ui

import (
	"context"
	"image"
	"image/draw"

	"plumbline/app/photo"
	"plumbline/app/record"
)

// enlarger decodes a photo and draws the part of it that a pane shows, off the
// window's goroutine: a photo of twelve megapixels takes a quarter of a second.
type enlarger struct {
	w       *Window
	pane    *photoPane
	picture *photo.Picture            // nil until it is read
	gone    error                     // why there is no picture
	steps   func() []record.PhotoStep // on the photo
	onDraw  func()                    // the view changed
	reading latest
	drawing bool
	stale   bool // another drawing is wanted when this one is done
}

func newEnlarger(w *Window, steps func() []record.PhotoStep, onDraw func()) *enlarger {
	l := &enlarger{w: w, steps: steps, onDraw: onDraw}
	l.pane = newPhotoPane(l.draw)
	return l
}

// read decodes the first of the files that is on this laptop; then is told
// which, or "" when none is.
func (l *enlarger) read(files []record.Hash, then func(of record.Hash)) {
	l.picture, l.gone = nil, nil
	d := l.w.desk
	var p *photo.Picture
	var of record.Hash
	l.reading.run(l.w.tasks, func(context.Context) error {
		var missing error // the first file is the one that matters
		for _, of = range files {
			b, err := d.File(of)
			if err == nil {
				p, err = photo.Decode(b, photo.DefaultLimits)
				return err
			}
			if missing == nil {
				missing = err
			}
		}
		return missing
	}, func(err error) {
		if l.picture, l.gone = p, err; err != nil {
			of = ""
		}
		then(of)
	})
}

// whole shows the picture from the beginning: all of it, as it is.
func (l *enlarger) whole() {
	l.pane.hand(nil, record.PhotoPart{})
	if l.picture != nil {
		l.pane.show(record.PhotoPart{W: l.picture.Width, H: l.picture.Height}, 0)
		l.draw()
	}
}

// draw draws the part in view; one at a time, so that a turning wheel does not
// pile them up.
func (l *enlarger) draw() {
	l.onDraw()
	if l.picture == nil {
		return
	}
	if l.drawing {
		l.stale = true
		return
	}
	part, long := l.pane.visible(l.w.canvas().Scale())
	if part.Empty() || long < 1 {
		return
	}
	l.drawing, l.stale = true, false
	p, steps, frame, quarters := l.picture, l.steps(), l.pane.frame, l.pane.quarters
	var img *image.RGBA
	l.w.tasks.Run(context.Background(), func(context.Context) error {
		img = onScreen(p.Draw(steps, part, long))
		return nil
	}, func(error) {
		l.drawing = false
		if p == l.picture && frame == l.pane.frame && quarters == l.pane.quarters {
			l.pane.hand(img, part)
		}
		if l.stale {
			l.draw()
		}
	})
}

// onScreen gives a picture as the screen takes it, so that the window need not
// convert it.
func onScreen(m image.Image) *image.RGBA {
	out := image.NewRGBA(m.Bounds())
	draw.Draw(out, out.Rect, m, m.Bounds().Min, draw.Src)
	return out
}
