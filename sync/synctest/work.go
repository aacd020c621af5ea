package synctest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"plumbline/app/record"
	"plumbline/app/store/storetest"
)

// People are the team used in tests.
func People() []record.Inspector { return storetest.People() }

// Organization gives one of many organizations, with an address.
func Organization(n int) record.Organization {
	o := storetest.Organization(n)
	o.Address, o.Scope = fmt.Sprintf("云溪市东山区人民路%d号", n), "书法交流、培训、展览、咨询服务"
	return o
}

// Register imports the team.
func (l *Laptop) Register() {
	l.T.Helper()
	if _, err := l.Store.RegisterInspectors(ctx, "", People()); err != nil {
		l.T.Fatal(err)
	}
}

// Keep saves what a rule decided.
func (l *Laptop) Keep(changes []record.Change, err error) {
	l.T.Helper()
	if err == nil {
		_, err = l.Store.Append(ctx, People()[0].ID, changes...)
	}
	if err != nil {
		l.T.Fatal(err)
	}
}

// Plan makes an inspection of organization n.
func (l *Laptop) Plan(n int) record.ID {
	l.T.Helper()
	id, changes, err := record.NewInspection(Organization(n), record.ChecklistRef{ID: "x", Version: "1"}, "targeted", People(), time.Now())
	l.Keep(changes, err)
	return id
}

// Answer answers one item.
func (l *Laptop) Answer(id record.ID, item, value, note string) {
	l.T.Helper()
	l.Answers(id, map[string]record.Answer{item: {Value: json.RawMessage(`"` + value + `"`), Note: note}})
}

// Answers answers many items in one entry.
func (l *Laptop) Answers(id record.ID, a map[string]record.Answer) {
	l.T.Helper()
	i, err := l.Store.Inspection(ctx, id)
	if err != nil {
		l.T.Fatal(err)
	}
	l.Keep(i.SetAnswers(a))
}

// Sentences inspectors write: like real ones, they repeat in part.
var sentences = []string{"现场查阅会议纪要，未见理事会决议", "三笔付款没有凭证，经手人陈𬱖𬭸𬬭", "财务制度已上墙，执行情况良好", "未按章程规定召开会员大会",
	"票据号码连续，存根齐全", "法定代表人与登记一致", "活动场所与登记住所不一致，现租用同楼三层"}

// Forty gives 40 answers, an entry of about 4 KB.
func Forty(r *rand.Rand) map[string]record.Answer {
	out := map[string]record.Answer{}
	values := []string{record.Conform, record.Conform, record.Nonconform, record.NotApplicable}
	for n := range 40 {
		a := record.Answer{Value: json.RawMessage(`"` + values[r.IntN(len(values))] + `"`)}
		if r.IntN(3) > 0 {
			a.Note = fmt.Sprintf("%s（%d年%d月%d日，第%d号）", sentences[r.IntN(len(sentences))], 2020+r.IntN(7), 1+r.IntN(12), 1+r.IntN(28), r.IntN(100000))
		}
		out[fmt.Sprintf("k%02dq%d", n, n*7%10)] = a
	}
	return out
}

// Inspect makes n whole inspections of 40 answers, as the product saves them.
func (l *Laptop) Inspect(n int) []record.ID {
	l.T.Helper()
	r := rand.New(rand.NewPCG(uint64(n), 7))
	ids := make([]record.ID, n)
	for i := range ids {
		ids[i] = l.Plan(i)
		l.Answers(ids[i], Forty(r))
	}
	return ids
}

// Picture gives size bytes that do not compress.
func Picture(n, size int) []byte {
	b := make([]byte, size)
	rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)}).Read(b)
	return b
}

// Attach hangs a picture and its small copy on an item.
func (l *Laptop) Attach(id record.ID, item string, original, small []byte) record.Evidence {
	l.T.Helper()
	e := l.Photo(item, original, small)
	i, err := l.Store.Inspection(ctx, id)
	if err != nil {
		l.T.Fatal(err)
	}
	l.Keep(i.Attach(e, false))
	return e
}

// Photo keeps the bytes of a photo of an item, for an entry that is to name it.
func (l *Laptop) Photo(item string, original, small []byte) record.Evidence {
	l.T.Helper()
	e := record.Evidence{ID: record.NewID(record.EvidenceType), Item: item, Media: "image/jpeg", AddedAt: time.Now().Format(time.RFC3339)}
	for _, b := range [][]byte{original, small} {
		f, err := l.Files.Put(ctx, bytes.NewReader(b))
		if err == nil {
			err = l.Store.HaveFile(ctx, f)
		}
		if err != nil {
			l.T.Fatal(err)
		}
		if e.Digest == "" {
			e.Digest, e.Size = f.Digest, f.Size
		} else {
			e.Small, e.SmallSize = f.Digest, f.Size
		}
	}
	return e
}

// Fill makes n whole inspections of 40 answers with few transactions; their
// entries are those that Inspect would make.
func (l *Laptop) Fill(n int) {
	l.T.Helper()
	r := rand.New(rand.NewPCG(uint64(n), 7))
	var changes []record.Change
	for i := range n {
		id, plan, err := record.NewInspection(Organization(i), record.ChecklistRef{ID: "x", Version: "1"}, "targeted", People(), time.Now())
		if err != nil {
			l.T.Fatal(err)
		}
		answers, err := record.InspectionOf(id, record.State{}).SetAnswers(Forty(r))
		if err != nil {
			l.T.Fatal(err)
		}
		if changes = append(append(changes, plan...), answers...); len(changes) >= 400 || i == n-1 {
			l.Keep(changes, nil)
			changes = nil
		}
	}
}
