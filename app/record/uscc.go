package record

import "strings"

// The character set of the unified social credit code leaves out I O S V Z.
const usccSet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// USCCProblem says what is wrong with a unified social credit code by GB
// 32100-2015 and GB 11714, as a message key, "" when nothing is. It is a
// warning, never a ground for refusal: codes that fail the check digit are in
// lawful use.
func USCCProblem(code string) string {
	if len(code) != 18 {
		return "code.length"
	}
	for i := range 18 {
		if strings.IndexByte(usccSet, code[i]) < 0 {
			return "code.character"
		}
	}
	if CheckDigit(code[:17]) != code[17] {
		return "code.check_digit"
	}
	if bodyCheck(code[8:16]) != code[16] {
		return "code.body_check_digit"
	}
	return ""
}

// CheckDigit computes the 18th character for the first 17; 0 when one of them
// is outside the character set.
func CheckDigit(first17 string) byte {
	if len(first17) != 17 {
		return 0
	}
	sum, weight := 0, 1
	for i := range 17 {
		v := strings.IndexByte(usccSet, first17[i])
		if v < 0 {
			return 0
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return usccSet[(31-sum%31)%31]
}

// bodyCheck computes the check character of the nine-character body code from
// its first eight (GB 11714).
func bodyCheck(first8 string) byte {
	weights := [8]int{3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i := range 8 {
		c := first8[i]
		v := int(c - '0')
		if c >= 'A' {
			v = int(c-'A') + 10
		}
		sum += v * weights[i]
	}
	switch r := 11 - sum%11; r {
	case 10:
		return 'X'
	case 11:
		return '0'
	default:
		return byte('0' + r)
	}
}

// NewUSCC makes a well-formed code for the parts, for sample data: two digits
// of kind ("51"), the registrar's six-digit region and eight characters.
func NewUSCC(kind, region, body8 string) string {
	first := kind + region + body8 + string(bodyCheck(body8))
	return first + string(CheckDigit(first))
}

// KindOfUSCC tells the legal form that a civil-affairs code names.
func KindOfUSCC(code string) OrganizationKind {
	if len(code) < 2 {
		return OtherOrganization
	}
	switch code[:2] {
	case "51":
		return SocialGroup
	case "52":
		return ServiceOrganization
	case "53":
		return Foundation
	}
	return OtherOrganization
}

// Level is the level of the registering authority.
type Level string

const (
	Ministry Level = "ministry"
	Province Level = "province"
	City     Level = "city"
	County   Level = "county"
)

// LevelOfRegion tells the level a GB/T 2260 code names.
func LevelOfRegion(region string) Level {
	switch {
	case region == "100000":
		return Ministry
	case len(region) == 6 && region[2:] == "0000":
		return Province
	case len(region) == 6 && region[4:] == "00":
		return City
	}
	return County
}
