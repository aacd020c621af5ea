package main

import (
	"fmt"
	"time"

	"plumbline/app/store"
	"plumbline/sync/client"
	"plumbline/sync/safe"
)

func (c *call) client() *client.Client {
	s := client.New(c.desk.Store, c.desk.Files, c.desk.Folder())
	s.App = "plumblinectl " + Version
	s.Safe = safe.System(c.desk.Folder())
	return s
}

func enrol(c *call) error {
	f := c.flags()
	server := f.String("server", "", c.t.T("ctl.flag.server"))
	code := f.String("code", "", c.t.T("ctl.flag.code"))
	insecure := f.Bool("insecure-http", false, c.t.T("ctl.flag.insecure_http"))
	if _, err := c.parse(f, 0); err != nil {
		return err
	}
	if *server == "" || *code == "" {
		return c.wrongUse()
	}
	if err := c.open(); err != nil {
		return err
	}
	s := c.client()
	s.Insecure = *insecure
	done, err := s.Enrol(c.ctx, *server, *code)
	if err != nil {
		return err
	}
	if c.json {
		c.print(done)
		return nil
	}
	c.say("%s", c.t.T("ctl.enrolled", "authority", done.Authority, "url", done.URL))
	return nil
}

func syncNow(c *call) error {
	if _, err := c.parse(c.flags(), 0); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	done, err := c.client().Sync(c.ctx, c.patience(time.Now()))
	if err != nil {
		// What was done before the fault stays done.
		if !c.json && done.Sent+done.Received+done.FilesSent+done.FilesReceived > 0 {
			c.saySynced(done)
		}
		return err
	}
	st, err := c.desk.Store.Status(c.ctx)
	if err != nil {
		return err
	}
	if c.json {
		c.print(struct {
			client.Result
			Conflicts  int64 `json:"conflicts"`
			Quarantine int64 `json:"quarantine"`
			Left       int64 `json:"left"`
			FilesLeft  int64 `json:"files_left"`
		}{done, st.Conflicts, st.Quarantine, st.Entries - st.Sent, st.FilesLeft})
	} else {
		c.saySynced(done)
		c.sayLeft(done, st)
	}
	if done.Refused > 0 || done.FilesLost > 0 || st.Conflicts > 0 || st.Quarantine > 0 {
		return errFound
	}
	return nil
}

func (c *call) saySynced(done client.Result) {
	c.say("%s", c.t.T("ctl.synced", "sent", done.Sent, "files_sent", done.FilesSent, "received", done.Received, "files_received", done.FilesReceived))
}

// sayLeft says what a sync that went well leaves to do.
func (c *call) sayLeft(done client.Result, st store.Status) {
	if left := st.Entries - st.Sent; left > 0 || st.FilesLeft > 0 {
		c.say("%s", c.t.T("ctl.sync_left", "entries", left, "files", st.FilesLeft))
	}
	if done.Refilled {
		c.say("%s", c.t.T("ctl.sync_refilled"))
	}
	for _, w := range done.Warnings {
		c.say("  ! %s", c.t.Message(w.Message, w.Args))
	}
	if st.Conflicts > 0 || st.Quarantine > 0 {
		c.say("  ! %s", c.t.T("ctl.sync_to_settle", "conflicts", st.Conflicts, "quarantine", st.Quarantine))
	}
}

// patience gives a progress function for a sync that began at the given time:
// it says on standard error how far it is, once a second, and nothing of one
// that is over sooner.
func (c *call) patience(last time.Time) func(client.Progress) {
	return func(p client.Progress) {
		if time.Since(last) < time.Second {
			return
		}
		last = time.Now()
		fmt.Fprintln(c.errOut, c.t.T("ctl.syncing."+string(p.Phase), "entries", p.Entries, "entries_total", p.EntriesTotal,
			"files", p.Files, "files_total", p.FilesTotal, "mb", p.Bytes>>20, "mb_total", p.BytesTotal>>20))
	}
}
