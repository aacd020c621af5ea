package record

import (
	"bytes"
	"encoding/json"
	"strings"
)

// OrganizationKind is the legal form of an organization.
type OrganizationKind string

const (
	SocialGroup         OrganizationKind = "social_group" // 社会团体
	ServiceOrganization OrganizationKind = "service_org"  // 社会服务机构（民办非企业单位）
	Foundation          OrganizationKind = "foundation"   // 基金会
	Charity             OrganizationKind = "charity"      // a charity of another country
	OtherOrganization   OrganizationKind = "other"
)

// Text is the key of the word for k. A kind that this program does not know
// reads as another one, and so does none at all: an organization whose create
// entry was refused has no kind.
func (k OrganizationKind) Text() string {
	switch k {
	case SocialGroup, ServiceOrganization, Foundation, Charity:
		return "kind." + string(k)
	}
	return "kind." + string(OtherOrganization)
}

// Code schemes of organizations.
const (
	SchemeUSCC = "uscc" // 统一社会信用代码, GB 32100-2015
	SchemeEIN  = "ein"  // Employer Identification Number, IRS
	SchemeUK   = "uk"   // charity number, England & Wales

	SchemeGB11714 = "gb11714" // 组织机构代码, before the unified code
)

// Organization is one row of the register: what the authority registered.
// Facts hold what decides which items apply (is_charity, serves_minors …);
// Extra keeps columns of the register this version has no field for, under
// their own headings.
type Organization struct {
	ID                  ID                `json:"id"`
	Scheme              string            `json:"scheme"`
	Code                string            `json:"code"`
	Name                string            `json:"name"`
	NameEnglish         string            `json:"name_english,omitempty"`
	Kind                OrganizationKind  `json:"kind"`
	LegalRepresentative string            `json:"legal_representative,omitempty"`
	Address             string            `json:"address,omitempty"`
	Phone               string            `json:"phone,omitempty"`
	Supervisor          string            `json:"supervisor,omitempty"`    // 业务主管单位
	PartyOrgan          string            `json:"party_organ,omitempty"`   // 党建工作机构
	Registrar           string            `json:"registrar,omitempty"`     // 登记管理机关
	RegisteredOn        string            `json:"registered_on,omitempty"` // YYYY-MM-DD as far as known
	Capital             string            `json:"capital,omitempty"`       // as written: "3万元"
	Scope               string            `json:"scope,omitempty"`         // 业务范围
	Region              string            `json:"region,omitempty"`        // GB/T 2260 code, or state for foreign ids
	District            string            `json:"district,omitempty"`      // name of the district
	Status              string            `json:"status,omitempty"`        // as the register has it; "" means active
	Fundraising         bool              `json:"fundraising,omitempty"`   // may raise funds from the public 公开募捐资格
	Facts               map[string]bool   `json:"facts,omitempty"`
	Extra               map[string]string `json:"extra,omitempty"`
	Fictional           bool              `json:"fictional,omitempty"` // sample data, not a real body
}

// NamedByCode is an organization as lists of several name it.
type NamedByCode struct {
	ID   ID     `json:"id"`
	Code string `json:"code"`
	Name string `json:"name"`
}

// OrganizationID gives the identity of the organization with this code, the
// same on every device.
func OrganizationID(scheme, code string) ID {
	return DerivedID(OrganizationType, scheme, strings.ToUpper(strings.TrimSpace(code)))
}

// Fact tells a fact about the organization that decides whether items apply.
// known is false when the register does not say.
func (o Organization) Fact(name string) (value, known bool) {
	switch name {
	case "is_charity_or_foundation":
		if o.Kind == Foundation || o.Kind == Charity {
			return true, true
		}
		return o.Fact("is_charity")
	case "does_public_fundraising":
		if o.Fundraising {
			return true, true
		}
	}
	value, known = o.Facts[name]
	return value, known
}

// Field gives the registered value a match item compares with: "org.name",
// "org.uscc", "org.legal_rep" … ok is false for a field the register lacks.
func (o Organization) Field(name string) (value string, ok bool) {
	switch strings.TrimPrefix(name, "org.") {
	case "name":
		value = o.Name
	case "uscc", "code", "ein":
		value = o.Code
	case "legal_rep", "legal_representative":
		value = o.LegalRepresentative
	case "address":
		value = o.Address
	case "supervisor", "supervising_unit":
		value = o.Supervisor
	case "registered_capital", "capital":
		value = o.Capital
	case "scope", "business_scope":
		value = o.Scope
	case "registered_on":
		value = o.RegisteredOn
	case "phone":
		value = o.Phone
	case "kind":
		value = string(o.Kind)
	default:
		value = o.Extra[strings.TrimPrefix(name, "org.")]
	}
	return value, value != ""
}

// OrganizationOf builds an organization from values at paths: the JSON names
// of the fields, facts/NAME and extra/HEADING. Values of another type are left
// out; they stay in the journal.
func OrganizationOf(values map[string]json.RawMessage) Organization {
	var o Organization
	texts := map[string]*string{
		"scheme": &o.Scheme, "code": &o.Code, "name": &o.Name, "name_english": &o.NameEnglish, "kind": (*string)(&o.Kind),
		"legal_representative": &o.LegalRepresentative, "address": &o.Address, "phone": &o.Phone,
		"supervisor": &o.Supervisor, "party_organ": &o.PartyOrgan, "registrar": &o.Registrar,
		"registered_on": &o.RegisteredOn, "capital": &o.Capital, "scope": &o.Scope, "region": &o.Region,
		"district": &o.District, "status": &o.Status,
	}
	for path, v := range values {
		if string(v) == "null" {
			continue
		}
		if to := texts[path]; to != nil {
			unquote(v, to)
			continue
		}
		switch path {
		case "id":
			unquote(v, (*string)(&o.ID))
		case "fundraising":
			json.Unmarshal(v, &o.Fundraising)
		case "fictional":
			json.Unmarshal(v, &o.Fictional)
		default:
			if name, ok := strings.CutPrefix(path, "facts/"); ok {
				var b bool
				if json.Unmarshal(v, &b) == nil {
					if o.Facts == nil {
						o.Facts = map[string]bool{}
					}
					o.Facts[name] = b
				}
			} else if name, ok := strings.CutPrefix(path, "extra/"); ok {
				var s string
				if unquote(v, &s); s != "" {
					if o.Extra == nil {
						o.Extra = map[string]string{}
					}
					o.Extra[name] = s
				}
			}
		}
	}
	return o
}

// unquote reads a JSON string; most have no escapes and need no parser.
func unquote(v json.RawMessage, to *string) {
	if n := len(v); n >= 2 && v[0] == '"' && bytes.IndexByte(v, '\\') < 0 {
		*to = string(v[1 : n-1])
		return
	}
	json.Unmarshal(v, to)
}
