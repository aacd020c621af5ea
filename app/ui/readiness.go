package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"plumbline/app/desk"
	"plumbline/app/record"
)

// showReadiness lists what was looked at before a trip, or before leaving the site.
func (w *Window) showReadiness(id record.ID, leaving bool) {
	d, heading := w.desk, "ready.go"
	look := d.ReadyToGo
	if leaving {
		look, heading = d.ReadyToLeave, "ready.leave"
	}
	w.settleField()
	var checks []desk.Check
	w.tasks.Queue(func(ctx context.Context) (err error) {
		checks, err = look(ctx, id)
		return err
	}, func(err error) {
		if err != nil {
			w.complain(err)
			return
		}
		w.modal(func(shut func()) fyne.CanvasObject {
			rows, stops, looks := down(6), 0, 0
			for _, state := range []desk.Readiness{desk.Stop, desk.Look, desk.Ready} { // what is to be done stands first
				for _, c := range checks {
					if c.State != state {
						continue
					}
					m, color := tick, jadeColor
					switch state {
					case desk.Stop:
						m, color = cross, vermilionColor
						stops++
					case desk.Look:
						m, color = clash, amberColor
						looks++
					}
					rows.Add(across(10, 1, sign(m, color, 18), plain(c.Text(w.texts))))
				}
			}
			said := plain(w.T("ready.fine"))
			switch {
			case stops > 0:
				said = strong(w.T("ready.stopped", "n", stops))
			case looks > 0:
				said = plain(w.T("ready.note", "n", looks))
			}
			width := w.across(680)
			var list fyne.CanvasObject = rows
			if most := w.canvas().Size().Height - 230; heightAt(rows, width) > most {
				list = atLeast(width, max(most, 120), scrolled(rows))
			}
			w.asked = mainButton(w.T("ui.ready.close"), shut)
			return atLeast(width, 10, down(12, head(w.T(heading)), said, list, across(8, 0, quiet(""), w.asked)))
		})
	})
}
