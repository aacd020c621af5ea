package desk_test

import (
	"testing"

	"plumbline/app/desk"
	"plumbline/app/record"
)

// traces gives the traces on an item in words: fate, reason and the other end.
func traces(t *testing.T, d *desk.Desk, id record.ID, key string) []string {
	t.Helper()
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	all, err := d.History(ctx, v)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, x := range all {
		if x.Item != key {
			continue
		}
		if x.Fate != desk.Destroyed && (x.By != team[0].Name || x.At == "") {
			t.Errorf("the trace %+v does not say who did it and when", x)
		}
		what := "photo"
		if x.Photo == nil {
			what = x.Note
		}
		out = append(out, string(x.Fate)+" "+what+" "+x.Reason+" "+x.Other.Code)
	}
	return out
}

func wantTraces(t *testing.T, when string, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got traces %q, want %q", when, got, want)
		return
	}
	for n := range want {
		if got[n] != want[n] {
			t.Errorf("%s: trace %d is %q, want %q", when, n, got[n], want[n])
		}
	}
}

// What is moved or withdrawn leaves a trace at both ends, within an inspection
// and between two; what is undone leaves none.
func TestWhatIsMovedOrWithdrawnLeavesATrace(t *testing.T) {
	d := openDesk(t, t.TempDir())
	id, other := plan(t, d), plan(t, d)
	v, err := d.Visit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	actor := v.Inspection.Team[0].Person
	var a, b string
	var codeA, codeB string
	for _, n := range v.Nodes {
		if n.Item.PhotoForbidden() {
			continue
		}
		if a == "" {
			a, codeA = n.Key, n.Item.Code
		} else if b == "" {
			b, codeB = n.Key, n.Item.Code
		}
	}
	must := func(v desk.Visit, err error) desk.Visit {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	v = must(d.AttachPhoto(ctx, actor, id, a, picture(t), ""))
	photo := v.Inspection.EvidenceOf(a)[0].ID

	must(d.WithdrawEvidence(ctx, actor, id, photo, "拍糊了"))
	wantTraces(t, "withdrawn", traces(t, d, id, a), "withdrawn photo 拍糊了 ")
	v = must(d.PutBackEvidence(ctx, actor, id, photo))
	wantTraces(t, "put back", traces(t, d, id, a))
	photo = v.Inspection.EvidenceOf(a)[0].ID

	must(d.MoveEvidence(ctx, actor, id, photo, id, b, "挂错事项"))
	wantTraces(t, "moved, old place", traces(t, d, id, a), "moved_to photo 挂错事项 "+codeB)
	wantTraces(t, "moved, new place", traces(t, d, id, b), "moved_from photo 挂错事项 "+codeA)
	must(d.MoveEvidence(ctx, actor, id, photo, id, a, "还是原处"))
	wantTraces(t, "moved back", append(traces(t, d, id, a), traces(t, d, id, b)...))
	must(d.MoveEvidence(ctx, actor, id, photo, other, b, "拍错单位"))
	wantTraces(t, "moved to another inspection", traces(t, d, id, a), "moved_to photo 拍错单位 "+codeB)
	wantTraces(t, "come from another inspection", traces(t, d, other, b), "moved_from photo 拍错单位 "+codeA)

	const note = "缺两份凭证"
	must(d.Answer(ctx, actor, id, map[string]record.Answer{a: {Note: note}}))
	must(d.Answer(ctx, actor, other, map[string]record.Answer{b: {Note: "已有说明"}}))
	must(d.MoveNote(ctx, actor, id, a, id, b, "记错事项"))
	wantTraces(t, "note at its new place", traces(t, d, id, b), "moved_from "+note+" 记错事项 "+codeA)
	must(d.MoveNote(ctx, actor, id, b, id, a, "记对了"))
	wantTraces(t, "note moved back", traces(t, d, id, b))
	must(d.MoveNote(ctx, actor, id, a, other, b, "记错单位"))
	wantTraces(t, "note at the other inspection", traces(t, d, other, b)[1:], "moved_from 已有说明\n"+note+" 记错单位 "+codeA)
	must(d.WithdrawNote(ctx, actor, other, b, "误记"))
	wantTraces(t, "note withdrawn", traces(t, d, other, b)[2:], "withdrawn 已有说明\n"+note+" 误记 ")
	must(d.PutBackNote(ctx, actor, other, b, "已有说明\n"+note))
	if got := traces(t, d, other, b); len(got) != 2 {
		t.Errorf("after the note was put back the traces are %q, want the two that came from elsewhere", got)
	}
}
