package main

import (
	"slices"
	"strconv"
	"strings"

	"plumbline/app/desk"
	"plumbline/app/record"
)

// moving are the flags of the four verbs that withdraw or move.
type moving struct {
	id     record.ID
	what   string // photo or item, as typed
	to     record.ID
	toItem string
	reason string
	by     record.ID
}

func (c *call) moving(move bool) (moving, error) {
	var m moving
	f := c.flags()
	by := f.String("by", "", c.t.T("ctl.flag.acting"))
	f.StringVar(&m.reason, "reason", "", c.t.T("ctl.flag.why"))
	to := new(string)
	if move {
		to = f.String("to", "", c.t.T("ctl.flag.to_inspection"))
		f.StringVar(&m.toItem, "to-item", "", c.t.T("ctl.flag.to_item"))
	}
	args, err := c.parse(f, 2)
	if err != nil {
		return m, err
	}
	if *by == "" || m.reason == "" || move && m.toItem == "" {
		return m, c.wrongUse() // who did it, and why, is evidence
	}
	if err := c.open(); err != nil {
		return m, err
	}
	m.id, m.what, m.to = record.ID(args[0]), args[1], record.ID(*to)
	if m.to == "" {
		m.to = m.id
	}
	m.by, err = c.person(*by)
	return m, err
}

// photo finds a photo by its number in `inspection show`, or by identity.
func (c *call) photo(id record.ID, name string) (record.ID, error) {
	i, err := c.desk.Store.Inspection(c.ctx, id)
	if err != nil {
		return "", err
	}
	for n, e := range i.Evidence {
		if string(e.ID) == name || strconv.Itoa(n+1) == name {
			return e.ID, nil
		}
	}
	return "", &record.Error{Code: record.NotFound, Message: "evidence.not_found"}
}

// item finds an item of an inspection by code or key.
func (c *call) item(id record.ID, name string) (string, error) {
	v, err := c.desk.Visit(c.ctx, id)
	if err != nil {
		return "", err
	}
	if key, ok := keyOf(v, name); ok {
		return key, nil
	}
	return "", &record.Error{Code: record.NotFound, Message: "answer.item_unknown", Field: name, Args: map[string]any{"item": name}}
}

func withdrawEvidence(c *call) error {
	m, err := c.moving(false)
	if err != nil {
		return err
	}
	photo, err := c.photo(m.id, m.what)
	if err != nil {
		return err
	}
	if _, err := c.desk.WithdrawEvidence(c.ctx, m.by, m.id, photo, m.reason); err != nil {
		return err
	}
	return c.done("ctl.photo_withdrawn", map[string]any{"evidence": photo})
}

func moveEvidence(c *call) error {
	m, err := c.moving(true)
	if err != nil {
		return err
	}
	photo, err := c.photo(m.id, m.what)
	if err != nil {
		return err
	}
	key, err := c.item(m.to, m.toItem)
	if err != nil {
		return err
	}
	if _, err := c.desk.MoveEvidence(c.ctx, m.by, m.id, photo, m.to, key, m.reason); err != nil {
		return err
	}
	return c.done("ctl.photo_moved", map[string]any{"evidence": photo, "item": m.toItem})
}

func withdrawNote(c *call) error {
	m, err := c.moving(false)
	if err != nil {
		return err
	}
	key, err := c.item(m.id, m.what)
	if err != nil {
		return err
	}
	if _, err := c.desk.WithdrawNote(c.ctx, m.by, m.id, key, m.reason); err != nil {
		return err
	}
	return c.done("ctl.note_withdrawn", map[string]any{"item": m.what})
}

func moveNote(c *call) error {
	m, err := c.moving(true)
	if err != nil {
		return err
	}
	from, err := c.item(m.id, m.what)
	if err != nil {
		return err
	}
	key, err := c.item(m.to, m.toItem)
	if err != nil {
		return err
	}
	if _, err := c.desk.MoveNote(c.ctx, m.by, m.id, from, m.to, key, m.reason); err != nil {
		return err
	}
	return c.done("ctl.note_moved", map[string]any{"item": m.what, "to": m.toItem})
}

// done says what was done, or prints it.
func (c *call) done(message string, args map[string]any) error {
	if c.json {
		c.print(args)
		return nil
	}
	c.say("%s", c.t.Message(message, args))
	return nil
}

// showPhotos lists an inspection's photos by number.
func (c *call) showPhotos(v desk.Visit) {
	for n, e := range v.Inspection.Evidence {
		code := ""
		if node, ok := v.Node(e.Item); ok {
			code = node.Item.Code
		}
		state := ""
		switch {
		case e.Destroyed != "":
			state = c.t.T("ctl.photo_is_destroyed", "destruction", e.Destroyed)
		case e.Withdrawn != "":
			state = c.t.T("ctl.photo_is_withdrawn", "reason", e.Withdrawn)
		case e.IsCopy():
			state = c.copyState(v.Inspection, e)
		}
		c.say("  %s", strings.TrimRight(c.t.T("ctl.photo", "n", n+1, "item", code, "name", e.Name, "digest", e.Digest.Short(), "state", state), " "))
	}
}

// copyState says of which photo an edited copy is and what becomes of it.
func (c *call) copyState(i record.Inspection, e record.Evidence) string {
	n := slices.IndexFunc(i.Evidence, func(o record.Evidence) bool { return o.Digest == e.Of })
	state := c.t.T("ctl.photo_is_copy", "of", n+1)
	if e.Hides() {
		state += " " + c.t.T("ctl.photo_hides")
	}
	if e.Instead {
		state += " " + c.t.T("ctl.photo_instead")
	}
	return state
}
