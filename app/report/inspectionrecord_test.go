package report

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plumbline/app/record"
)

func printed(t testing.TB, in Input) Document {
	t.Helper()
	d, err := InspectionRecord(in)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// textOf is all text of a document without white space.
func textOf(t testing.TB, d Document) string {
	return squeezed(strings.Join(extract(t, d.PDF), "\n"))
}

// tool finds a program that may not be installed; what it would prove is also
// asserted through our own extraction.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed: not checked with it (our own extraction of the text ran)", name)
	}
	return path
}

func savedIn(t *testing.T, d Document) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "record.pdf")
	if err := os.WriteFile(path, d.PDF, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// longNote is a paragraph of 2,000 different-looking Chinese characters, names
// above U+FFFF among them, without a line end.
func longNote() string {
	var b strings.Builder
	for i := range 2000 {
		switch {
		case i%97 == 13:
			b.WriteRune([]rune("𬱖𬭸𬬭𫖯𬀩")[i/97%5])
		case i%23 == 7:
			b.WriteRune([]rune("，。；：、")[i/23%5])
		case i%41 == 3:
			b.WriteRune([]rune("《》“”（）")[i/41%6])
		default:
			b.WriteRune(rune(0x4E00 + (i*769)%20902))
		}
	}
	return b.String()
}

func TestEveryCharacterOfALongNoteIsOnPaper(t *testing.T) {
	note := longNote()
	for _, l := range []Language{Chinese, English, Both} {
		in := sampleRecord(l, 8, 1)
		in.Sections[0].Items[0].Note = note
		in.Sections[0].Items[1].Note = astral
		in.Statement = note
		in.Findings[0].Text = note
		in.Photos[0].Caption = note
		d := printed(t, in)
		got := tableTextOf(t, d)
		// Once in the item, the finding, the list of evidence and beneath the
		// photo; the statement's first line is indented and stands elsewhere.
		if n := strings.Count(got, note); n < 4 {
			t.Errorf("%s: the 2,000-character note is there %d times whole, want 4", l, n)
		}
		if _, statement, _ := strings.Cut(inOrder(t, d), squeezed(texts[mainLanguage(l)]().T("report.chapter.statement"))); !strings.Contains(statement, note) {
			t.Errorf("%s: the statement is not whole", l)
		}
		if !strings.Contains(got, squeezed(astral)) {
			t.Errorf("%s: %q is not in the text", l, astral)
		}
		if len(d.Warnings) > 0 {
			t.Errorf("%s: warnings %v, want none", l, d.Warnings)
		}
		if l == Both {
			kept(t, "record-long.pdf", d)
		}
	}
}

func mainLanguage(l Language) Language {
	if l == English {
		return English
	}
	return Chinese
}

// inOrder is the text as it is drawn, feet and heads left out.
func inOrder(t *testing.T, d Document) string {
	t.Helper()
	var b strings.Builder
	for _, p := range positioned(t, d.PDF) {
		if p.fromTop > 20 && p.fromTop < recordFrame.bottom+3 {
			b.WriteString(p.text)
		}
	}
	return squeezed(b.String())
}

// tableTextOf joins the text of a document column by column: pieces that are
// drawn at the same x, in the order they are drawn, feet and heads left out.
func tableTextOf(t *testing.T, d Document) string {
	t.Helper()
	columns, order := map[string]*strings.Builder{}, []string{}
	for _, p := range positioned(t, d.PDF) {
		if p.fromTop < 20 || p.fromTop > recordFrame.bottom+3 {
			continue
		}
		key := p.column()
		if columns[key] == nil {
			columns[key] = &strings.Builder{}
			order = append(order, key)
		}
		columns[key].WriteString(p.text)
	}
	var all strings.Builder
	for _, k := range order {
		all.WriteString(squeezed(columns[k].String()) + "\n")
	}
	return all.String()
}

func TestPdftotextFindsNamesAboveFFFF(t *testing.T) {
	pdftotext := tool(t, "pdftotext")
	in := sampleRecord(Chinese, 8, 0)
	note := longNote()
	in.Statement = note
	in.Sections[0].Items[1].Note = astral
	d := printed(t, in)
	out, err := exec.Command(pdftotext, "-raw", "-enc", "UTF-8", savedIn(t, d), "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	got := squeezed(string(out))
	if !strings.Contains(got, squeezed(astral)) {
		t.Errorf("pdftotext does not find %q", astral)
	}
	// The statement runs over a page: every character in order, foot and
	// head of the page between.
	rest := got
	if at := strings.Index(got, squeezed("六、当事人陈述")); at >= 0 {
		rest = got[at:]
	}
	for i, r := range []rune(note) {
		at := strings.IndexRune(rest, r)
		if at < 0 {
			t.Fatalf("pdftotext lost character %d (%c, %U) of the note", i, r, r)
		}
		rest = rest[at+len(string(r)):]
	}
}

func TestQpdfFindsNothingWrong(t *testing.T) {
	qpdf := tool(t, "qpdf")
	for _, l := range []Language{Chinese, Both} {
		in := sampleRecord(l, 12, 4)
		if l == Both {
			in.Seal = Seal{}
		}
		if out, err := exec.Command(qpdf, "--check", savedIn(t, printed(t, in))).CombinedOutput(); err != nil {
			t.Errorf("qpdf --check: %v\n%s", err, out)
		}
	}
}

func TestPopplerDrawsEveryPageWithoutComplaint(t *testing.T) {
	pdftoppm := tool(t, "pdftoppm")
	in := sampleRecord(Both, 8, 2)
	in.Seal = Seal{}
	in.Statement = "😀" + astral
	out, err := exec.Command(pdftoppm, "-r", "20", "-png", savedIn(t, printed(t, in)), filepath.Join(t.TempDir(), "page")).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("pdftoppm: %v\n%.800s", err, out)
	}
}

func TestSameInputGivesTheSameBytes(t *testing.T) {
	in := sampleRecord(Both, 20, 8)
	want := printed(t, in)
	for range 4 {
		got := printed(t, in)
		if !bytes.Equal(got.PDF, want.PDF) {
			t.Fatalf("two runs gave %s and %s", got.SHA256, want.SHA256)
		}
	}
	in.Sections[0].Items[1].Note += "。"
	if got := printed(t, in); got.ContentDigest == want.ContentDigest || got.SHA256 == want.SHA256 {
		t.Error("one more full stop left a digest the same")
	}
}

func TestOrganizationCopyHoldsNothingSensitive(t *testing.T) {
	in := sampleRecord(Both, 12, 6)
	const secret = "不得外泄之线索"
	in.Sections[0].Items[0].Sensitive = true
	in.Sections[0].Items[0].Note = secret + "甲"
	in.Sections[0].Items[0].Evidence = []string{"5"}
	in.Sections = append(in.Sections, Section{Text{secret + "章", "SECRETSECTION"}, []Item{{Code: "SEC-16", Text: Text{secret, "SECRETITEM"}, Sensitive: true}}})
	in.Findings[1].Sensitive = true
	in.Findings[1].Text = secret + "乙"
	in.Findings = append(in.Findings, Finding{Number: "9", Items: []string{"SEC-16"}, Severity: "major", Text: secret + "丙"}) // not marked itself, but its item is
	in.Photos[4].Caption = secret + "丁"                                                                                       // only the sensitive item points to it
	in.Photos[5].Sensitive, in.Photos[5].Caption = true, secret+"戊"
	in.Conflicts = []Conflict{{Where: Text{secret, "SECRETCONFLICT"}, Sensitive: true}}

	whole := printed(t, in)
	for _, want := range []string{secret + "甲", secret + "乙", secret + "丙", secret + "丁", secret + "戊", "SECRETITEM", "SECRETCONFLICT", "内部掌握"} {
		if !strings.Contains(textOf(t, whole), want) {
			t.Errorf("the authority's copy lacks %q", want)
		}
	}
	before := in
	in.OrganizationCopy = true
	d := printed(t, in)
	got := textOf(t, d)
	for _, hidden := range []string{secret, "SECRET", "内部掌握", "SEC-16", "Need-to-know"} {
		if strings.Contains(got, hidden) {
			t.Errorf("the organization's copy shows %q", hidden)
		}
		if bytes.Contains(d.PDF, []byte(textString(hidden)[5:len(textString(hidden))-1])) {
			t.Errorf("the organization's copy has %q in its outline or properties", hidden)
		}
	}
	// Only the sensitive finding points to photo 2, only the sensitive item to 5.
	shown := map[string]bool{"1": true, "3": true, "4": true}
	for _, p := range in.Photos {
		if got, want := bytes.Contains(d.PDF, p.File), shown[p.Number]; got != want {
			t.Errorf("photo %s in the organization's copy: %v, want %v", p.Number, got, want)
		}
	}
	if !strings.Contains(got, "被检查单位联") {
		t.Error("the copy does not say whose it is")
	}
	before.OrganizationCopy = true
	if !reflect.DeepEqual(in, before) {
		t.Error("printing changed its input")
	}
}

func TestUnsealedOrConflictingRecordIsADraft(t *testing.T) {
	sealed := sampleRecord(Both, 4, 0)
	unsealed := sealed
	unsealed.Seal = Seal{}
	conflicting := sealed
	conflicting.Conflicts = []Conflict{{Where: Text{"REG-03", "REG-03"}, Values: []ConflictValue{{"存在问题甲", "王堃", at(10, 2)}, {"未发现问题乙", "李喆", at(10, 3)}}}}
	for name, c := range map[string]struct {
		in    Input
		draft bool
	}{"sealed": {sealed, false}, "unsealed": {unsealed, true}, "conflicting": {conflicting, true}} {
		d := printed(t, c.in)
		for i, page := range extract(t, d.PDF) {
			if got := strings.Contains(page, "草稿  DRAFT\n"); got != c.draft {
				t.Errorf("%s, page %d: watermark %v, want %v", name, i+1, got, c.draft)
			}
		}
		if name == "conflicting" {
			for _, want := range []string{"存在问题甲", "未发现问题乙", "王堃"} {
				if !strings.Contains(textOf(t, d), want) {
					t.Errorf("the box of open conflicts lacks %q", want)
				}
			}
		}
		if name == "unsealed" && strings.Contains(textOf(t, d), "封存信息") {
			t.Error("an unsealed record shows a seal")
		}
	}
}

func TestEveryPageSaysItsNumberAndHasALineToSign(t *testing.T) {
	d := printed(t, sampleRecord(Both, 20, 4))
	pages := extract(t, d.PDF)
	if len(pages) != d.Pages {
		t.Fatalf("%d pages, Document says %d", len(pages), d.Pages)
	}
	for i, page := range pages {
		for _, want := range []string{
			texts[Chinese]().T("report.page", "page", i+1, "total", len(pages)) + "  " + texts[English]().T("report.page", "page", i+1, "total", len(pages)),
			"以上笔录已阅，无误。", "现场人员（签名）：", "检查人员（签名）：",
			d.ContentDigest[:4] + " " + d.ContentDigest[4:8],
		} {
			if !strings.Contains(page, want) {
				t.Errorf("page %d lacks %q", i+1, want)
			}
		}
	}
	if last := textOf(t, d); !strings.Contains(last, d.ContentDigest) {
		t.Error("the whole digest of the content is not printed")
	}
}

func TestRefusedSignatureIsOnEveryPage(t *testing.T) {
	in := sampleRecord(Chinese, 12, 0)
	in.Signatures[0] = Signature{Kind: Refused, Role: Text{"现场人员", "Person on site"}, Name: "𬱖某某", Party: true, Reason: "对记录有异议", Witness: "居委会 陈某"}
	d := printed(t, in)
	for i, page := range extract(t, d.PDF) {
		if !strings.Contains(page, "现场人员拒绝签名") {
			t.Errorf("page %d does not say that the person refused to sign", i+1)
		}
	}
	for _, want := range []string{"拒签理由：对记录有异议", "居委会陈某"} {
		if !strings.Contains(textOf(t, d), want) {
			t.Errorf("the record lacks %q", want)
		}
	}
}

func TestUnverifiedCitationIsMarked(t *testing.T) {
	in := sampleRecord(Chinese, 4, 0)
	got := textOf(t, printed(t, in))
	if want := "《社会组织抽查暂行办法》（民发〔2017〕45号）【待核对】"; !strings.Contains(got, want) {
		t.Errorf("the record lacks %q", want)
	}
	if bad := "第十五条（1998年公布）【待核对】"; strings.Contains(got, bad) {
		t.Error("a citation whose text was read is marked as to be verified")
	}
}

func TestWhatDoesNotPrintAsTypedIsToldBeforePrinting(t *testing.T) {
	in := sampleRecord(Chinese, 4, 1)
	in.Statement = "表情😀与藏文བོ与\u202e倒序与控制\x07与变体葛\U000E0101与坏字节\xff。"
	in.Photos[0].File = []byte("no picture")
	d := printed(t, in)
	kept(t, "record-warnings.pdf", d)
	var codes []string
	for _, w := range d.Warnings {
		if c, ok := w.Args["code"]; ok {
			codes = append(codes, c.(string))
		} else {
			codes = append(codes, w.Message)
		}
		if zh := texts[Chinese]().T(w.Message); zh == w.Message {
			t.Errorf("%s has no text", w.Message)
		}
	}
	want := "report.warning.photo U+1F600 U+0F56 U+0F7C U+202E U+0007 U+E0101 U+FFFD"
	if got := strings.Join(codes, " "); got != want {
		t.Errorf("warnings = %s, want %s", got, want)
	}
	// Nothing vanished: the text layer still has each of them.
	text := textOf(t, d)
	if want := squeezed("表情😀与藏文བོ与\u202e倒序与控制\x07与变体葛\U000E0101与坏字节\uFFFD。"); !strings.Contains(text, want) {
		t.Errorf("the text layer lacks %q", want)
	}
}

func TestUnknownLanguageIsRefused(t *testing.T) {
	_, err := InspectionRecord(Input{Language: "fr"})
	if got := record.CodeOf(err); got != record.Invalid {
		t.Errorf("error = %v, want %s", err, record.Invalid)
	}
}

func TestEmptyRecordStillPrints(t *testing.T) {
	for _, l := range []Language{Chinese, English, Both} {
		d := printed(t, Input{Language: l})
		if d.Pages == 0 || len(d.Warnings) != 0 {
			t.Errorf("%s: %d pages, warnings %v", l, d.Pages, d.Warnings)
		}
	}
}

func TestEveryWordOfTheRecordIsWritten(t *testing.T) {
	for _, l := range []Language{Chinese, English, Both} {
		in := sampleRecord(l, 40, 8)
		in.Conflicts = []Conflict{{Where: Text{"甲", "A"}, Values: []ConflictValue{{"x", "y", time.Time{}}}}}
		in.Sections[0].Items[0].Sensitive = true
		in.Signatures[1].Remarks = "无"
		for _, d := range []Document{printed(t, in), printed(t, Input{Language: l})} {
			if got := textOf(t, d); strings.Contains(got, "report.") {
				at := strings.Index(got, "report.")
				t.Errorf("%s: a key stands for its words: …%.60s", l, got[at:])
			}
			for _, brace := range []string{"{", "}"} {
				if strings.Contains(textOf(t, d), brace) {
					t.Errorf("%s: an unfilled placeholder %s", l, brace)
				}
			}
		}
	}
}

func TestSamplesToLookAt(t *testing.T) {
	if *keep == "" {
		t.Skip("no -keep folder given")
	}
	for _, l := range []Language{Chinese, English, Both} {
		kept(t, "record-"+string(l)+".pdf", printed(t, sampleRecord(l, 40, 8)))
	}
	in := sampleRecord(Both, 12, 2)
	in.Seal = Seal{}
	in.Conflicts = []Conflict{{Where: Text{"REG-03 住所与登记事项一致", "REG-03 Premises match the register"}, Values: []ConflictValue{{"存在问题", "王堃", at(10, 2)}, {"未发现问题", "李喆", at(10, 3)}}}}
	in.Signatures[0].Kind, in.Signatures[0].Reason, in.Signatures[0].Witness = Refused, "对第3项记录有异议", "居委会工作人员 陈某"
	in.Statement = "😀 \u202e藏文 བོད་ཡིག 字形选择 葛\U000E0101 与控制符\x07。"
	in.Visit.NoticeShown, in.Visit.NoNoticeReason = false, "接到举报，事先通知可能导致证据灭失"
	in.Photos[1].File = []byte("not a picture")
	in.Sections[0].Items[1].Sensitive = true
	kept(t, "record-draft.pdf", printed(t, in))
	in.OrganizationCopy = true
	kept(t, "record-copy.pdf", printed(t, in))
}

func TestTheScoreStandsInTheRecordAndNotOnTheOrganizationsCopy(t *testing.T) {
	in := sampleRecord(Both, 12, 2)
	in.Score = Text{Chinese: "得分：86／100，等级：甲", English: "Score: 86 of 100, grade A"}
	for _, copied := range []bool{false, true} {
		in.OrganizationCopy = copied
		text := squeezed(strings.Join(extract(t, printed(t, in).PDF), "\n"))
		for _, want := range []string{"得分：86／100，等级：甲", "Score: 86 of 100, grade A"} {
			if strings.Contains(text, squeezed(want)) == copied {
				t.Errorf("copy %v: %q", copied, want)
			}
		}
	}
}

// Measured: see design.md §7 (≤ 25 ms, ≤ 1.1 MB on two quiet cores).
func BenchmarkRow_Report(b *testing.B) {
	in := sampleRecord(Chinese, 40, 8)
	d := printed(b, in) // parses the fonts, once a process
	b.ReportAllocs()
	for b.Loop() {
		d = printed(b, in)
	}
	b.ReportMetric(float64(len(d.PDF)), "bytes")
	b.ReportMetric(float64(d.Pages), "pages")
}

// A whole dossier whose photo sheet has 50 photos, as copies were made of
// originals of 5 MB at capture.
func BenchmarkRow_Dossier(b *testing.B) {
	photos := sampleRecord(Chinese, 40, 50).Photos
	in := sampleOf("dossier", Chinese)
	in.Photos = photos
	in.Parts = append(in.Parts, Part{Kind: "photo-sheet", Input: sampleOf("photo-sheet", Chinese), Source: "示范市民政局制作"})
	for n := range in.Parts {
		in.Parts[n].Input.Photos = photos
	}
	d := made(b, "dossier", in)
	b.ReportAllocs()
	for b.Loop() {
		d = made(b, "dossier", in)
	}
	b.ReportMetric(float64(len(d.PDF)), "bytes")
	b.ReportMetric(float64(d.Pages), "pages")
}

// Findings reports of one batch, on all processors.
func BenchmarkRow_Batch(b *testing.B) {
	in := sampleOf("findings-report", Chinese)
	made(b, "findings-report", in)
	const batch = 500
	for b.Loop() {
		var next atomic.Int64
		var wg sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			wg.Go(func() {
				for next.Add(1) <= batch {
					if _, err := Print("findings-report", in); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
	}
	b.ReportMetric(batch*float64(b.N)/b.Elapsed().Seconds(), "documents/s")
}
