package link_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"plumbline/app/record"
	"plumbline/sync/synctest"
)

// levels is a ministry over a province over two counties, with laptops at each
// county and at the province, and lines between the servers that are cut.
type levels struct {
	t        *testing.T
	r        *rand.Rand
	counties []*synctest.Office
	p, m     *synctest.Office
	province *synctest.Level
	ministry *synctest.Level
	lines    []*synctest.Line
	laptops  []*synctest.Laptop
	at       map[*synctest.Laptop][]record.ID // its county's inspections
	backups  map[*synctest.Office]string
}

func (v *levels) step() string {
	l := v.laptops[v.r.IntN(len(v.laptops))]
	switch n := v.r.IntN(20); {
	case n < 4:
		v.at[l] = append(v.at[l], l.Plan(v.r.IntN(50)))
		return "plan"
	case n < 7:
		if len(v.at[l]) > 0 {
			id := v.at[l][v.r.IntN(len(v.at[l]))]
			l.Answer(id, fmt.Sprint("k", v.r.IntN(4)), []string{record.Conform, record.Nonconform}[v.r.IntN(2)], fmt.Sprint("note ", v.r.IntN(1000)))
		}
		return "answer"
	case n < 8:
		refused(l, v.r.IntN(50))
		return "something to be refused"
	case n < 9:
		if len(v.at[l]) > 0 {
			l.Attach(v.at[l][0], "k1", synctest.Picture(v.r.IntN(1<<16), 9000), synctest.Picture(v.r.IntN(1<<16), 3000))
		}
		return "photo"
	case n < 13:
		l.Sync()
		return "sync"
	case n < 15:
		return fmt.Sprint("province pulls: ", v.province.Links().Round(ctx) == nil)
	case n < 17:
		return fmt.Sprint("ministry pulls: ", v.ministry.Links().Round(ctx) == nil)
	case n < 18:
		v.lines[v.r.IntN(len(v.lines))].CutDownAfter(v.r.Int64N(6000))
		return "a line will be cut"
	case n < 19:
		o := v.server()
		o.End()
		v.backups[o] = synctest.CopyFolder(v.t, o.Folder)
		o.Begin()
		return "backup"
	default:
		o := v.server()
		o.End()
		if b := v.backups[o]; b != "" {
			o.Folder = b
			delete(v.backups, o)
		}
		o.Begin()
		return "restore"
	}
}

// server gives one of the counties or the province: the ministry is not backed up.
func (v *levels) server() *synctest.Office {
	if n := v.r.IntN(3); n < 2 {
		return v.counties[n]
	}
	return v.p
}

func TestSoakAnyMixtureOfWorkCutsAndRestoresEndsEqualAtAllLevels(t *testing.T) {
	seed := synctest.Seed(t)
	v := &levels{t: t, r: synctest.Random(seed, 2), at: map[*synctest.Laptop][]record.ID{}, backups: map[*synctest.Office]string{}}
	open := func() *synctest.Office { return synctest.Start(t, &synctest.Office{}) }
	v.counties, v.p, v.m = []*synctest.Office{open(), open()}, open(), open()
	v.province, v.ministry = synctest.Above(v.p), synctest.Above(v.m)
	link := func(to *synctest.Level, below *synctest.Office) {
		line := synctest.NewLine(t, below.URL)
		v.lines = append(v.lines, line)
		to.Link(line.URL, below.CodeAbove())
	}
	link(v.province, v.counties[0])
	link(v.province, v.counties[1])
	link(v.ministry, v.p)
	v.laptops = []*synctest.Laptop{v.counties[0].LaptopOf(countyA), v.counties[0].LaptopOf(countyA), v.counties[1].LaptopOf(countyB), v.p.LaptopOf(synctest.Authority)}
	for _, l := range v.laptops {
		l.Register()
		l.Sync()
	}
	var did []string
	for range synctest.Rounds(80, 600) {
		did = append(did, v.step())
	}
	for _, line := range v.lines {
		line.CutDownAfter(-1)
	}
	for range 2 {
		for _, l := range v.laptops {
			l.Sync()
		}
		v.province.Pull()
		v.ministry.Pull()
	}
	a, b, p, m := v.counties[0].Store, v.counties[1].Store, v.p.Store, v.m.Store
	synctest.Equal(t, synctest.Union(t, a, b, v.laptops[3].Store), p, m)
	synctest.Equal(t, v.laptops[0].Store, v.laptops[1].Store, a)
	synctest.Rebuilt(t, "the ministry", m)
	for _, o := range []*synctest.Office{v.p, v.m} {
		for _, at := range links(t, o.Store) {
			if at.Problem != "" || at.Lost != 0 || at.Behind != 0 {
				t.Errorf("the link says %+v", at)
			}
		}
		away, err := o.Store.FilesAway(ctx, false, "", 1000)
		if err != nil || len(away) > 0 {
			t.Errorf("small files that never came: %d, %v", len(away), err)
		}
	}
	if t.Failed() {
		t.Log(did)
	}
}
