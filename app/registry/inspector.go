package registry

import (
	"strings"

	"plumbline/app/record"
)

// inspectorOf makes an inspector of a row. A validity that cannot be read is a
// ground for rejection: left empty it would mean a certificate without end.
func inspectorOf(p *plan, cells []string, warn warner) (who record.Inspector, identity string, no *reject) {
	for i := range p.columns {
		c := &p.columns[i]
		if c.index >= len(cells) {
			continue
		}
		v := strings.TrimSpace(cells[c.index])
		if v == "" {
			continue
		}
		if v[0] == '#' && cellError(v) {
			return who, "", &reject{c.field, "registry.cell_error", map[string]any{"field": c.field, "value": v}}
		}
		ok := true
		switch c.field {
		case "certificate":
			who.Certificate = tidyCode("certificate", v)
		case "name":
			who.Name = v
		case "unit":
			who.Unit = v
		case "phone":
			who.Phone = v
		case "valid_from":
			who.ValidFrom, ok = readDate(v)
		case "valid_to":
			if !isOpenEnd(v) {
				who.ValidTo, ok = readDate(v)
			}
		case validity:
			who.ValidFrom, who.ValidTo, ok = readValidity(v)
		case "fictional":
			if who.Fictional, ok = readYesNo(v); !ok {
				warn(c.field, "registry.yes_no_unknown", map[string]any{"field": c.heading, "value": v})
				ok = true
			}
		}
		if !ok {
			return who, "", &reject{c.field, "registry.validity_unknown", map[string]any{"value": v}}
		}
	}
	mantissa, exp, number := scientific(who.Certificate)
	switch {
	case who.Certificate == "":
		return who, "", &reject{"certificate", "registry.certificate_missing", nil}
	case number && len(strings.Replace(mantissa, ".", "", 1)) != exp+1:
		return who, "", &reject{"certificate", "registry.code_scientific", map[string]any{"value": who.Certificate}}
	case len(who.Certificate) > 64 || strings.ContainsAny(who.Certificate, "\n\r\t\x00\ufffd"):
		return who, "", &reject{"certificate", "registry.code_malformed", map[string]any{"value": who.Certificate}}
	case who.Name == "":
		return who, "", &reject{"name", "registry.name_missing", nil}
	case strings.ContainsAny(who.Name, "\x00\ufffd"):
		return who, "", &reject{"name", "registry.name_malformed", nil}
	}
	for _, d := range []string{who.ValidFrom, who.ValidTo} {
		if d != "" && len(d) != len("2006-01-02") {
			return who, "", &reject{"valid_to", "registry.validity_unknown", map[string]any{"value": d}}
		}
	}
	if who.ValidFrom != "" && who.ValidTo != "" && who.ValidTo < who.ValidFrom {
		return who, "", &reject{"valid_to", "registry.validity_backwards", map[string]any{"from": who.ValidFrom, "to": who.ValidTo}}
	}
	if number {
		who.Certificate = strings.Replace(mantissa, ".", "", 1)
	}
	who.ID = record.InspectorID(who.Certificate)
	return who, string(who.ID), nil
}

// InspectorValues gives what a create entry for p says: path -> value. Keys
// come from enrolment, never from a register.
func InspectorValues(p record.Inspector) map[string]any {
	v := map[string]any{}
	for path, s := range map[string]string{"certificate": p.Certificate, "name": p.Name, "unit": p.Unit,
		"phone": p.Phone, "valid_from": p.ValidFrom, "valid_to": p.ValidTo} {
		if s != "" {
			v[path] = s
		}
	}
	if p.Fictional {
		v["fictional"] = true
	}
	return v
}

// InspectorDiff gives the paths whose values differ, as Diff does.
func InspectorDiff(old, new record.Inspector, mapped ...string) map[string]any {
	was, is := InspectorValues(old), InspectorValues(new)
	delete(was, "certificate")
	delete(is, "certificate")
	var fields []string
	for _, m := range mapped {
		switch m {
		case "certificate":
		case validity: // one column for both ends
			fields = append(fields, "valid_from", "valid_to")
		default:
			fields = append(fields, m)
		}
	}
	return differ(was, is, fields)
}
