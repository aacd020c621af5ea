package report

import (
	"fmt"
	"strings"

	"plumbline/app/record"
)

// layout is how one kind of document is laid out.
type layout struct {
	frame   frame
	signed  bool // people sign every page
	outward bool // goes to the organization or the public: what is need-to-know is always left off
	record  bool // is made of the records alone; its draft ends with the seal, that of others with the issue
	after   bool // rests on the sealed record: before the seal it is a draft, whoever signed it
	blank   bool // made to be filled in by hand: never a draft
	draw    func(*paper) error
}

// layouts has one row for each kind of record.DocumentKinds.
var layouts map[string]layout

func init() { // not a literal: a dossier's layout prints others
	layouts = map[string]layout{
		"approval-form":         {frame: recordFrame, draw: approvalForm},
		"inspection-notice":     {frame: letterFrame, outward: true, draw: inspectionNotice},
		"draw-record":           {frame: recordFrame, draw: drawRecord},
		"inspection-record":     {frame: recordFrame, signed: true, record: true, draw: inspectionRecord},
		"interview-record":      {frame: recordFrame, signed: true, draw: interviewRecord},
		"evidence-list":         {frame: recordFrame, signed: true, record: true, draw: evidenceList},
		"photo-sheet":           {frame: recordFrame, signed: true, record: true, draw: photoSheet},
		"preservation-notice":   {frame: letterFrame, outward: true, draw: preservationNotice},
		"findings-report":       {frame: recordFrame, outward: true, record: true, draw: findingsReport},
		"result-notice":         {frame: letterFrame, outward: true, after: true, draw: resultNotice},
		"correction-order":      {frame: letterFrame, outward: true, after: true, draw: correctionOrder},
		"deadline-extension":    {frame: letterFrame, outward: true, draw: deadlineExtension},
		"reinspection-form":     {frame: recordFrame, after: true, draw: reinspectionForm},
		"regulatory-interview":  {frame: letterFrame, outward: true, draw: regulatoryInterview},
		"case-proposal":         {frame: recordFrame, after: true, draw: caseProposal},
		"case-transfer":         {frame: letterFrame, after: true, draw: caseTransfer},
		"service-receipt":       {frame: recordFrame, outward: true, draw: serviceReceipt},
		"statement-and-defence": {frame: recordFrame, draw: statementAndDefence},
		"publication-sheet":     {frame: recordFrame, outward: true, after: true, draw: publicationSheet},
		"closing-form":          {frame: recordFrame, after: true, draw: closingForm},
		"dossier-cover":         {frame: recordFrame, draw: dossierCover},
		"dossier-contents":      {frame: recordFrame, draw: dossierContents},
		"dossier-note":          {frame: recordFrame, draw: dossierNote},
		"dossier":               {frame: recordFrame, blank: true, draw: dossier},
		"paper-pack":            {frame: recordFrame, signed: true, blank: true, draw: paperPack},
		"litigation-pack":       {frame: recordFrame, blank: true, draw: litigationPack},
		"campaign-summary":      {frame: recordFrame, outward: true, blank: true, draw: campaignSummary},
		"form-ledger":           {frame: recordFrame, blank: true, draw: formLedger}, // of no inspection

		// Parts of packs, printed with them only.
		"litigation-contents":   {frame: recordFrame, blank: true, draw: func(r *paper) error { return r.contents(true) }},
		"litigation-competence": {frame: recordFrame, blank: true, draw: competence},
	}
}

// Print makes the document of a kind that record.DocumentKinds lists. The
// warnings of the document are for the person who is about to print it.
func Print(kind string, in Input) (Document, error) {
	w, err := newWords(in.Language)
	if err != nil {
		return Document{}, err
	}
	l, ok := layouts[kind]
	if !ok {
		return Document{}, &record.Error{Code: record.NotFound, Message: "document.kind_unknown", Field: "kind",
			Args: map[string]any{"kind": kind, "known": strings.Join(record.DraftedKinds(), ", ")}}
	}
	s := newSheet(l.frame)
	r, digest, err := s.lay(w, kind, in)
	if err != nil {
		return Document{}, err
	}
	language := "zh-CN"
	if in.Language == English {
		language = "en"
	}
	authority, _ := w.of(in.Authority)
	return s.document(properties{
		title:    strings.TrimSpace(inline(r.title()) + "  " + r.number()),
		author:   authority,
		subject:  in.Organization.Name,
		language: language,
		at:       r.date0(),
		proof:    in.Proof,
		code:     r.code(digest).document(),
	}, digest, r.warnings)
}

// lay lays a document out at the end of a sheet, and gives the digest of what
// stands on its pages.
func (s *sheet) lay(w words, kind string, in Input) (*paper, string, error) {
	l := layouts[kind]
	s.frame = l.frame
	if last := len(s.pages) - 1; len(s.pages[last]) > 0 {
		s.newPage()
	} else {
		s.y = s.top
	}
	r := &paper{words: w, sheet: s, in: in, kind: kind, first: len(s.pages) - 1}
	if in.OrganizationCopy || l.outward {
		r.in = withoutSensitive(in)
	}
	unsealed := in.Seal.Hash == "" || len(in.Conflicts) > 0
	switch {
	case l.blank:
	case l.record:
		r.draft = unsealed
	default:
		r.draft = !in.Office.Issued || l.after && unsealed
	}
	r.readPhotos()
	outer := s.scope
	s.scope += fmt.Sprintf("%d ", r.first)
	if err := l.draw(r); err != nil {
		return nil, "", err
	}
	s.scope = outer
	if kind == "dossier" || kind == "litigation-pack" {
		return r, s.contentDigest(r.first), nil // their parts have feet of their own
	}
	digest := s.contentDigest(r.first)
	if in.Seal.Hash != "" {
		r.digestLine(digest)
	}
	s.frame = l.frame
	return r, digest, r.feet(digest, l)
}

// Outward tells whether a kind of document goes to the organization or the
// public, and so never holds what is need-to-know.
func Outward(kind string) bool { return layouts[kind].outward }
