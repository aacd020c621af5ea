package report

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var keep = flag.String("keep", "", "folder to leave the printed samples in, to be looked at")

// kept leaves a printed document for a person to look at, if asked to.
func kept(t testing.TB, name string, d Document) {
	if *keep == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(*keep, name), d.PDF, 0o644); err != nil {
		t.Fatal(err)
	}
}

var china = time.FixedZone("CST", 8*3600)

func at(hour, minute int) time.Time { return time.Date(2026, 11, 18, hour, minute, 0, 0, china) }

// samplePhoto makes a picture with the entropy of one from a camera.
var samplePhotos sync.Map

func samplePhoto(w, h int, seed int64) []byte {
	key := fmt.Sprint(w, h, seed)
	if b, ok := samplePhotos.Load(key); ok {
		return b.([]byte)
	}
	random := rand.New(rand.NewSource(seed))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			n := float64(random.Intn(17)-8) + 14*math.Sin(float64(x)*0.021+float64(seed))*math.Sin(float64(y)*0.017)
			v := func(base float64) uint8 { return uint8(max(0, min(255, base+n))) }
			m.SetRGBA(x, y, color.RGBA{v(150 + 40*float64(y)/float64(h)), v(140 + 30*float64(x)/float64(w)), v(128), 255})
		}
	}
	for y := h / 8; y < h/2; y++ { // a sheet of paper with lines: shows which way is up
		for x := w / 8; x < w/2; x++ {
			c := color.RGBA{245, 245, 240, 255}
			if y/(h/60+1)%2 == 0 && x > w/7 && x < w/2-w/20 {
				c = color.RGBA{70, 70, 75, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 72}); err != nil {
		panic(err)
	}
	samplePhotos.Store(key, b.Bytes())
	return b.Bytes()
}

// sampleSignature draws something like a name on a transparent ground.
func sampleSignature(seed float64) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, 480, 150))
	for i := range 6000 {
		f := float64(i) / 6000
		x := 30 + 420*f + 18*math.Sin(f*31+seed)
		y := 75 + 42*math.Sin(f*22+seed*2)*math.Cos(f*7+seed)
		for dy := -2; dy <= 2; dy++ {
			for dx := -2; dx <= 2; dx++ {
				m.SetNRGBA(int(x)+dx, int(y)+dy, color.NRGBA{20, 25, 60, 255})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

var sampleItems = []Text{
	{"登记证书正本悬挂（摆放）在住所醒目位置", "Original registration certificate is displayed prominently at the registered premises"},
	{"登记证书在有效期内，无涂改、出租、出借", "Certificate is within its validity period and has not been altered, rented out or lent"},
	{"住所与登记事项一致", "Premises match the register"},
	{"按照章程规定召开会员（代表）大会、理事会，会议记录和决议完整归档", "Assembly and council meetings are held as the charter requires; minutes and resolutions are on file"},
	{"应建尽建党组织，重要事项决策经党组织研究讨论", "Party organization established where required; consulted on major decisions"},
	{"执行《民间非营利组织会计制度》，建立健全财务管理制度", "The accounting standard for non-profit organizations is followed; financial management rules are in place"},
	{"不存在账外账、“小金库”或者以个人账户收取会费、捐赠款的情形", "No off-book accounts; no dues or donations collected on personal accounts"},
	{"收费项目和标准已公示，会费标准经会员（代表）大会无记名投票通过", "Fees are published; dues were approved by secret ballot"},
	{"上年度管理费用占当年总支出的比例符合规定", "Administrative expenses of last year are within the limit"},
	{"举办大型活动、论坛和涉外活动按规定履行报告程序", "Large events, forums and foreign-related activities were reported"},
}

const astral = "秘书处负责人𬱖某某（𬭸𬬭社区）称因换届筹备未能按期召开"

func sampleRecord(language Language, items, photos int) Input {
	in := Input{
		Language:  language,
		At:        at(17, 2),
		Authority: Text{"示范市民政局", "Demo City Civil Affairs Bureau"},
		Number:    "示民社检〔2026〕0147号",
		Organization: InspectedOrganization{
			Name: "示范市𬭸𬬭社区阳光社会工作服务中心", Code: "52110108MJ0123456X",
			Kind: Text{"社会服务机构（民办非企业单位）", "Service organization"}, LegalRepresentative: "𬱖㛃䶮",
			Address:         "示范市海甸区人民路甲12号院3号楼B座1507—1509室（邮编100000）",
			SupervisingUnit: "示范市海甸区民政局",
		},
		Visit: Visit{
			Kind: Text{"“双随机、一公开”定期抽查", "Regular random spot check"}, Start: at(9, 30), End: at(16, 45),
			Place: "示范市海甸区人民路甲12号院3号楼B座1507室", PersonOnSite: "𬱖某某", PersonRole: "秘书处负责人",
			CertificatesShown: true, NoticeShown: true, NoticeNumber: "示民社检通〔2026〕0147号", RightsTold: true,
			RecusalAnswer: "不申请回避。",
		},
		Inspectors: []InspectorOnSite{
			{"王堃", "01-2026-0031", Text{"检查组组长", "team leader"}},
			{"李喆", "01-2026-0045", Text{"检查人员、记录人", "inspector, recorder"}},
		},
		Checklist: UsedChecklist{Text{"随机抽查检查表（社会服务机构）", "Spot check – service organization"}, "1.0.0", strings.Repeat("5f2c9a7e31d04b6c", 4)},
		Statement: "我单位对检查情况没有异议。\n关于理事会召开次数不足的问题，系换届筹备所致，我单位将在三十日内补开会议并形成书面决议，报登记管理机关备案。",
		ReadBack:  ReadBack{At: at(16, 50), ReadAloud: true, Corrections: "第3项“六份”更正为“六份（含电子版一份）”，已由现场人员确认。"},
		Signatures: []Signature{
			{Kind: Drawn, Role: Text{"被检查单位现场人员", "Person on site"}, Name: "𬱖某某", At: at(16, 55), Image: sampleSignature(1), Party: true, Initials: sampleSignature(1)},
			{Kind: Drawn, Role: Text{"检查组组长", "Team leader"}, Name: "王堃", Certificate: "01-2026-0031", At: at(16, 56), Image: sampleSignature(2)},
			{Kind: OnPaper, Role: Text{"检查人员、记录人", "Inspector, recorder"}, Name: "李喆", Certificate: "01-2026-0045"},
			{Kind: Refused, Role: Text{"见证单位代表", "Witnessing unit"}, Name: "赵某", At: at(16, 58), Reason: "认为与本单位无关", Witness: "执法记录仪文件 2026-1118-07"},
		},
		Seal: Seal{Hash: "sha256:" + strings.Repeat("9a7e31d04b6c5f2c", 4), At: at(17, 1), By: "王堃"},
	}
	titles := []Text{{"登记与基础合规", "Registration and basic compliance"}, {"内部治理", "Internal governance"}, {"财务与收费", "Finance and fees"}, {"业务活动", "Activities"}}
	words := map[Outcome]Text{
		NoProblem: {"未发现问题", "No problem found"}, Problem: {"存在问题", "Problem"}, Partly: {"部分整改", "Partly rectified"},
		NotApplicable: {"不涉及", "Not applicable"}, NotChecked: {"未检查", "Not checked"},
	}
	order := []Outcome{NoProblem, NoProblem, Problem, NoProblem, NotApplicable, NoProblem, Partly, NoProblem, NoProblem, NotChecked}
	notes := []string{
		"",
		"查阅证书原件、章程核准批复及公示照片。",
		"现场抽查2023年1月至2024年12月会议记录共17份，其中6份缺少参会人员签名，3份未形成书面决议；理事会2024年度仅召开1次，低于章程规定的“每年不少于2次”。" + astral + "，但未能提供延期召开的书面说明。The minutes of 2024-03-18 could not be produced during the visit.",
		"抽查凭证42张，记-0117号凭证所附发票开具单位与合同相对方不一致，金额￥128,600.00元；已拍照取证并由经办人签字确认。",
	}
	perSection := (items + len(titles) - 1) / len(titles)
	for i := range items {
		if i%perSection == 0 {
			in.Sections = append(in.Sections, Section{Title: titles[i/perSection]})
		}
		o := order[i%len(order)]
		it := Item{Code: fmt.Sprintf("%s-%02d", []string{"REG", "GOV", "FIN", "ACT"}[i/perSection], i%perSection+1), Text: sampleItems[i%len(sampleItems)], Outcome: o, Answer: words[o], Note: notes[(i*7+i/5)%len(notes)]}
		switch {
		case i%10 == 2:
			it.Registered, it.Seen = "示范市海甸区人民路甲12号", "示范市海甸区人民路甲12号院3号楼B座1507室"
		case i%10 == 8:
			it.Outcome, it.Answer = NoProblem, Text{"9.42 %（未发现问题）", "9.42 % (no problem found)"}
			it.Figures = []Figure{{Text{"管理费用", "Administrative expenses"}, "￥128,600.00"}, {Text{"当年总支出", "Total expenditure of the year"}, "￥1,365,180.00"}, {Text{"限额", "Limit"}, "≤ 10 %"}}
		}
		if photos > 0 && o == Problem {
			it.Evidence = []string{fmt.Sprint(i%photos + 1), fmt.Sprint((i+1)%photos + 1)}
		}
		s := &in.Sections[len(in.Sections)-1]
		s.Items = append(s.Items, it)
	}
	for i := range min(3, items/4) {
		f := Finding{
			Number: fmt.Sprint(i + 1), Items: []string{[]string{"REG-03", "GOV-03", "FIN-03"}[i]}, Severity: []string{"major", "minor", "critical"}[i],
			Text: []string{"住所与登记事项不一致：登记住所为人民路甲12号，实际办公场所为甲12号院3号楼B座1507室，未办理变更登记。", "理事会2024年度仅召开1次，低于章程规定的每年不少于2次；6份会议记录缺少参会人员签名。", "记-0117号凭证所附发票开具单位与合同相对方不一致，金额￥128,600.00元。"}[i],
			Citations: []Citation{
				{Text{"《民办非企业单位登记管理暂行条例》第十五条", "Provisional Regulations on Private Non-enterprise Units, art. 15"}, "1998年公布", "verified_text"},
				{Text{"《社会组织抽查暂行办法》", "Provisional Measures on Spot Checks of Social Organizations"}, "民发〔2017〕45号", "instrument_only"},
			},
			CorrectiveAction: Text{"依法办理变更登记，并将整改情况书面报送登记管理机关。", "Register the change and report in writing to the registration authority."},
			Deadline:         []Deadline{{Date: time.Date(2026, 12, 18, 0, 0, 0, 0, china)}, {Days: 15, WorkingDays: true}, {Days: 30}}[i],
		}
		if photos > 0 {
			f.Evidence = []string{fmt.Sprint(i%photos + 1)}
		}
		in.Findings = append(in.Findings, f)
	}
	for i := range photos {
		w, h := 1024, 768
		if i == 3 {
			w, h = 768, 1024
		}
		in.Photos = append(in.Photos, Photo{
			Number: fmt.Sprint(i + 1), Caption: []string{"登记证书正本", "理事会会议记录（2024年3月18日），共六页，第二页缺少参会人员签名，原件存于被检查单位档案柜第二层", "记-0117号凭证及所附发票"}[i%3],
			Taken: at(10, 5+i), TakenBy: []string{"王堃", "李喆"}[i%2], Digest: strings.Repeat(fmt.Sprintf("%02x7e31d04b6c5f2c", i), 4), File: samplePhoto(w, h, int64(i)),
		})
	}
	return in
}
