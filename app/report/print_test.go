package report

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"plumbline/app/record"
)

// sampleSlots fills every slot with something of its own, long ones with
// several paragraphs.
func sampleSlots(kind string) map[string]string {
	out := map[string]string{}
	k, _ := record.FindDocumentKind(kind)
	for _, s := range k.Slots {
		out[s.Name] = "示例" + s.Name + "之内容"
	}
	for name, v := range map[string]string{
		"basis": "《社会组织抽查暂行办法》（民发〔2017〕45号）【待核对】。", "source": "2026年度随机抽查计划（第一批）。", "items": "登记事项、内部治理、财务管理、业务活动、信息公开。\n请按检查表准备相应材料。",
		"method": "现场检查，查阅资料，询问有关人员。", "period": "2026年11月18日9时30分至17时", "frequency": "第1次", "place": "",
		"materials": "1. 登记证书正本、副本；\n2. 章程及理事会会议记录；\n3. 2024年度、2025年度财务会计报告和会计凭证。",
		"contact":   "王堃", "phone": "0755-00000000", "reconsideration_body": "示范市人民政府", "reconsideration_days": "60", "court": "示范市海甸区人民法院", "lawsuit_months": "6",
		"report_to": "示范市民政局社会组织管理科", "consequence": "逾期不改正的，我机关将依法处理，并按规定记入社会组织信用信息。",
		"interview":      "问：我们是示范市民政局的检查人员（出示执法证件），你看清楚了吗？\n答：看清楚了。\n问：理事会2024年度召开了几次？\n答：召开了一次，因换届筹备未能按期召开第二次，𬱖某某在场，可以作证。\n问：你还有什么要补充的吗？\n答：没有了。",
		"objection_days": "5", "objection_to": "示范市民政局法规科", "conclusion_class": "责令限期改正", "list_digest": strings.Repeat("9a7e31d04b6c5f2c", 4),
		"talk_record": "一、民政局通报检查发现的问题。\n二、该单位负责人表示接受，将在三十日内完成整改。",
	} {
		if _, ok := out[name]; ok {
			out[name] = v
		}
	}
	return out
}

// sampleOf is the sample inspection as one of its documents.
func sampleOf(kind string, l Language) Input {
	in := sampleRecord(l, 12, 4)
	in.Office = Office{
		ID: "paper_0123456789abcdefghjkmnpqrs", Number: "示民社检〔2026〕12号", Internal: "PL-20261118-ABCDEF-0001", Fields: sampleSlots(kind), Issued: true, Copies: 3,
		IssuedOn: time.Date(2026, 11, 20, 10, 0, 0, 0, china),
		Steps:    []Step{{"drafted", "王堃", at(9, 0), "建议按计划开展检查。"}, {"reviewed", "周审", at(10, 0), "同意。"}, {"issued", "郑发", at(11, 0), "同意，请按期实施。"}},
	}
	in.Amendments = []Amendment{{Text{"GOV-03 会议记录", "GOV-03 minutes"}, "6份", "7份", "漏记第7份", "李喆", "周审", at(18, 0), false}}
	in.Checked = "已核验条目 128 条、封存 1 个、文件 24 个：问题 0 个。"
	for _, k := range []string{"approval-form", "inspection-notice", "inspection-record", "evidence-list", "correction-order", "service-receipt"} {
		if kind == "dossier" || kind == "litigation-pack" || kind == "dossier-contents" || kind == "dossier-note" || kind == "litigation-contents" {
			in.Parts = append(in.Parts, Part{Kind: k, Input: sampleOf(k, l), Source: "示范市民政局制作"})
		}
	}
	if kind == "campaign-summary" {
		in.Campaign = sampleCampaign()
	}
	return in
}

func sampleCampaign() *Campaign {
	c := &Campaign{Title: "2026年度社会组织随机抽查（第一批）", From: "2026-09-01", To: "2026-11-30", Planned: 60, Sealed: 52, Clean: 31, Unfinished: 8}
	c.ByResult = []Count{{Text{"未发现问题", "No problem found"}, 1840}, {Text{"存在问题", "Problem"}, 96}, {Text{"部分整改", "Partly"}, 12}, {Text{"不涉及", "Not applicable"}, 132}}
	c.ByKind = []Count{{Text{"社会团体", "Social groups"}, 24}, {Text{"社会服务机构（民办非企业单位）", "Service organizations"}, 31}, {Text{"基金会", "Foundations"}, 5}}
	c.BySeverity = []Count{{Text{"特别严重", "Critical"}, 1}, {Text{"严重", "Major"}, 18}, {Text{"一般", "Minor"}, 77}}
	c.ByArticle = []Count{{Text{"《社会团体登记管理条例》第十八条", "Regulations on social groups, art. 18"}, 22}, {Text{"《民办非企业单位登记管理暂行条例》第十五条", "Provisional regulations, art. 15"}, 17}}
	c.ByDistrict = []Count{{Text{"海甸区", "Haidian"}, 28}, {Text{"东湖区", "East Lake"}, 19}, {Text{"西山区", "West Hill"}, 13}}
	for i, n := range []int{4, 9, 14, 12, 8, 5} {
		c.Trend = append(c.Trend, TrendPoint{fmt.Sprintf("2026-%02d", i+6), n, n * (3 + i%3) / 2})
	}
	for i := range 52 {
		c.Organizations = append(c.Organizations, CampaignRow{fmt.Sprintf("PL-202611%02d-%06d", i%28+1, i), fmt.Sprintf("示范市𬭸𬬭社区第%d社会工作服务中心", i+1), fmt.Sprintf("2026-11-%02d", i%28+1), Text{"已封存", "sealed"}, i % 5})
	}
	return c
}

// unwritten finds a key of assets/lang or a placeholder.
var unwritten = regexp.MustCompile(`(paper|document|report)\.[a-z][a-z_.-]*|[{}]`)

func allKinds() []string {
	var out []string
	for _, k := range record.DocumentKinds {
		out = append(out, k.Name)
	}
	return out
}

func made(t testing.TB, kind string, in Input) Document {
	t.Helper()
	d, err := Print(kind, in)
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return d
}

func TestEveryKindOfDocumentHasALayout(t *testing.T) {
	for _, k := range allKinds() {
		if layouts[k].draw == nil {
			t.Errorf("%s has no layout", k)
		}
	}
}

// Every document, in every language: opens, is clean for qpdf, has its words,
// has every slot that was filled in, is the same each time.
func TestEveryDocumentInEveryLanguage(t *testing.T) {
	_, noQpdf := exec.LookPath("qpdf")
	for _, kind := range allKinds() {
		for _, l := range []Language{Chinese, English, Both} {
			t.Run(kind+"/"+string(l), func(t *testing.T) {
				t.Parallel()
				in := sampleOf(kind, l)
				d := made(t, kind, in)
				kept(t, kind+"-"+string(l)+".pdf", d)
				text := textOf(t, d)
				if key := unwritten.FindString(text); key != "" {
					t.Errorf("a key or placeholder stands for its words: %s", key)
				}
				for name, v := range in.Office.Fields {
					for _, line := range strings.Split(v, "\n") {
						if !strings.Contains(tableTextOf(t, d), squeezed(line)) && !strings.Contains(text, squeezed(line)) {
							t.Errorf("slot %s: %q is not on paper", name, line)
						}
					}
				}
				if !strings.Contains(text, squeezed(in.Organization.Name)) && kind != "draw-record" && kind != "campaign-summary" {
					t.Error("the organization is not named")
				}
				for _, w := range d.Warnings {
					t.Errorf("warning %s %v", w.Message, w.Args)
				}
				if again := made(t, kind, sampleOf(kind, l)); again.SHA256 != d.SHA256 {
					t.Error("the same input gives other bytes")
				}
				if noQpdf == nil {
					if out, err := exec.Command("qpdf", "--check", savedIn(t, d)).CombinedOutput(); err != nil {
						t.Errorf("qpdf: %v\n%s", err, out)
					}
				}
			})
		}
	}
}

func TestEightDocumentsAtOnceAreThoseMadeAlone(t *testing.T) {
	kinds := []string{"findings-report", "correction-order", "inspection-notice", "dossier", "campaign-summary", "paper-pack", "interview-record", "photo-sheet"}
	alone := map[string]string{}
	for _, k := range kinds {
		alone[k] = made(t, k, sampleOf(k, Both)).SHA256
	}
	var wg sync.WaitGroup
	for _, k := range kinds {
		wg.Go(func() {
			for range 2 {
				d, err := Print(k, sampleOf(k, Both))
				if err != nil || d.SHA256 != alone[k] {
					t.Errorf("%s made beside others: %v, %.8s, alone %.8s", k, err, d.SHA256, alone[k])
				}
			}
		})
	}
	wg.Wait()
}

// What goes out never holds what is need-to-know, whoever forgot to ask for the
// organization's copy.
func TestWhatGoesOutHoldsNothingSensitive(t *testing.T) {
	const secret, hidden = "线索来自内部举报人", "内部掌握之问题"
	for _, kind := range allKinds() {
		if !layouts[kind].outward {
			continue
		}
		in := sampleOf(kind, Chinese)
		in.Sections[0].Items[0].Sensitive, in.Sections[0].Items[0].Note = true, secret
		in.Findings = append(in.Findings, Finding{Number: "9", Text: hidden, Sensitive: true, Severity: "minor"})
		in.Amendments = append(in.Amendments, Amendment{Where: Text{Chinese: secret}, Sensitive: true})
		text := textOf(t, made(t, kind, in))
		for _, s := range []string{secret, hidden} {
			if strings.Contains(text, s) {
				t.Errorf("%s tells %q", kind, s)
			}
		}
	}
}

func TestWhatIsNotIssuedIsADraftAndWhatIsVoidSaysSo(t *testing.T) {
	for _, kind := range []string{"correction-order", "result-notice", "inspection-notice", "approval-form"} {
		in := sampleOf(kind, Chinese)
		if strings.Contains(textOf(t, made(t, kind, in)), "草稿") {
			t.Errorf("%s is issued and sealed, yet a draft", kind)
		}
		in.Office.Issued = false
		if !strings.Contains(textOf(t, made(t, kind, in)), "草稿") {
			t.Errorf("%s is not issued, yet no draft", kind)
		}
		in.Office.Issued, in.Office.Voided = true, "文号重复"
		if !strings.Contains(textOf(t, made(t, kind, in)), "作废") {
			t.Errorf("%s is void and does not say so", kind)
		}
	}
	in := sampleOf("correction-order", Chinese)
	in.Seal = Seal{}
	if !strings.Contains(textOf(t, made(t, "correction-order", in)), "草稿") {
		t.Error("an order on an unsealed record is no draft")
	}
}

func TestAnOrderNamesItsRemediesWithBodiesAndPeriods(t *testing.T) {
	for _, k := range record.DocumentKinds {
		if !k.Order {
			continue
		}
		text := textOf(t, made(t, k.Name, sampleOf(k.Name, Chinese)))
		for _, want := range []string{"60日内向示范市人民政府申请行政复议", "6个月内向示范市海甸区人民法院提起行政诉讼"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", k.Name, want)
			}
		}
	}
}

// In a dossier the list of contents gives for each document the page it really
// begins on.
func TestContentsOfADossierNameThePages(t *testing.T) {
	in := sampleOf("dossier", Chinese)
	s := newSheet(recordFrame)
	w, _ := newWords(Chinese)
	if _, _, err := s.lay(w, "dossier", in); err != nil {
		t.Fatal(err)
	}
	begins := map[string]int{}
	for _, b := range s.bookmarks {
		if _, seen := begins[b.title]; !seen {
			begins[b.title] = b.page + 1
		}
	}
	var listed []string
	for _, o := range s.pages[1] {
		if l, ok := o.(linkOp); ok {
			listed = append(listed, fmt.Sprint(s.anchors[l.anchor].page+1))
		}
	}
	var want []string
	for _, p := range in.Parts {
		want = append(want, fmt.Sprint(begins[texts[Chinese]().T("document.kind."+p.Kind)]))
	}
	if !slices.Equal(listed, want) {
		t.Errorf("contents lead to pages %v, the documents begin on %v", listed, want)
	}
	page := strings.Join(drawnText(s)[1:2], "")
	for _, n := range want {
		if !strings.Contains(page, n) {
			t.Errorf("page %s is not in the contents", n)
		}
	}
}

// Input that somebody made to break us prints all the same, loses nothing and
// says what does not look as typed.
func TestHostileInputPrints(t *testing.T) {
	const n = 100_000
	long := strings.Repeat("换届筹备情况说明，", n/9)
	for _, kind := range []string{"findings-report", "correction-order", "interview-record", "statement-and-defence"} {
		in := sampleOf(kind, Both)
		for name := range in.Office.Fields {
			switch name {
			case "basis", "interview", "statement":
				in.Office.Fields[name] = long
			case "contact", "conclusion", "review_facts", "interviewed":
				in.Office.Fields[name] = "😀\u202eבראשית\x00\x07 e\u0301 葛\U000E0101 བོད"
			}
		}
		in.Findings[0].Text = long
		in.Photos[0].File, in.Photos[1].File, in.Photos[2].File = nil, []byte{}, samplePhoto(20_000, 8, 1)
		d := made(t, kind, in)
		if got := strings.Count(textOf(t, d), "换届筹备情况说明"); got == 0 {
			t.Errorf("%s: the long text is not on paper", kind)
		}
		if kind != "correction-order" && kind != "findings-report" && len(d.Warnings) == 0 {
			t.Errorf("%s: nothing was said about characters that do not print", kind)
		}
		if _, err := exec.LookPath("qpdf"); err == nil {
			if out, err := exec.Command("qpdf", "--check", savedIn(t, d)).CombinedOutput(); err != nil {
				t.Errorf("%s: %v %s", kind, err, out)
			}
		}
	}
}
