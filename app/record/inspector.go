package record

import (
	"strings"
	"time"
)

// Inspector is a person whom the authority lets inspect, with the enforcement
// certificate 执法证件 that proves it.
type Inspector struct {
	ID          ID     `json:"id"`
	Certificate string `json:"certificate"` // number, text
	Name        string `json:"name"`
	Unit        string `json:"unit,omitempty"`
	Phone       string `json:"phone,omitempty"`
	ValidFrom   string `json:"valid_from,omitempty"` // YYYY-MM-DD, "" open
	ValidTo     string `json:"valid_to,omitempty"`   // YYYY-MM-DD inclusive, "" open
	// Keys are the public Ed25519 keys (base64) this person signs with, by key id.
	Keys map[string]string `json:"keys,omitempty"`
	// Recusals are the reasons why this person keeps away from an organization
	// (回避), by organization.
	Recusals map[ID]string `json:"recusals,omitempty"`
	// Roles are the duties this person has, or had.
	Roles     map[Role]RoleGrant `json:"roles,omitempty"`
	Fictional bool               `json:"fictional,omitempty"`
}

// InspectorID gives the identity of the holder of a certificate.
func InspectorID(certificate string) ID {
	return DerivedID(PersonType, "certificate", strings.ToUpper(strings.TrimSpace(certificate)))
}

// ValidOn tells whether the certificate is in force on the day.
func (p Inspector) ValidOn(day time.Time) bool {
	d := day.Format(time.DateOnly)
	return (p.ValidFrom == "" || p.ValidFrom <= d) && (p.ValidTo == "" || d <= p.ValidTo)
}

// InspectorOf builds an inspector from the state of the person's record:
// certificate, name, unit, phone, valid_from, valid_to, fictional and the
// public keys at keys/ID and recusals at recusals/ORGANIZATION.
func InspectorOf(id ID, s State) Inspector {
	p := Inspector{
		ID: id, Certificate: s.Text("certificate"), Name: s.Text("name"), Unit: s.Text("unit"), Phone: s.Text("phone"),
		ValidFrom: s.Text("valid_from"), ValidTo: s.Text("valid_to"),
	}
	s.Get("fictional", &p.Fictional)
	for _, path := range s.Paths("keys/") {
		if key := s.Text(path); key != "" {
			if p.Keys == nil {
				p.Keys = map[string]string{}
			}
			p.Keys[strings.TrimPrefix(path, "keys/")] = key
		}
	}
	for _, path := range s.Paths("roles/") {
		var g RoleGrant
		if s.Get(path, &g) {
			if p.Roles == nil {
				p.Roles = map[Role]RoleGrant{}
			}
			p.Roles[Role(strings.TrimPrefix(path, "roles/"))] = g
		}
	}
	for _, path := range s.Paths("recusals/") {
		if reason := s.Text(path); reason != "" {
			if p.Recusals == nil {
				p.Recusals = map[ID]string{}
			}
			p.Recusals[ID(strings.TrimPrefix(path, "recusals/"))] = reason
		}
	}
	return p
}

// Recuse keeps a person away from an organization, with the reason; an empty
// reason takes it back.
func Recuse(person, organization ID, reason string, s State) []Change {
	path := "recusals/" + string(organization)
	if s.Text(path) == reason {
		return nil
	}
	return []Change{s.change(Set, person, map[string]any{path: nilIf(reason == "", reason)})}
}
