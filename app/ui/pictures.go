package ui

import (
	"bytes"
	"context"
	"image"
	_ "image/jpeg" // small copies
	_ "image/png"  // signatures

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"plumbline/app/photo"
	"plumbline/app/record"
)

// How many pixels the longer side of a picture has: in a strip, and by itself.
const (
	stripSide = 320
	aloneSide = 1200
)

// sized is a picture at one size.
type sized struct {
	digest record.Hash
	side   int
}

// fileCache gives small pictures of evidence. They are read and scaled off the
// window's goroutine: the canvas never gets a whole photo.
type fileCache struct {
	w        *Window
	pictures map[sized]*picture
}

type picture struct {
	img     image.Image
	err     error
	ready   bool
	waiting []func(image.Image, error)
}

// get calls show with the picture, at once if it was read before.
func (c *fileCache) get(of sized, show func(image.Image, error)) {
	p := c.pictures[of]
	if p == nil {
		p = &picture{}
		c.pictures[of] = p
		d := c.w.desk
		if v := c.w.trying; v != nil && v.trial != nil {
			d = v.trial.Desk
		}
		c.w.tasks.Run(context.Background(), func(context.Context) error {
			b, err := d.File(of.digest)
			if err != nil {
				return err
			}
			if small, err := photo.Thumbnail(b, of.side); err == nil {
				b = small
			}
			p.img, _, err = image.Decode(bytes.NewReader(b))
			return err
		}, func(err error) {
			p.ready, p.err = true, err
			for _, f := range p.waiting {
				f(p.img, err)
			}
			p.waiting = nil
			if err != nil {
				delete(c.pictures, of) // it may arrive with the next sync
			}
		})
	}
	if p.ready {
		show(p.img, p.err)
		return
	}
	p.waiting = append(p.waiting, show)
}

// forget reads pictures anew: some may have been destroyed.
func (c *fileCache) forget() { clear(c.pictures) }

// thumb is a picture of the given size that appears when it has been read.
func (c *fileCache) thumb(digest record.Hash, side int, width, height float32) fyne.CanvasObject {
	back := newBox(nil, slateSoft, theme.ColorNameSeparator, 4)
	holder := container.NewStack(back)
	c.get(sized{digest, side}, func(img image.Image, err error) {
		if err != nil {
			holder.Add(container.NewCenter(sign(clash, amberColor, 20)))
			return
		}
		i := canvas.NewImageFromImage(img)
		i.FillMode = canvas.ImageFillContain
		holder.Add(inset(2, 2, i))
		holder.Refresh()
	})
	return atLeast(width, height, holder)
}
