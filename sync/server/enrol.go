package server

import (
	"crypto/ed25519"
	"net/http"

	"plumbline/app/record"
	"plumbline/sync/protocol"
)

// enrol takes a device in for a one-time code.
func (s *Server) enrol(w http.ResponseWriter, r *http.Request) {
	from := address(r)
	err := s.accounts.MayTry(from)
	var q protocol.EnrolRequest
	if err == nil {
		err = s.readJSON(w, r, &q, protocol.MaxJSON)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d, err := s.accounts.Enrol(r.Context(), q)
	if err != nil {
		if c := record.CodeOf(err); c == record.Forbidden || c == record.Invalid {
			s.accounts.Wrong(from)
		}
		s.fail(w, r, err)
		return
	}
	s.log.Info("device enrolled", "device", string(d.ID), "name", d.Name, "authority", d.Authority, "from", from)
	s.count.enrolled.Add(1)
	s.writeJSON(w, http.StatusOK, protocol.EnrolAnswer{Server: s.accounts.Server(), ServerKey: s.accounts.Key().Public().(ed25519.PublicKey),
		Authority: d.Authority, Certificate: d.Certificate, Time: s.now().UnixMilli()})
}

// token gives a challenge, or a token for a signed challenge.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	var q protocol.TokenRequest
	err := s.readJSON(w, r, &q, protocol.MaxJSON)
	var a protocol.TokenAnswer
	if err == nil {
		a, err = s.accounts.Token(r.Context(), q)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.writeJSON(w, http.StatusOK, a)
}
