package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"plumbline/app/desk"
	"plumbline/app/draw"
	"plumbline/app/record"
)

// commitDraw freezes the lists of a draw and writes what is published before
// the lot falls.
func commitDraw(c *call) error {
	f := c.flags()
	var sources list
	f.Var(&sources, "source", c.t.T("ctl.flag.draw_source"))
	secretFile := f.String("secret-file", "", c.t.T("ctl.flag.draw_secret"))
	out := f.String("out", "", c.t.T("ctl.flag.draw_prepared"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *out == "" || *secretFile == "" || len(sources) == 0 {
		return c.wrongUse()
	}
	b, err := os.ReadFile(args[0])
	if err != nil {
		return unreadable(args[0], "", err)
	}
	var lists draw.Lists
	if err := json.Unmarshal(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), &lists); err != nil {
		return &record.Error{Code: record.Invalid, Message: "draw.lists_unreadable", Args: map[string]any{"file": args[0]}, Err: err}
	}
	frozen, err := lists.Freeze()
	if err != nil {
		return err
	}
	// A secret that is there belongs to a draw that was promised: it stays.
	if _, err := os.Lstat(*secretFile); !errors.Is(err, fs.ErrNotExist) {
		return &record.Error{Code: record.Conflict, Message: "draw.secret_exists", Field: "secret-file", Args: map[string]any{"file": *secretFile}}
	}
	secret := draw.NewSecret()
	commitment, err := draw.Commit(frozen, secret, sources, time.Now())
	if err != nil {
		return err
	}
	if err := desk.WriteFile(*secretFile, []byte(secret+"\n")); err != nil {
		return unwritable(*secretFile, "secret-file", err)
	}
	if err := c.writeDraw(*out, draw.Prepared{V: 1, Frozen: frozen, Commitment: commitment}.Write); err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"file": *out, "code": commitment.Code(), "targets": len(lists.Targets), "inspectors": len(lists.Inspectors)})
		return nil
	}
	c.say("%s", c.t.T("ctl.draw_committed", "file", *out, "code", commitment.Code(), "secret", *secretFile))
	return nil
}

func (c *call) writeDraw(path string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if err := desk.WriteFile(path, b.Bytes()); err != nil {
		return unwritable(path, "out", err)
	}
	return nil
}

// runDraw lets the lot fall with what the sources have given.
func runDraw(c *call) error {
	f := c.flags()
	var values list
	f.Var(&values, "value", c.t.T("ctl.flag.draw_value"))
	secretFile := f.String("secret-file", "", c.t.T("ctl.flag.draw_secret"))
	out := f.String("out", "", c.t.T("ctl.flag.draw_out"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *out == "" || *secretFile == "" || len(values) == 0 {
		return c.wrongUse()
	}
	in, err := os.Open(args[0])
	if err != nil {
		return unreadable(args[0], "", err)
	}
	defer in.Close()
	p, err := draw.ReadPrepared(in)
	if err != nil {
		return err
	}
	secret, err := pin(*secretFile)
	if err != nil {
		return err
	}
	file, err := draw.Run(p.Frozen, p.Commitment, strings.TrimSpace(secret), values)
	if err != nil {
		return err
	}
	if err := c.writeDraw(*out, file.Write); err != nil {
		return err
	}
	return c.sayDraw(*out, file)
}

func (c *call) sayDraw(path string, file draw.File) error {
	standing, err := file.Standing()
	if err != nil {
		return err
	}
	lacking := file.Lacking()
	if c.json {
		c.print(map[string]any{"file": path, "code": file.Commitment.Code(), "standing": standing, "short_teams": nonNil(lacking)})
	} else {
		lists, err := file.Reading()
		if err != nil {
			return err
		}
		names := map[string]string{}
		for _, t := range lists.Targets {
			names[t.ID] = t.Name
		}
		for _, i := range lists.Inspectors {
			names[i.ID] = i.Name
		}
		for n, d := range standing {
			var team []string
			for _, i := range d.Team {
				team = append(team, names[i])
			}
			c.say("%4d  %s  %s  %s", n+1, d.Stratum, names[d.Target], strings.Join(team, ", "))
		}
		c.say("%s", c.t.T("ctl.drawn", "n", len(standing), "file", path, "code", file.Commitment.Code()))
		for _, id := range lacking {
			c.say("  ! %s", c.t.T("ctl.draw_short", "name", names[id]))
		}
	}
	if len(lacking) > 0 {
		return errFound
	}
	return nil
}

// replaceDrawn puts another target or inspector in the place of one, by the
// draw's rule.
func replaceDrawn(c *call) error {
	f := c.flags()
	r := draw.Replacement{Kind: draw.ReplaceTarget, At: time.Now().Format(time.RFC3339)}
	f.StringVar(&r.Target, "target", "", c.t.T("ctl.flag.draw_target"))
	f.StringVar(&r.Inspector, "inspector", "", c.t.T("ctl.flag.draw_inspector"))
	f.StringVar(&r.Reason, "reason", "", c.t.T("ctl.flag.why"))
	out := f.String("out", "", c.t.T("ctl.flag.draw_out"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *out == "" || r.Target == "" || r.Reason == "" {
		return c.wrongUse()
	}
	file, err := c.readDraw(args[0])
	if err != nil {
		return err
	}
	if r.Inspector != "" {
		r.Kind = draw.ReplaceInspector
	}
	if file, err = file.Replace(r); err != nil {
		return err
	}
	if err := c.writeDraw(*out, file.Write); err != nil {
		return err
	}
	return c.sayDraw(*out, file)
}

func (c *call) readDraw(path string) (draw.File, error) {
	in, err := os.Open(path)
	if err != nil {
		return draw.File{}, unreadable(path, "", err)
	}
	defer in.Close()
	return draw.Read(in)
}

// verifyDraw runs a published draw again.
func verifyDraw(c *call) error {
	f := c.flags()
	code := f.String("code", "", c.t.T("ctl.flag.draw_code"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	file, err := c.readDraw(args[0])
	if err != nil {
		return err
	}
	problems := file.Verify(*code)
	wrong := slices.ContainsFunc(problems, func(p draw.Problem) bool { return p.Message != "draw.code_unchecked" })
	if c.json {
		type problem struct {
			draw.Problem
			Text string `json:"text"`
		}
		told := []problem{}
		for _, p := range problems {
			told = append(told, problem{p, c.t.Message(p.Message, p.Args)})
		}
		c.print(map[string]any{"file": args[0], "holds": !wrong, "code": file.Commitment.Code(), "code_compared": *code != "", "drawn": len(file.Result), "problems": told})
	} else {
		for _, p := range problems {
			c.say("  ! %s", c.t.Message(p.Message, p.Args))
		}
		if !wrong {
			c.say("%s", c.t.T("ctl.draw_holds", "n", len(file.Result), "replaced", len(file.Replacements)))
		}
	}
	if wrong {
		return errFound
	}
	return nil
}

// writeDrawPage writes a page that checks a draw in any browser.
func writeDrawPage(c *call) error {
	f := c.flags()
	out := f.String("out", "", c.t.T("ctl.flag.draw_page"))
	args, err := c.parse(f, 1)
	if err != nil {
		return err
	}
	if *out == "" {
		return c.wrongUse()
	}
	file, err := c.readDraw(args[0])
	if err != nil {
		return err
	}
	if err := c.writeDraw(*out, file.WritePage); err != nil {
		return err
	}
	if c.json {
		c.print(map[string]any{"file": *out, "code": file.Commitment.Code()})
		return nil
	}
	c.say("%s", c.t.T("ctl.draw_page", "file", *out, "code", file.Commitment.Code()))
	return nil
}
