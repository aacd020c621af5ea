package registry

import (
	"strings"

	"plumbline/app/record"
)

// setter is what to do with the cell of a column. A number, because this is
// asked for every cell of a register.
type setter int

const (
	setCode setter = iota + 1
	setScheme
	setKind
	setDate
	setCapital
	setYesNo
	setExtra
	setContact
	setText
)

var textFields = map[string]func(*record.Organization) *string{
	"name":                 func(o *record.Organization) *string { return &o.Name },
	"name_english":         func(o *record.Organization) *string { return &o.NameEnglish },
	"legal_representative": func(o *record.Organization) *string { return &o.LegalRepresentative },
	"address":              func(o *record.Organization) *string { return &o.Address },
	"phone":                func(o *record.Organization) *string { return &o.Phone },
	"supervisor":           func(o *record.Organization) *string { return &o.Supervisor },
	"party_organ":          func(o *record.Organization) *string { return &o.PartyOrgan },
	"registrar":            func(o *record.Organization) *string { return &o.Registrar },
	"registered_on":        func(o *record.Organization) *string { return &o.RegisteredOn },
	"capital":              func(o *record.Organization) *string { return &o.Capital },
	"scope":                func(o *record.Organization) *string { return &o.Scope },
	"region":               func(o *record.Organization) *string { return &o.Region },
	"district":             func(o *record.Organization) *string { return &o.District },
	"status":               func(o *record.Organization) *string { return &o.Status },
}

func setterOf(field string) setter {
	switch field {
	case "code":
		return setCode
	case "scheme":
		return setScheme
	case "kind":
		return setKind
	case "registered_on":
		return setDate
	case "capital":
		return setCapital
	case "fundraising", "fictional":
		return setYesNo
	case contact:
		return setContact
	}
	switch {
	case strings.HasPrefix(field, "facts/"):
		return setYesNo
	case strings.HasPrefix(field, "extra/"):
		return setExtra
	}
	return setText
}

// keep holds a cell that has no field of its own.
func keep(o *record.Organization, p *plan, heading, v string) {
	if o.Extra == nil {
		o.Extra = make(map[string]string, max(p.extras, 1))
	}
	o.Extra[heading] = v
}

// organizationOf makes an organization of a row.
func organizationOf(p *plan, cells []string, warn warner) (o record.Organization, identity string, no *reject) {
	o.Scheme = p.scheme
	code := ""
	for i := range p.columns {
		c := &p.columns[i]
		if c.index >= len(cells) {
			continue
		}
		v := strings.TrimSpace(cells[c.index])
		if v == "" {
			continue
		}
		if v[0] == '#' && cellError(v) && c.set != setExtra {
			args := map[string]any{"field": c.field, "value": v}
			if c.field == "code" || c.field == "name" {
				return o, "", &reject{c.field, "registry.cell_error", args}
			}
			warn(c.field, "registry.cell_error", args)
		}
		switch c.set {
		case setCode:
			code = v
		case setScheme:
			o.Scheme = strings.ToLower(v)
		case setKind:
			if o.Kind = kindOf(v); o.Kind == "" {
				warn("kind", "registry.kind_unknown", map[string]any{"value": v})
				keep(&o, p, c.heading, v)
			}
		case setDate:
			if d, ok := readDate(v); ok {
				o.RegisteredOn = d
			} else {
				warn("registered_on", "registry.date_unknown", map[string]any{"value": v})
				keep(&o, p, c.heading, v)
			}
		case setCapital:
			o.Capital = v
			if c.unit != "" && strings.Trim(v, "0123456789.,") == "" {
				o.Capital = v + c.unit // the heading had the unit: 注册资金（万元）
			}
		case setYesNo:
			yes, ok := readYesNo(v)
			if !ok {
				warn(c.field, "registry.yes_no_unknown", map[string]any{"field": c.heading, "value": v})
				keep(&o, p, c.heading, v)
				continue
			}
			switch c.field {
			case "fundraising":
				o.Fundraising = yes
			case "fictional":
				o.Fictional = yes
			default:
				if o.Facts == nil {
					o.Facts = map[string]bool{}
				}
				o.Facts[c.field[len("facts/"):]] = yes
			}
		case setContact:
			// The IRS writes "% NAME" for "in care of".
			keep(&o, p, "contact_person", strings.TrimSpace(strings.TrimPrefix(v, "%")))
		case setExtra:
			keep(&o, p, c.field[len("extra/"):], v)
		default:
			*c.text(&o) = v
		}
	}
	var key string
	if o.Code, key = readCode(o.Scheme, code, warn); key != "" {
		return o, "", &reject{"code", key, map[string]any{"value": code}}
	}
	if o.Name == "" {
		return o, "", &reject{"name", "registry.name_missing", nil}
	}
	if strings.ContainsAny(o.Name, "\x00\ufffd") {
		return o, "", &reject{"name", "registry.name_malformed", nil}
	}
	if len(p.address) > 0 {
		readAddress(p, cells, &o)
	}
	settleKind(&o, warn)
	if o.Region == "" && o.Scheme == record.SchemeUSCC && len(o.Code) == 18 && isDigits(o.Code[2:8]) {
		o.Region = o.Code[2:8] // of the authority that registered it
	}
	o.ID = record.OrganizationID(o.Scheme, o.Code)
	return o, string(o.ID), nil
}

// cellError tells the marks a spreadsheet leaves where a formula failed.
func cellError(v string) bool {
	switch v {
	case "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!":
		return true
	}
	return false
}

// readAddress puts an address together: "910 17TH ST NW, WASHINGTON, DC
// 20006-2619", or 广东省广州市越秀区… without anything between.
func readAddress(p *plan, cells []string, o *record.Organization) {
	var b strings.Builder
	for _, c := range p.address {
		if c.index >= len(cells) {
			continue
		}
		v := strings.TrimSpace(cells[c.index])
		if v == "" {
			continue
		}
		if c.field == partAddress+"state" {
			o.Region = v
		}
		switch {
		case b.Len() == 0:
		case hasHan([]string{v}):
			if strings.HasPrefix(v, b.String()) {
				b.Reset() // the street has province and city already
			}
		case c.field == partAddress+"zip":
			b.WriteByte(' ')
		default:
			b.WriteString(", ")
		}
		b.WriteString(v)
	}
	o.Address = b.String()
}

func addressOrder(field string) int {
	order := []string{"province", "cn_city", "street", "line2", "line3", "city", "state", "zip"}
	for i, f := range order {
		if field == partAddress+f {
			return i
		}
	}
	return 0 // parts given by hand keep their order
}

// kindOf reads the legal form, "" if the word names none.
func kindOf(s string) record.OrganizationKind {
	switch n := normal(s); n {
	case "社会团体", "社团", "团体", "社会团体法人", "socialgroup", "socialorganization", "association", "行业协会商会", "行业协会", "商会", "51":
		return record.SocialGroup
	case "民办非企业单位", "社会服务机构", "民非", "民办非企业", "民非企业", "民办非企业单位法人", "社会服务机构法人", "民办非企业单位社会服务机构", "社会服务机构民办非企业单位", "serviceorg", "serviceorganization", "privatenonenterpriseunit", "52":
		return record.ServiceOrganization
	case "基金会", "基金会法人", "公募基金会", "非公募基金会", "foundation", "53":
		return record.Foundation
	case "charity", "慈善机构", "publiccharity", "registeredcharity":
		return record.Charity
	case "其他", "其它", "other":
		return record.OtherOrganization
	}
	return ""
}

func anyKind(cells []string) bool {
	for _, c := range cells {
		if kindOf(c) != "" {
			return true
		}
	}
	return false
}

// settleKind fills in the legal form where the register does not say it, from
// the code, else the scheme, else the name, and warns where two disagree.
func settleKind(o *record.Organization, warn warner) {
	var coded record.OrganizationKind
	switch {
	case o.Scheme == record.SchemeUSCC && len(o.Code) == 18:
		coded = record.KindOfUSCC(o.Code)
	case o.Scheme == record.SchemeEIN || o.Scheme == record.SchemeUK:
		coded = record.Charity
	}
	switch {
	case o.Kind == "" && coded != "" && coded != record.OtherOrganization:
		o.Kind = coded
	case o.Kind == "" && strings.HasSuffix(o.Name, "基金会"):
		o.Kind = record.Foundation
	case o.Kind == "":
		o.Kind = record.OtherOrganization
	case o.Scheme == record.SchemeUSCC && coded != record.OtherOrganization && coded != "" && coded != o.Kind:
		warn("kind", "registry.kind_differs", map[string]any{"kind": string(o.Kind), "code": o.Code})
	}
}

// Values gives what a create entry for o says: path -> value of everything
// that is known. Paths are the JSON names of record.Organization, and below
// them "facts/NAME" and "extra/HEADING" (the heading may hold slashes).
func Values(o record.Organization) map[string]any {
	v := make(map[string]any, 16+len(o.Facts)+len(o.Extra))
	put := func(path, s string) {
		if s != "" {
			v[path] = s
		}
	}
	put("scheme", o.Scheme)
	put("code", o.Code)
	put("kind", string(o.Kind))
	for path, field := range textFields {
		put(path, *field(&o))
	}
	if o.Fundraising {
		v["fundraising"] = true
	}
	if o.Fictional {
		v["fictional"] = true
	}
	for name, yes := range o.Facts {
		v["facts/"+name] = yes
	}
	for heading, s := range o.Extra {
		put("extra/"+heading, s)
	}
	return v
}

// Diff gives the paths whose values in a later reading differ from the
// register's: path -> new value, or nil where a mapped column is empty now.
// mapped are the paths the file has columns for (Row.Fields). What the file
// says nothing about stays: an absent column, an empty cell of a column that
// is no field, a kind or region that was only derived.
func Diff(old, new record.Organization, mapped ...string) map[string]any {
	was, is := Values(old), Values(new)
	delete(was, "scheme")
	delete(is, "scheme")
	delete(was, "code") // scheme and code are the identity
	delete(is, "code")
	has := make(map[string]bool, len(mapped))
	for _, m := range mapped {
		has[m] = true
	}
	for _, derived := range []string{"kind", "region"} {
		if was[derived] != nil && !has[derived] {
			delete(is, derived)
		}
	}
	return differ(was, is, mapped)
}

func differ(was, is map[string]any, mapped []string) map[string]any {
	out := map[string]any{}
	for path, v := range is {
		if was[path] != v {
			out[path] = v
		}
	}
	for _, path := range mapped {
		if _, stays := is[path]; !stays && was[path] != nil && path != "kind" && path != "scheme" && path != "code" {
			out[path] = nil
		}
	}
	return out
}
