package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"plumbline/app/checklist"
	"plumbline/app/record"
	"plumbline/app/registry"
)

// Trial is an inspection of a fictional organization in a data folder of its own
// that is thrown away with all that is in it. What is tried there is done by the
// same code as the real thing, and nothing of it can get into a record.
type Trial struct {
	*Desk
	Inspection record.ID
	temporary  string
}

// testers are the two who make an inspection that nobody makes.
const testers = "姓名,执法证号,单位,有效期起,有效期至,虚构/fictional\n试填人甲 Tester A,9900000001,试填 Test,2000-01-01,2100-01-01,是\n试填人乙 Tester B,9900000002,试填 Test,2000-01-01,2100-01-01,是\n"

// Try begins an inspection by a checklist that need not be kept anywhere.
func (d *Desk) Try(ctx context.Context, c checklist.Checklist) (*Trial, error) {
	sweepTrials()
	folder, err := os.MkdirTemp("", trialPattern)
	if err != nil {
		return nil, fmt.Errorf("desk: folder to try a checklist in: %w", err)
	}
	t := &Trial{temporary: folder}
	if t.Desk, err = Open(ctx, folder, d.database, Options{Now: d.now}); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	if err := t.begin(ctx, c); err != nil {
		return nil, errors.Join(err, t.End())
	}
	return t, nil
}

const trialPattern = "plumbline-trial-*"

// sweepTrials throws away what a program that ended without a word has left
// behind. One that is open holds its lock.
func sweepTrials() {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), trialPattern)) // the pattern is right
	for _, folder := range left {
		if _, err := os.Stat(filepath.Join(folder, lockName)); err != nil {
			continue // not ours, or just being made
		}
		if lock, err := enter(folder, true); err == nil {
			lock.Close()
			os.RemoveAll(folder) // or the next time
		}
	}
}

func (t *Trial) begin(ctx context.Context, c checklist.Checklist) error {
	kind, prefix := "社会团体", "51"
	switch {
	case c.Serves(record.SocialGroup):
	case c.Serves(record.ServiceOrganization):
		kind, prefix = "民办非企业单位", "52"
	case c.Serves(record.Foundation):
		kind, prefix = "基金会", "53"
	}
	code := record.NewUSCC(prefix, "990100", "MJ000000")
	read := func(text string) (*registry.File, error) {
		return registry.New(bytes.NewReader([]byte(text)), int64(len(text)), "trial.csv")
	}
	people, err := read(testers)
	if err != nil {
		return err
	}
	defer people.Close()
	if _, err := t.importInspectors(ctx, "", people, registry.Options{}); err != nil {
		return err
	}
	register, err := read("名称,统一社会信用代码,社会组织类型,法定代表人,住所,注册资金,虚构/fictional\n虚构组织 Test Organization," + code + "," + kind + ",某某,某市某路1号,10万元,是\n")
	if err != nil {
		return err
	}
	defer register.Close()
	if _, err := t.importOrganizations(ctx, "", register, registry.Options{}); err != nil {
		return err
	}
	if _, err := t.ImportChecklist(ctx, "", c); err != nil {
		return err
	}
	t.Inspection, err = t.NewInspection(ctx, Plan{Organization: record.OrganizationID(record.SchemeUSCC, code), Checklist: c.ID + "@" + c.Version,
		Certificates: []string{"9900000001", "9900000002"}, Day: t.now()})
	return err
}

// End throws everything away.
func (t *Trial) End() error { return errors.Join(t.Close(), os.RemoveAll(t.temporary)) }
