//go:build ignore

// Command generate writes the sample registers of the fictional city 云溪市
// (Yunxi): 2,000 organizations and 24 inspectors. The seed is fixed, so it
// writes the same bytes every time. In the folder assets/sample:
//
//	go run generate/main.go
//
// Nothing in it is real. The city does not exist, and its region codes begin
// with 99, which GB/T 2260 assigns to no province (real ones begin with 11 to
// 82), so no code here can ever be that of a real organization, although all
// check digits are right. Telephone numbers use the area code 0000, which is
// not assigned either. Names of persons are put together at random, with the
// rare characters above U+FFFF that real registers hold and that bad programs
// lose.
package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"log"
	"math/rand"
	"os"
	"strconv"
	"strings"
)

type district struct{ name, region string }

// district is what registers write in that column for the city's own.
func (d district) district() string {
	if d.name == "云溪市" {
		return "市本级"
	}
	return d.name
}

var districts = []district{
	{"云溪市", "990100"}, // registered with the city itself
	{"临澜区", "990102"}, {"望湖区", "990103"}, {"青石区", "990104"}, {"竹屿区", "990105"},
	{"鹤鸣县", "990121"}, {"松涧县", "990122"}, {"白榆县", "990123"},
}

var (
	streets  = strings.Fields("望溪路 云起大道 书院街 石桥路 长堤街 榆荫路 听泉巷 竹里街 新雨路 东塔街 渡口路 南浦街 晴川路 文昌街 茶亭路 双桥街")
	surnames = strings.Fields("王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗 梁 宋 郑 谢 韩 唐 冯 于 董 萧 程 曹 袁 邓 许 傅 沈 曾 彭 吕 欧阳 上官 尉迟 𬱟 㑇 缑 逄")
	given    = strings.Fields("伟 芳 娜 敏 静 丽 强 磊 洋 艳 勇 军 杰 娟 涛 明 超 秀 霞 平 刚 桂 文 华 建 国 志 玉 兰 晓 春 海 燕 云 峰 琳 瑞 嘉 子 涵 雨 轩 思 远")
	rare     = strings.Fields("𬱖 𬭸 𬬭 㛃 𬘭 𬀩 𬍛 𬸣 䶮 𫖯 𬜬 𫍯 㧑 𬴊 𬎆")
	subjects = strings.Fields("茶叶 物流 餐饮 软件 建材 水产 花卉 文旅 家政 印刷 纺织 机械 中医药 园林 养蜂 木雕 竹编 汽车维修 冷链 电子商务")
	hobbies  = strings.Fields("书法 围棋 摄影 太极拳 乒乓球 合唱 门球 登山 骑行 集邮 楹联 诗词 风筝 龙舟 羽毛球 民乐 越野跑 桥牌")
	sciences = strings.Fields("护理 会计 法 档案 教育 统计 心理 水利 气象 营养 图书馆 口腔医 老年 测绘")
	services = strings.Fields("社会工作 助残 养老 托育 志愿 法律援助 家庭 心理咨询 社区矛盾调解 禁毒 应急救援 环境监测 非遗传承 科普 妇女儿童")
	brands   = strings.Fields("晨曦 暖阳 春晖 启明 同行 蓝天 向日葵 小树苗 博雅 思齐 至善 安和 康宁 乐龄 育才 知行 蒲公英 星火 萤火 沐光 润泽 清源")
	causes   = strings.Fields("教育发展 助学 医疗救助 扶老助残 文化遗产保护 环境保护 见义勇为 乡村振兴 青少年发展 科学普及")
	sponsors = map[string][]string{
		"industry": {"工业和信息化局", "商务局", "农业农村局", "文化和旅游局", "市场监督管理局"},
		"hobby":    {"体育局", "文化和旅游局", "文学艺术界联合会"},
		"science":  {"科学技术协会", "教育局", "卫生健康委员会", "司法局"},
		"service":  {"民政局", "残疾人联合会", "妇女联合会", "共青团委员会", "司法局"},
		"school":   {"教育局", "体育局", "人力资源和社会保障局"},
		"care":     {"民政局", "卫生健康委员会"},
		"fund":     {"民政局", "教育局", "卫生健康委员会"},
	}
)

// facts are all names that items of the built-in checklists ask for, with the
// headings a Chinese office would give them.
var facts = []struct{ name, heading string }{
	{"is_charity", "慈善组织"}, {"is_charity_or_foundation", "慈善组织或基金会"}, {"is_trade_association", "行业协会商会"},
	{"does_public_fundraising", "开展公开募捐"}, {"receives_donations", "接受捐赠"}, {"serves_minors", "服务未成年人"}, {"uses_volunteers", "使用志愿者"},
	{"has_canteen", "设有食堂"}, {"has_care_service", "提供照护服务"}, {"has_entities", "举办实体"}, {"has_government_money", "使用财政资金"},
	{"has_hazard", "有重大危险源"}, {"has_licensed_service", "从事许可业务"}, {"has_special_funds", "设有专项基金"}, {"has_vehicles", "有车辆"},
	{"had_emergency_campaign", "开展过应急募捐"}, {"had_money_finding", "曾有资金问题"}, {"is_change", "变更登记"}, {"is_deregistration", "注销登记"},
	{"was_extended", "曾延期"}, {"was_interviewed", "曾约谈"},
}

type generator struct {
	*rand.Rand
	names map[string]bool
	codes map[string]bool
}

func main() {
	g := &generator{rand.New(rand.NewSource(20170313)), map[string]bool{}, map[string]bool{}}
	write("yunxi-organizations.csv", g.organizations(2000))
	write("yunxi-inspectors.csv", g.inspectors(24))
}

func write(name string, rows [][]string) {
	var b bytes.Buffer
	b.WriteString("\ufeff") // so that a spreadsheet opens it as UTF-8
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	if err := w.WriteAll(rows); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}

func (g *generator) of(list []string) string { return list[g.Intn(len(list))] }

func (g *generator) chance(percent int) bool { return g.Intn(100) < percent }

// person puts a name together; about one in twelve has a rare character.
func (g *generator) person() string {
	name := g.of(surnames) + g.of(given)
	switch {
	case g.chance(8):
		name += g.of(rare)
	case g.chance(60):
		name += g.of(given)
	}
	return name
}

func (g *generator) date(from, to int) string {
	return fmt.Sprintf("%d-%02d-%02d", from+g.Intn(to-from+1), 1+g.Intn(12), 1+g.Intn(28))
}

// unused tries until the name or code was not given out before.
func (g *generator) unused(seen map[string]bool, try func() string) string {
	for {
		if s := try(); !seen[s] {
			seen[s] = true
			return s
		}
	}
}

func (g *generator) organizations(n int) [][]string {
	head := []string{"序号", "名称", "统一社会信用代码", "社会组织类型", "法定代表人", "住所", "联系电话", "业务主管单位", "党建工作机构", "登记管理机关",
		"成立登记日期", "注册资金", "业务范围", "行政区划代码", "区县", "登记状态", "公开募捐资格"}
	for _, f := range facts {
		head = append(head, f.heading)
	}
	rows := [][]string{append(head, "虚构/fictional")}
	for i := range n {
		rows = append(rows, append([]string{strconv.Itoa(i + 1)}, g.organization(i)...))
	}
	return rows
}

func (g *generator) organization(i int) []string {
	d := districts[g.Intn(len(districts))]
	kind, word, sort := "51", "社会团体", ""
	switch p := g.Intn(100); {
	case p < 44:
		sort = []string{"industry", "industry", "hobby", "hobby", "science"}[g.Intn(5)]
	case p < 96:
		kind, word = "52", "民办非企业单位"
		sort = []string{"school", "school", "care", "service", "service"}[g.Intn(5)]
		if g.chance(50) {
			word = "社会服务机构" // the word of the Charity Law; both are in use
		}
	default:
		kind, word, sort = "53", "基金会", "fund"
		d = districts[0] // foundations register with the city or above
	}
	name := g.unused(g.names, func() string { return g.name(sort, d) })
	code := g.unused(g.codes, func() string { return g.code(kind, d.region) })
	has := g.facts(sort, kind)
	fundraising := has["does_public_fundraising"]
	supervisor := d.name + g.of(sponsors[sort])
	if has["is_trade_association"] && g.chance(60) {
		supervisor = "" // trade associations were cut loose from the authorities (脱钩)
	}
	status := "正常"
	switch {
	case has["is_deregistration"]:
		status = "正在办理注销"
	case g.chance(2):
		status = "列入活动异常名录"
	}
	capital := []string{"3万元", "5万元", "10万元", "10万元", "20万元", "30万元", "50万元", "100万元"}[g.Intn(8)]
	if kind == "53" {
		capital = []string{"200万元", "200万元", "400万元", "800万元", "1,000万元"}[g.Intn(5)]
	}
	row := []string{name, code, word, g.person(), g.address(d),
		fmt.Sprintf("0000-%08d", 60000000+i*37+g.Intn(37)), supervisor, d.name + g.of([]string{"委社会工作部", "社会组织综合党委", "行业党委"}), d.name + "民政局",
		g.date(1991, 2025), capital, g.scope(sort, name), d.region, d.district(), status, yes(fundraising)}
	for _, f := range facts {
		row = append(row, yes(has[f.name]))
	}
	return append(row, "是")
}

func yes(b bool) string {
	if b {
		return "是"
	}
	return "否"
}

func (g *generator) name(sort string, d district) string {
	place := d.name
	switch sort {
	case "industry":
		return place + g.of(subjects) + g.of([]string{"行业协会", "协会", "商会", "产业促进会"})
	case "hobby":
		return place + g.of(hobbies) + g.of([]string{"协会", "爱好者协会", "运动协会", "联谊会"})
	case "science":
		return place + g.of(sciences) + g.of([]string{"学会", "研究会", "促进会"})
	case "school":
		return place + g.of(brands) + g.of([]string{"幼儿园", "艺术培训学校", "职业技能培训学校", "青少年体育俱乐部", "外国语学校", "儿童康复中心"})
	case "care":
		return place + g.of(brands) + g.of([]string{"养老服务中心", "护理院", "托养中心", "日间照料中心", "老年公寓"})
	case "service":
		return place + g.of(brands) + g.of(services) + g.of([]string{"服务中心", "服务社", "促进中心"})
	}
	return "云溪市" + g.of(brands) + g.of(causes) + "基金会"
}

// code makes a valid code; newer registrations carry MJ in the body.
func (g *generator) code(kind, region string) string {
	body := fmt.Sprintf("%08d", 50000000+g.Intn(9_000_000))
	if g.chance(60) {
		body = fmt.Sprintf("MJ%06d", g.Intn(1_000_000))
	}
	return withCheckDigits(kind + region + body)
}

// withCheckDigits completes the first sixteen characters of a unified social
// credit code by GB 11714 and GB 32100-2015. It is written out here, apart from
// the product's own rule, so that each checks the other.
func withCheckDigits(first16 string) string {
	digits := "0123456789ABCDEFGHJKLMNPQRTUWXY"
	sum := 0
	for i, weight := range []int{3, 7, 9, 10, 5, 8, 4, 2} {
		n, err := strconv.ParseInt(first16[8+i:9+i], 36, 64)
		if err != nil {
			log.Fatal(err)
		}
		sum += int(n) * weight
	}
	code := first16 + string("0123456789X0"[11-sum%11])
	sum = 0
	for i, weight := range []int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28} {
		sum += strings.IndexByte(digits, code[i]) * weight
	}
	return code + string(digits[(31-sum%31)%31])
}

func (g *generator) address(d district) string {
	place := "云溪市"
	if d.name != "云溪市" {
		place += d.name
	}
	a := place + g.of(streets) + strconv.Itoa(1+g.Intn(299)) + "号"
	switch {
	case g.chance(30):
		a += fmt.Sprintf("%d幢%d室", 1+g.Intn(9), 101+g.Intn(1700))
	case g.chance(30):
		a += g.of([]string{"社会组织孵化园", "文化馆", "社区服务中心", "商务大厦"}) + fmt.Sprintf("%d楼", 1+g.Intn(18))
	}
	return a
}

func (g *generator) scope(sort, name string) string {
	switch sort {
	case "industry":
		return "行业自律、行业调研、会员培训、标准制定、咨询服务、展览展示（依法须经批准的项目，经批准后开展）"
	case "hobby":
		return "组织比赛和交流活动、技艺培训、公益展演"
	case "science":
		return "学术交流、课题研究、业务培训、成果推广、承接政府委托事项"
	case "school":
		if strings.Contains(name, "幼儿园") {
			return "学前教育"
		}
		return "非学历教育培训、青少年活动组织（须经许可的，凭许可证开展）"
	case "care":
		return "老年人生活照料、康复护理、精神慰藉、膳食服务"
	case "service":
		return "承接政府购买服务，开展个案、小组和社区服务，志愿者培训"
	}
	return "接受捐赠；资助教育、医疗、救助等公益项目"
}

// facts draws what decides which items of a checklist apply, so that they fit
// the organization: a kindergarten serves minors, a foundation takes donations.
func (g *generator) facts(sort, kind string) map[string]bool {
	f := map[string]bool{}
	f["is_charity"] = kind == "53" && g.chance(90) || sort == "service" && g.chance(15)
	f["is_charity_or_foundation"] = f["is_charity"] || kind == "53"
	f["is_trade_association"] = sort == "industry"
	f["does_public_fundraising"] = f["is_charity"] && g.chance(30)
	f["receives_donations"] = f["is_charity_or_foundation"] || g.chance(20)
	f["serves_minors"] = sort == "school" && g.chance(80) || sort == "service" && g.chance(25)
	f["uses_volunteers"] = sort == "service" && g.chance(80) || f["is_charity"] || g.chance(10)
	f["has_canteen"] = sort == "care" && g.chance(90) || sort == "school" && g.chance(50)
	f["has_care_service"] = sort == "care" || sort == "school" && g.chance(8)
	f["has_entities"] = sort == "industry" && g.chance(15) || g.chance(2)
	f["has_government_money"] = sort == "service" && g.chance(75) || sort == "care" && g.chance(50) || g.chance(12)
	f["has_hazard"] = g.chance(4)
	f["has_licensed_service"] = sort == "school" && g.chance(70) || sort == "care" && g.chance(60)
	f["has_special_funds"] = kind == "53" && g.chance(40) || f["is_charity"] && g.chance(10)
	f["has_vehicles"] = sort == "school" && g.chance(25) || g.chance(8)
	f["had_emergency_campaign"] = f["does_public_fundraising"] && g.chance(30)
	f["had_money_finding"] = g.chance(5)
	f["is_change"] = g.chance(3)
	f["is_deregistration"] = g.chance(2)
	f["was_extended"] = g.chance(3)
	f["was_interviewed"] = g.chance(3)
	return f
}

func (g *generator) inspectors(n int) [][]string {
	rows := [][]string{{"姓名", "执法证号", "单位", "联系电话", "有效期起", "有效期至", "虚构/fictional"}}
	for i := range n {
		d := districts[i%len(districts)]
		from, to := 2024+g.Intn(2), 2029+g.Intn(2)
		if i == 7 || i == 18 { // two whose certificates have run out: they may not be assigned
			from, to = 2019, 2024
		}
		day := fmt.Sprintf("-%02d-%02d", 1+g.Intn(12), 1+g.Intn(28))
		name := g.person()
		if i == 3 {
			name = "陈𬱖"
		}
		rows = append(rows, []string{name, fmt.Sprintf("%s%06d", d.region[:4], 31001+i*17), d.name + "民政局",
			fmt.Sprintf("0000-%08d", 61000000+i), strconv.Itoa(from) + day, strconv.Itoa(to) + day, "是"})
	}
	return rows
}
