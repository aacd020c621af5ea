// Package safetest has a safe for tests.
package safetest

import (
	"bytes"
	"encoding/hex"
	"errors"
)

// Machine is the safe of one machine: what another one keeps it does not have.
type Machine struct {
	Name   string // its kind; "" is "machine"
	Closed error  // what it answers while it is locked

	held map[string][]byte
}

// Kind names it.
func (m *Machine) Kind() string {
	if m.Name == "" {
		return "machine"
	}
	return m.Name
}

// Keep takes a secret in.
func (m *Machine) Keep(secret []byte) ([]byte, error) {
	if m.Closed != nil {
		return nil, m.Closed
	}
	if m.held == nil {
		m.held = map[string][]byte{}
	}
	ref := hex.AppendEncode(nil, secret[:4])
	m.held[string(ref)] = bytes.Clone(secret)
	return ref, nil
}

// Fetch gives a secret back, whatever kind it was kept under.
func (m *Machine) Fetch(_ string, ref []byte) ([]byte, error) {
	if m.Closed != nil {
		return nil, m.Closed
	}
	if s, ok := m.held[string(ref)]; ok {
		return s, nil
	}
	return nil, errors.New("safetest: no such secret")
}

// Empty forgets everything: the account was reset.
func (m *Machine) Empty() { m.held = nil }
