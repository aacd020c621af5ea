package registry

import (
	"encoding/csv"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"plumbline/app/record"
	"plumbline/app/sheet"
)

// Fields that are no field of a record but say what to do with a column.
const (
	ordinal     = "-"        // running number or column of ours: left out, for it changes with every export
	partAddress = "address/" // followed by street, city, state, zip …: put together into the address
	validity    = "valid"    // both ends of the certificate's validity in one cell
	contact     = "extra/contact_person"
)

// headings of organizations, normalised (see normal), by field. A heading that
// is not here is kept under its own name or mapped by hand.
var organizationHeadings = index(map[string]string{
	"code": "统一社会信用代码 社会信用代码 统一信用代码 信用代码 统一代码 统一社会信用代码证号 统一社会信用代码号 uscc usci usccode creditcode socialcreditcode unifiedsocialcreditcode unifiedsocialcreditidentifier " +
		"代码 编码 机构代码 组织代码 社会组织代码 单位代码 code orgcode organizationcode organisationcode id orgid " +
		"组织机构代码 组织机构代码证号 baorg " +
		"ein employeridentificationnumber taxid " +
		"regnumber regno registrationnumber registeredcharitynumber charitynumber charityno registeredcharityno registerednumber charityregnumber",
	"scheme":               "代码类型 代码类别 编码类型 scheme codescheme codetype orgidscheme",
	"name":                 "名称 机构名称 组织名称 社会组织名称 单位名称 社团名称 基金会名称 民非名称 社会团体名称 中文名称 机构全称 单位全称 全称 社会服务机构名称 民办非企业单位名称 登记名称 name orgname organizationname organisationname charityname legalname nameoforganization nameoforganisation namechinese chinesename bacn title",
	"name_english":         "英文名称 名称英文 英文名 外文名称 机构英文名称 nameenglish englishname namein english nameen",
	"kind":                 "社会组织类型 社会组织类别 组织类型 组织类别 机构类型 机构类别 单位类型 登记类型 kind orgtype organizationtype organisationtype legalform 类型 类别 type",
	"legal_representative": "法定代表人 法定代表人姓名 法人代表 法人 法定代表 法定代表人负责人 负责人 法人代表姓名 legalrepresentative legalrep representative legalpersonrepresentative",
	"address":              "住所 地址 住址 登记地址 注册地址 单位地址 机构地址 住所地址 办公地址 联系地址 通讯地址 登记住所 注册住所 详细地址 活动地址 地点 address registeredaddress fulladdress officeaddress registeredoffice",
	"phone":                "电话 联系电话 电话号码 联系方式 办公电话 单位电话 座机 固定电话 机构电话 联系人电话 负责人电话 phone telephone tel phonenumber contactnumber contactphone phoneno telephonenumber",
	"supervisor":           "业务主管单位 业务主管部门 主管单位 主管部门 业务指导单位 业务主管 行业主管部门 行业管理部门 supervisor supervisingunit supervisingauthority supervisorunit businesssupervisor professionalsupervisoryunit basup",
	"party_organ":          "党建工作机构 党建领导机关 党建主管单位 党建工作机关 党建领导机构 党建归口单位 党组织隶属 上级党组织 partyorgan partyauthority partybuildingorgan",
	"registrar":            "登记管理机关 登记机关 登记部门 登记单位 发证机关 发证单位 registrar registrationauthority registeringauthority registeredwith bareg",
	"registered_on":        "成立登记日期 成立日期 成立时间 登记日期 登记时间 注册日期 注册时间 批准日期 成立登记时间 准予登记日期 发证日期 registeredon registrationdate dateofregistration registereddate dateregistered incorporationdate foundedon founded bafdt",
	"capital":              "注册资金 注册资本 开办资金 原始基金 原始基金数额 活动资金 注册资金数额 开办资金数额 注册资金数 capital registeredcapital startupfund registeredfunds bafnd",
	"scope":                "业务范围 宗旨和业务范围 经营范围 活动范围 宗旨与业务范围 业务范围和宗旨 业务活动范围 scope businessscope activities scopeofbusiness purpose",
	"region":               "行政区划代码 区划代码 行政区划编码 区划码 行政区划码 地区代码 行政区代码 region regioncode administrativecode divisioncode",
	"district":             "行政区划 区县 县区 所在区 所属区 所属区县 所在区县 区域 辖区 所属地区 所在地区 县市区 区市县 所属辖区 地区 district borough localauthority county",
	"status":               "状态 登记状态 机构状态 组织状态 单位状态 存续状态 社会组织状态 运行状态 status registrationstatus orgstatus charitystatus",
	"fundraising":          "公开募捐资格 公募资格 是否具有公开募捐资格 具有公开募捐资格 是否公募 是否具备公开募捐资格 有公开募捐资格 公开募捐 基金会类型 公募类型 fundraising publicfundraising publicfundraisingqualification banr bantr",
	"fictional":            "虚构 是否虚构 虚构数据 示例数据 样例 fictional sample sampledata",

	partAddress + "province": "省 省份 所在省 province",
	partAddress + "cn_city":  "市 城市 所在市",
	partAddress + "city":     "city town cityname mailingcity",
	partAddress + "street":   "街道地址 门牌地址 街道门牌 street streetaddress address1 addressline1 mailingstreet add1",
	partAddress + "line2":    "address2 addressline2 add2",
	partAddress + "line3":    "address3 addressline3 add3",
	partAddress + "state":    "state statecode mailingstate stateprovince",
	partAddress + "zip":      "zip zipcode postcode postalcode 邮编 邮政编码 bazip",

	contact: "联系人 联系人姓名 contact contactperson contactname ico incareof incareofname careof",
	ordinal: "序号 序 顺序号 行号 no number seq serial serialno sn index rownumber rowno row ordinal 编号序号",

	"facts/is_charity":               "慈善组织 是否慈善组织 认定为慈善组织 是否认定慈善组织 慈善组织认定",
	"facts/is_charity_or_foundation": "慈善组织或基金会 是否慈善组织或基金会",
	"facts/is_trade_association":     "行业协会商会 是否行业协会商会 行业协会 是否行业协会",
	"facts/does_public_fundraising":  "开展公开募捐 是否开展公开募捐",
	"facts/receives_donations":       "接受捐赠 是否接受捐赠 接收捐赠",
	"facts/serves_minors":            "服务未成年人 是否服务未成年人 服务对象含未成年人 未成年人服务",
	"facts/uses_volunteers":          "使用志愿者 招募志愿者 是否使用志愿者 有志愿者",
	"facts/has_canteen":              "设有食堂 食堂 是否有食堂 有食堂",
	"facts/has_care_service":         "提供照护服务 照护服务 养老托育服务 是否提供照护服务",
	"facts/has_entities":             "举办实体 办有实体 有举办实体 是否举办经济实体",
	"facts/has_government_money":     "使用财政资金 承接政府购买服务 政府资金 是否使用财政资金",
	"facts/has_hazard":               "有重大危险源 存在安全隐患 危险源",
	"facts/has_licensed_service":     "从事许可业务 许可业务 需行政许可业务 是否从事许可业务",
	"facts/has_special_funds":        "设有专项基金 专项基金 是否设立专项基金",
	"facts/has_vehicles":             "有车辆 自有车辆 车辆 是否有车辆",
	"facts/had_emergency_campaign":   "开展过应急募捐 应急募捐 突发事件募捐",
	"facts/had_money_finding":        "曾有资金问题 以前检查有资金问题",
	"facts/is_change":                "变更登记 本次为变更登记",
	"facts/is_deregistration":        "注销登记 本次为注销登记",
	"facts/was_extended":             "曾延期 整改曾延期",
	"facts/was_interviewed":          "曾约谈 曾被约谈",
})

var inspectorHeadings = index(map[string]string{
	"certificate": "执法证号 执法证件号 执法证件编号 执法证编号 证件编号 证件号 证号 证件号码 执法证件号码 行政执法证号 行政执法证件号 行政执法证编号 检查证号 编号 certificate certificateno certificatenumber certno badge badgeno badgenumber licenceno licensenumber",
	"name":        "姓名 检查人员 检查人员姓名 执法人员 执法人员姓名 人员姓名 名字 name fullname inspector inspectorname",
	"unit":        "单位 所属单位 工作单位 部门 所在单位 执法单位 所在部门 所属部门 执法主体 所属机构 unit department organization organisation office authority",
	"phone":       "电话 联系电话 手机 手机号 手机号码 电话号码 联系方式 办公电话 phone telephone tel mobile phonenumber mobilenumber",
	"valid_from":  "有效期起 有效期自 起始日期 有效期开始 生效日期 发证日期 证件有效期起 有效期起始 有效起始日期 颁发日期 开始日期 validfrom from startdate issuedon issuedate dateofissue",
	"valid_to":    "有效期至 有效期止 截止日期 有效期截止 失效日期 到期日期 证件有效期至 证件有效期止 有效期结束 有效截止日期 有效日期至 到期日 validto validuntil until expires expiry expirydate expirationdate expireson enddate",
	validity:      "有效期 有效期限 证件有效期 证件有效期限 有效期间 validity validityperiod period",
	"fictional":   "虚构 是否虚构 虚构数据 示例数据 样例 fictional sample sampledata",
	ordinal:       "序号 序 顺序号 行号 no number seq serial serialno sn index rownumber rowno row ordinal",
})

// Headings that many registers use for something else too: they are taken for
// the field only when their cells hold values of it.
var weakHeadings = map[string]bool{"类型": true, "类别": true, "type": true}

func index(byField map[string]string) map[string]string {
	out := map[string]string{}
	for field, words := range byField {
		for _, w := range strings.Fields(words) {
			out[w] = field
		}
		if f := strings.TrimPrefix(field, "facts/"); field != ordinal && !strings.HasPrefix(field, partAddress) {
			out[normal(f)] = field
		}
	}
	return out
}

// normal makes headings comparable: width folded, lower case, only letters and
// digits left.
func normal(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKC.String(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// Remarks in brackets that leave a heading's meaning as it was. Any other
// remark changes it: 法定代表人（身份证号） is no name.
var remarks = map[string]bool{"必填": true, "选填": true, "必填项": true, "必录": true, "可选": true, "全称": true, "盖章": true,
	"18位": true, "十八位": true, "文本": true, "文本格式": true, "元": true, "万元": true, "人民币元": true, "人民币万元": true, "亿元": true, "单位元": true, "单位万元": true,
	"负责人": true, "或负责人": true, "required": true, "optional": true, "text": true, "yyyymmdd": true, "年月日": true, "格式yyyymmdd": true, "是否": true, "是否填是否": true, "是否任选": true}

// bracketed splits "注册资金（万元）" into the heading and its remark.
func bracketed(h string) (head, remark string) {
	h = strings.TrimSpace(strings.NewReplacer("（", "(", "）", ")", "【", "(", "】", ")", "[", "(", "]", ")").Replace(h))
	open := strings.IndexByte(h, '(')
	if open <= 0 || !strings.HasSuffix(h, ")") {
		return h, ""
	}
	return h[:open], h[open+1 : len(h)-1]
}

// unitOf gives the money unit a heading carries, such as 万元.
func unitOf(h string) string {
	_, remark := bracketed(h)
	switch n := strings.TrimPrefix(strings.TrimPrefix(normal(remark), "单位"), "人民币"); n {
	case "元", "万元", "亿元":
		return n
	}
	return ""
}

// recognise finds the field a heading names, "" if none.
func recognise(words map[string]string, heading string) string {
	if strings.TrimSpace(heading) == "" {
		return ""
	}
	if strings.Contains(heading, "plumbline_") {
		return ordinal // a column this package wrote into a rejects file
	}
	if len(heading) > 400 {
		return "" // a text, no heading
	}
	n := normal(heading)
	if f := words[n]; f != "" {
		return f
	}
	if f := factHeading(heading); f != "" && words["code"] != "" {
		return f
	}
	if head, remark := bracketed(heading); remark != "" && remarks[normal(remark)] {
		if f := words[normal(head)]; f != "" {
			return f
		}
	}
	// "机构名称 Name", "虚构/fictional": both halves must not disagree.
	var han, latin strings.Builder
	for _, r := range norm.NFKC.String(heading) {
		switch {
		case unicode.Is(unicode.Han, r):
			han.WriteRune(r)
		case unicode.IsLetter(r):
			latin.WriteRune(unicode.ToLower(r))
		case unicode.IsDigit(r):
			return ""
		}
	}
	if han.Len() == 0 || latin.Len() == 0 {
		return ""
	}
	// The Chinese half decides: 机构ID is not the code that "id" would be.
	a, b := words[han.String()], words[latin.String()]
	if b == "" || a == b {
		return a
	}
	return ""
}

// factHeading tells whether a heading is the name of a fact, such as
// serves_minors or facts/serves_minors.
func factHeading(h string) string {
	h = strings.ToLower(strings.TrimSpace(h))
	name, said := strings.CutPrefix(h, "facts/")
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return ""
	}
	if said && name != "" {
		return h
	}
	for _, p := range []string{"is_", "has_", "does_", "serves_", "uses_", "receives_", "was_", "had_"} {
		if strings.HasPrefix(name, p) && len(name) > len(p) {
			return "facts/" + name
		}
	}
	return ""
}

// Columns says by hand which column a field is read from: field -> headings,
// column letters or numbers from 1. Several columns make one address. The
// reference "-" leaves a field unread.
type Columns map[string][]string

// ParseColumns reads "name=机构名称,code=C". A field may come twice:
// "address=Street,address=City". A part that holds a comma goes in quotes.
func ParseColumns(s string) (Columns, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	r := csv.NewReader(strings.NewReader(s))
	r.TrimLeadingSpace = true
	parts, err := r.Read()
	if err != nil {
		return nil, &record.Error{Code: record.Invalid, Message: "registry.columns_syntax", Field: "columns", Args: map[string]any{"part": s}, Err: err}
	}
	c := Columns{}
	for _, p := range parts {
		field, ref, ok := strings.Cut(p, "=")
		field, ref = strings.TrimSpace(field), strings.TrimSpace(ref)
		if !ok || field == "" || ref == "" {
			return nil, &record.Error{Code: record.Invalid, Message: "registry.columns_syntax", Field: "columns", Args: map[string]any{"part": p}}
		}
		c[field] = append(c[field], ref)
	}
	return c, nil
}

// ColumnUse says what one column of the file was taken for.
type ColumnUse struct {
	Letter  string `json:"letter"`
	Heading string `json:"heading"`
	Field   string `json:"field"`          // path, "-" left out on purpose, "" not known
	Unit    string `json:"unit,omitempty"` // money unit taken from the heading
	ByHand  bool   `json:"by_hand,omitempty"`
}

// register tells organizations and inspectors apart where reading them differs.
type register struct {
	headings map[string]string
	fields   []string // that may be mapped by hand
	required []string
}

var (
	organizations = register{organizationHeadings, []string{"scheme", "code", "name", "name_english", "kind", "legal_representative", "address", "phone", "supervisor",
		"party_organ", "registrar", "registered_on", "capital", "scope", "region", "district", "status", "fundraising", "fictional"}, []string{"code", "name"}}
	inspectors = register{inspectorHeadings, []string{"certificate", "name", "unit", "phone", "valid_from", "valid_to", "valid", "fictional"}, []string{"certificate", "name"}}
)

func (r register) knows(field string) bool {
	if strings.HasPrefix(field, "facts/") || strings.HasPrefix(field, "extra/") {
		return r.headings["code"] != "" && !strings.HasSuffix(field, "/")
	}
	for _, f := range r.fields {
		if f == field {
			return true
		}
	}
	return false
}

// header is what the top of a file told.
type header struct {
	rows int // rows above the first data row, titles included
	use  []ColumnUse
}

// readHeader finds the header among the first rows. given is how many rows
// stand above the data by hand, 0 for find out, -1 for none.
func (reg register) readHeader(f *File, top [][]string, given int, byHand Columns) (header, error) {
	var h header
	var names [][]string
	switch {
	case given < 0:
	case given > 0:
		h.rows = min(given, len(top))
		first := max(0, h.rows-2)
		if h.rows > 1 && reg.score(top[first]) == 0 {
			first++ // a title
		}
		names = top[first:h.rows]
	default:
		h.rows, names = reg.findHeader(top, byHand)
	}
	width := 0
	for _, r := range names {
		width = max(width, len(r))
	}
	width = dataWidth(width, top[h.rows:])
	h.use = reg.name(names, width)
	if err := reg.byHand(f, h.use, names, byHand); err != nil {
		return h, err
	}
	for _, field := range reg.required {
		if find(h.use, field) < 0 {
			var seen []string
			for _, u := range h.use {
				if u.Heading != "" {
					seen = append(seen, u.Heading)
				}
			}
			if len(seen) > 30 {
				seen = append(seen[:30], "…")
			}
			e := f.fault("registry.column_missing", map[string]any{"field": field, "headings": strings.Join(seen, ", ")})
			e.Field = "columns"
			return h, e
		}
	}
	return h, nil
}

// dataWidth gives the number of columns: that of the header, or more where
// most rows have cells beyond it and the heading is what is missing.
func dataWidth(width int, data [][]string) int {
	byWidth := map[int]int{}
	for _, r := range data {
		for w := len(r); w > width; w-- {
			if r[w-1] != "" {
				byWidth[w]++
			}
		}
	}
	for w, n := range byWidth {
		if n*2 > len(data) {
			width = max(width, w)
		}
	}
	return width
}

// score counts the different fields a row of headings names.
func (reg register) score(row []string) int {
	seen := map[string]bool{}
	for _, c := range row {
		if f := recognise(reg.headings, c); f != "" && f != ordinal {
			seen[f] = true
		}
	}
	return len(seen)
}

// findHeader looks for the header among the first ten rows: the row that names
// most fields, and a second one below it if that holds codes or more headings.
func (reg register) findHeader(top [][]string, byHand Columns) (rows int, names [][]string) {
	best, score := -1, 0
	for i, r := range top[:min(len(top), 10)] {
		s := reg.score(r)
		for _, refs := range byHand {
			for _, ref := range refs {
				if indexHeading([][]string{r}, ref) >= 0 {
					s += 2
				}
			}
		}
		if s > score {
			best, score = i, s
		}
	}
	if best < 0 {
		// No heading is known: the first row with cells in it must be the header.
		for i, r := range top {
			if !(rawRow{cells: r}).blank() {
				return i + 1, top[i : i+1]
			}
		}
		return 0, nil
	}
	if best+1 < len(top) && reg.second(top[best], top[best+1]) != single {
		return best + 2, top[best : best+2]
	}
	return best + 1, top[best : best+1]
}

// What the row below the header is.
const (
	single = iota // data: there is one header row
	same          // the same headings again, as codes or in another language
	split         // sub-headings of merged headings
)

func (reg register) second(first, below []string) int {
	filled, codes := 0, 0
	seen := map[string]bool{}
	under, heads := false, false // something stands under the code or the name; there are such
	for i, c := range below {
		c = strings.TrimSpace(c)
		if c == "" {
			continue
		}
		filled++
		if codeName(c) && !seen[c] {
			codes++
		}
		seen[c] = true
		under = under || i < len(first) && reg.requires(recognise(reg.headings, first[i]))
	}
	for _, c := range first {
		heads = heads || reg.requires(recognise(reg.headings, c))
	}
	known := reg.score(below)
	switch {
	case filled >= 3 && codes == filled && filled*5 >= len(first)*4 && hasHan(first):
		return same // ricf_oid, ba_cn …: the names programs use, under the Chinese ones
	case known >= 2 && known*2 >= filled && under:
		return same
	case heads && !under && known >= 1 && known*2 >= filled:
		return split
	}
	return single
}

func (reg register) requires(field string) bool {
	for _, f := range reg.required {
		if f == field {
			return true
		}
	}
	return false
}

func hasHan(cells []string) bool {
	for _, c := range cells {
		for _, r := range c {
			if unicode.Is(unicode.Han, r) {
				return true
			}
		}
	}
	return false
}

// codeName tells names that programs give, such as ba_cn, from data.
func codeName(s string) bool {
	return s != "" && len(s) <= 40 && s[0] >= 'a' && s[0] <= 'z' &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") == ""
}

// rank orders headings that name the same field: a register with both an EIN
// and an ID means the EIN, one with both codes the unified one.
func rank(heading string) int {
	switch normal(heading) {
	case "id", "orgid", "code", "编码", "编号", "代码", "title", "orgcode", "organizationcode", "organisationcode", "单位代码", "地区", "区域":
		return 1
	case "组织机构代码", "组织机构代码证号", "负责人", "法人", "联系地址", "通讯地址", "办公地址", "活动地址", "地点", "联系人电话", "发证日期":
		return 2
	}
	return 3
}

// name gives each column its heading and the field that heading names. Of
// several columns for one field the best has it; the others keep their own names.
func (reg register) name(names [][]string, width int) []ColumnUse {
	use := make([]ColumnUse, width)
	below := single
	if len(names) == 2 {
		below = reg.second(names[0], names[1])
	}
	headings, best := map[string]bool{strings.TrimPrefix(contact, "extra/"): true}, map[string]int{}
	ranks := make([]int, width)
	for i := range use {
		u := &use[i]
		u.Letter = sheet.ColumnName(i)
		for _, row := range names {
			if i >= len(row) {
				continue
			}
			cell := strings.Join(strings.Fields(row[i]), " ")
			if cell == "" {
				continue
			}
			if below == split && u.Heading != "" {
				*u = ColumnUse{Letter: u.Letter} // below a merged heading the lower one says what the column is
			}
			if u.Heading == "" {
				u.Heading = cell
			}
			if u.Field == "" {
				if u.Field = recognise(reg.headings, cell); u.Field != "" {
					u.Unit, ranks[i] = unitOf(cell), rank(cell)
				}
			}
		}
		if u.Heading == "" {
			u.Heading = u.Letter
		}
		u.Heading = clip(u.Heading)
		for headings[u.Heading] {
			u.Heading += " (" + u.Letter + ")" // two columns of one name must not overwrite each other
		}
		headings[u.Heading] = true
		if b, ok := best[u.Field]; !ok || ranks[i] > ranks[b] {
			best[u.Field] = i
		}
	}
	for i := range use {
		if f := use[i].Field; f != ordinal && best[f] != i {
			use[i].Field = ""
		}
	}
	return use
}

// clip keeps headings to a length that can be shown and stored as a name.
func clip(s string) string {
	n := 0
	for i := range s {
		if n++; n > 100 {
			return s[:i] + "…"
		}
	}
	return s
}

// byHand writes the mapping that somebody gave over the one that was found.
func (reg register) byHand(f *File, use []ColumnUse, names [][]string, c Columns) error {
	fields := make([]string, 0, len(c))
	for field := range c {
		fields = append(fields, field)
	}
	sort.Strings(fields)
	for _, field := range fields {
		if !reg.knows(field) {
			return &record.Error{Code: record.Invalid, Message: "registry.columns_field", Field: "columns",
				Args: map[string]any{"field": field, "fields": strings.Join(reg.fields, ", ")}}
		}
		for i := range use {
			if use[i].Field == field || field == "address" && strings.HasPrefix(use[i].Field, partAddress) {
				use[i].Field = ""
			}
		}
	}
	for _, field := range fields {
		refs := c[field]
		if len(refs) == 1 && refs[0] == "-" {
			continue
		}
		if len(refs) > 1 && field != "address" {
			return &record.Error{Code: record.Invalid, Message: "registry.columns_twice", Field: "columns", Args: map[string]any{"field": field}}
		}
		for n, ref := range refs {
			i := indexHeading(names, ref)
			if i < 0 {
				i = columnIndex(ref)
			}
			if i < 0 || i >= len(use) {
				var seen []string
				for _, u := range use {
					seen = append(seen, u.Heading)
				}
				return &record.Error{Code: record.Invalid, Message: "registry.columns_unknown", Field: "columns",
					Args: map[string]any{"column": ref, "headings": strings.Join(seen, ", ")}}
			}
			if use[i].ByHand {
				return &record.Error{Code: record.Invalid, Message: "registry.columns_twice", Field: "columns", Args: map[string]any{"field": ref}}
			}
			use[i].Field, use[i].ByHand = field, true
			if len(refs) > 1 {
				use[i].Field = partAddress + strconv.Itoa(n)
			}
		}
	}
	return nil
}

// indexHeading finds the column whose heading is ref, written alike or nearly.
func indexHeading(names [][]string, ref string) int {
	for _, row := range names {
		for i, c := range row {
			if strings.TrimSpace(c) == ref {
				return i
			}
		}
	}
	for _, row := range names {
		for i, c := range row {
			if n := normal(c); n != "" && n == normal(ref) {
				return i
			}
		}
	}
	return -1
}

// columnIndex reads a column letter or a number from 1.
func columnIndex(ref string) int {
	if n, err := strconv.Atoi(ref); err == nil {
		return n - 1
	}
	up := strings.ToUpper(ref)
	if len(up) > 3 || strings.Trim(up, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return -1
	}
	return sheet.ColumnOf(up)
}

func find(use []ColumnUse, field string) int {
	for i, u := range use {
		if u.Field == field {
			return i
		}
	}
	return -1
}
