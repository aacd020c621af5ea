package record

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Stage is where the procedure 办理程序 of an inspection stands: what the office
// decides about it, beside what inspectors record on site.
type Stage string

const (
	StageNew         Stage = "new"         // nothing was asked yet
	StageAsked       Stage = "asked"       // 已报批
	StageDeclined    Stage = "declined"    // 不予批准
	StageApproved    Stage = "approved"    // 已批准
	StageUrgent      Stage = "urgent"      // 紧急检查: goes ahead, approval follows
	StageNotified    Stage = "notified"    // 已送达检查通知书, or for a reason not told beforehand
	StageInterrupted Stage = "interrupted" // 中止: closed door, refused, not found
	StageSubmitted   Stage = "submitted"   // 已提交审核
	StageReturned    Stage = "returned"    // 退回补充
	StageConfirmed   Stage = "confirmed"   // 审核通过
	StageTold        Stage = "told"        // 已告知结果
	StagePublished   Stage = "published"   // 已公示
	StageWithheld    Stage = "withheld"    // 不予公示
	StageWithdrawn   Stage = "withdrawn"   // 已撤回公示
	StageArchived    Stage = "archived"    // 已归档
)

// Stages lists them in the order of a procedure's life.
var Stages = []Stage{StageNew, StageAsked, StageDeclined, StageApproved, StageUrgent, StageNotified, StageInterrupted, StageSubmitted,
	StageReturned, StageConfirmed, StageTold, StagePublished, StageWithheld, StageWithdrawn, StageArchived}

// ProcedureAct is what a person does in the procedure of an inspection.
type ProcedureAct string

const (
	AskApproval      ProcedureAct = "ask"               // 报批
	ApproveVisit     ProcedureAct = "approve"           // 批准
	DeclineVisit     ProcedureAct = "decline"           // 不予批准
	GoUrgent         ProcedureAct = "urgent"            // 紧急情况先行检查
	SupplementVisit  ProcedureAct = "supplement"        // 补办批准
	DeclareInterest  ProcedureAct = "declare"           // 回避询问: the team says whether it has an interest
	NotifyVisit      ProcedureAct = "notify"            // 送达检查通知书
	NotifyNobody     ProcedureAct = "unannounced"       // 不事先通知, with the reason
	InterruptVisit   ProcedureAct = "interrupt"         // 中止
	MailVisit        ProcedureAct = "mail"              // 邮寄专用信函 to an address where nobody is found
	ResumeVisit      ProcedureAct = "resume"            // 恢复检查
	EndVisit         ProcedureAct = "end"               // 终止: refused, or not found after two letters
	SubmitVisit      ProcedureAct = "submit"            // 提交审核
	ReturnVisit      ProcedureAct = "return"            // 退回补充
	ConfirmVisit     ProcedureAct = "confirm"           // 审核通过, with the class of result
	TellResult       ProcedureAct = "tell"              // 送达结果告知书
	PublishResult    ProcedureAct = "publish"           // 公示
	WithholdResult   ProcedureAct = "withhold"          // 不予公示
	WithdrawResult   ProcedureAct = "unpublish"         // 撤回公示
	ArchiveVisit     ProcedureAct = "archive"           // 归档
	AskReplacement   ProcedureAct = "replace"           // 申请更换检查人员
	AllowReplacement ProcedureAct = "allow_replacement" // 批准更换
	TurnDown         ProcedureAct = "turn_down"         // 不予更换
	ChallengeResult  ProcedureAct = "challenge"         // 行政复议、行政诉讼
	AnswerChallenge  ProcedureAct = "answer"            // 答复、答辩
	EndChallenge     ProcedureAct = "outcome"           // 复议决定、判决
	KeepRecording    ProcedureAct = "recording"         // 执法记录仪资料登记
	SecondLook       ProcedureAct = "second_look"       // 复核抽查: does the result stand
)

// Duty says who may take an act.
type Duty int

// Whose acts are.
const (
	TakenByAnybody Duty = iota
	TakenByTeam         // only by who inspects
	TakenOutside        // only by others: who judges did not inspect
)

var (
	beforeVisit = []Stage{StageNew, StageAsked, StageApproved, StageUrgent, StageNotified}
	afterResult = []Stage{StageTold, StagePublished, StageWithheld, StageWithdrawn, StageArchived}
	notArchived = slices.DeleteFunc(slices.Clone(Stages), func(s Stage) bool { return s == StageArchived })
)

// procedureWays says from where each act leads where; "" stays, or is for the act
// itself to say.
var procedureWays = map[ProcedureAct]struct {
	from []Stage
	to   Stage
	who  Duty
}{
	AskApproval:     {[]Stage{StageNew, StageDeclined}, StageAsked, TakenByAnybody},
	ApproveVisit:    {[]Stage{StageAsked}, StageApproved, TakenOutside},
	DeclineVisit:    {[]Stage{StageAsked}, StageDeclined, TakenOutside},
	GoUrgent:        {[]Stage{StageNew, StageAsked}, StageUrgent, TakenByAnybody},
	SupplementVisit: {notArchived, "", TakenOutside},
	DeclareInterest: {beforeVisit, "", TakenByTeam},
	NotifyVisit:     {[]Stage{StageApproved, StageUrgent}, StageNotified, TakenByAnybody},
	NotifyNobody:    {[]Stage{StageApproved, StageUrgent}, StageNotified, TakenByAnybody},
	// Whether one can get there without approval or notice is for the authority to
	// say (LimitApproval): see underway.
	InterruptVisit: {beforeVisit, StageInterrupted, TakenByTeam},
	MailVisit:      {[]Stage{StageInterrupted}, "", TakenByAnybody},
	ResumeVisit:    {[]Stage{StageInterrupted}, "", TakenByTeam},
	EndVisit:       {[]Stage{StageInterrupted}, StageSubmitted, TakenByTeam},
	SubmitVisit:    {append(slices.Clone(beforeVisit), StageReturned), StageSubmitted, TakenByTeam},
	ReturnVisit:    {[]Stage{StageSubmitted}, StageReturned, TakenOutside},
	ConfirmVisit:   {[]Stage{StageSubmitted}, StageConfirmed, TakenOutside},
	TellResult:     {[]Stage{StageConfirmed}, StageTold, TakenByAnybody},
	PublishResult:  {[]Stage{StageTold, StageWithdrawn}, StagePublished, TakenOutside},
	WithholdResult: {[]Stage{StageTold, StageWithdrawn}, StageWithheld, TakenOutside},
	WithdrawResult: {[]Stage{StagePublished}, StageWithdrawn, TakenOutside},
	ArchiveVisit:   {[]Stage{StagePublished, StageWithheld, StageWithdrawn}, StageArchived, TakenByAnybody},

	AskReplacement:   {beforeVisit, "", TakenByAnybody},
	AllowReplacement: {beforeVisit, "", TakenOutside},
	TurnDown:         {beforeVisit, "", TakenOutside},
	// A lawsuit can come within six months (行政诉讼法 art 46), when the file is closed.
	ChallengeResult: {afterResult, "", TakenByAnybody},
	AnswerChallenge: {afterResult, "", TakenByAnybody},
	EndChallenge:    {afterResult, "", TakenByAnybody},
	KeepRecording:   {notArchived, "", TakenByAnybody},
	SecondLook:      {append([]Stage{StageConfirmed}, afterResult...), "", TakenOutside},
}

// ProcedureActs lists all acts, in the order of a procedure's life.
var ProcedureActs = []ProcedureAct{AskApproval, ApproveVisit, DeclineVisit, GoUrgent, SupplementVisit, DeclareInterest, NotifyVisit, NotifyNobody,
	InterruptVisit, MailVisit, ResumeVisit, EndVisit, SubmitVisit, ReturnVisit, ConfirmVisit, TellResult, PublishResult, WithholdResult, WithdrawResult,
	ArchiveVisit, AskReplacement, AllowReplacement, TurnDown, ChallengeResult, AnswerChallenge, EndChallenge, KeepRecording, SecondLook}

// Why a visit was interrupted.
const (
	Suspended   = "suspended" // nobody there, or it could not go on
	Refused     = "refused"   // 拒绝检查: of the whole visit, unlike 拒签 of a record
	NobodyFound = "not_found" // 通过登记的住所无法联系
)

// Interruptions lists the reasons.
var Interruptions = []string{Suspended, Refused, NobodyFound}

// Classes of result, as the publication names them.
const (
	ResultClean         = "clean"         // 未发现问题
	ResultOnSpot        = "on_spot"       // 现场已改正
	ResultOrdered       = "ordered"       // 责令限期改正
	ResultUncooperative = "uncooperative" // 不配合检查
	ResultUnreachable   = "unreachable"   // 通过登记的住所无法联系
	ResultCase          = "case"          // 涉嫌违法，立案
	ResultReferred      = "referred"      // 移送其他部门
	ResultOther         = "other"         // 其他
)

// Results lists the classes.
var Results = []string{ResultClean, ResultOnSpot, ResultOrdered, ResultUncooperative, ResultUnreachable, ResultCase, ResultReferred, ResultOther}

// What a second look can come to.
const (
	LookAgrees  = "agrees"
	LookDiffers = "differs"
)

// What a result is challenged by.
const (
	ByReconsideration = "reconsideration" // 行政复议
	ByLawsuit         = "lawsuit"         // 行政诉讼
)

// Recording is a file of a body-worn recorder 执法记录仪. The file stays where it
// is kept; its digest tells whether it is still the same.
type Recording struct {
	Name   string `json:"name"`
	Digest Hash   `json:"digest"`
	Size   int64  `json:"size"` // bytes
	Device string `json:"device"`
	From   string `json:"from,omitempty"` // RFC 3339
	To     string `json:"to,omitempty"`
	Place  string `json:"place"` // where it is stored
}

// PublishedFinding is what the public is told of a finding.
type PublishedFinding struct {
	Finding  ID           `json:"finding"`
	Title    Text         `json:"title"`
	Severity Severity     `json:"severity"`
	State    FindingState `json:"state"`
}

// Publication is what is published of an inspection: never more than the class of
// result and how findings stand. Need-to-know findings are not in it.
type Publication struct {
	Result   string             `json:"result"`
	Findings []PublishedFinding `json:"findings,omitempty"`
}

// ProcedureStep is one act as it was recorded. Only the fields that the act needs
// are set.
type ProcedureStep struct {
	ID     ID           `json:"id"`
	Act    ProcedureAct `json:"act"`
	By     ID           `json:"by"`
	Name   string       `json:"name"`
	At     string       `json:"at"` // when it was recorded, RFC 3339
	On     string       `json:"on"` // the day it happened, YYYY-MM-DD
	From   Stage        `json:"from"`
	To     Stage        `json:"to"`
	Note   string       `json:"note,omitempty"`   // opinion, reason, what was said
	Number string       `json:"number,omitempty"` // of the paper, the letter, the case
	Due    string       `json:"due,omitempty"`    // YYYY-MM-DD: until when what follows is to be done
	Of     ID           `json:"of,omitempty"`     // the step that this one answers

	Service     *ServiceProof `json:"service,omitempty"`
	Why         string        `json:"why,omitempty"`     // of an interruption
	Persons     []ID          `json:"persons,omitempty"` // who declare that they have no interest
	Evidence    []ID          `json:"evidence,omitempty"`
	Witness     string        `json:"witness,omitempty"`
	Recorder    string        `json:"recorder,omitempty"` // reference of a recorder's file that stands in for a witness
	Result      string        `json:"result,omitempty"`
	Gone        ID            `json:"gone,omitempty"` // who leaves the team
	GoneName    string        `json:"gone_name,omitempty"`
	In          *Inspector    `json:"in,omitempty"`   // who comes instead
	Look        string        `json:"look,omitempty"` // what a second look came to
	Kind        string        `json:"kind,omitempty"` // of a challenge
	Body        string        `json:"body,omitempty"` // authority or court
	Recording   *Recording    `json:"recording,omitempty"`
	Publication *Publication  `json:"publication,omitempty"`
}

// Procedure is the office's side of an inspection: a view of its State. Steps have
// identities of their own, so whatever two laptops record stays; where they lead to
// different stages, that is a conflict which a person settles.
type Procedure struct {
	ID         ID              `json:"id"`
	Inspection ID              `json:"inspection"`
	Stage      Stage           `json:"stage"`
	Steps      []ProcedureStep `json:"steps"` // as they were recorded
	Conflicts  []string        `json:"conflicts,omitempty"`

	state State
}

// ProcedureID gives the identity of an inspection's procedure, the same on every
// laptop.
func ProcedureID(inspection ID) ID { return DerivedID(ProcedureType, string(inspection)) }

// ProcedureOf reads the procedure of an inspection from its record's state; one of
// which nothing is recorded is new.
func ProcedureOf(inspection ID, s State) Procedure {
	p := Procedure{ID: ProcedureID(inspection), Inspection: inspection, Stage: StageNew, Conflicts: s.Conflicts(), state: s}
	s.Get("state", &p.Stage)
	clock := map[ID]int64{}
	for _, path := range s.Paths("steps/") {
		var x ProcedureStep
		if s.Get(path, &x) {
			w, _ := s[path].Shown("")
			clock[x.ID] = w.HLC
			p.Steps = append(p.Steps, x)
		}
	}
	slices.SortStableFunc(p.Steps, func(a, b ProcedureStep) int {
		return cmp.Or(cmp.Compare(clock[a.ID], clock[b.ID]), cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID))
	})
	return p
}

// Last gives the last step of an act, nil if there is none.
func (p Procedure) Last(act ProcedureAct) *ProcedureStep {
	for n := len(p.Steps) - 1; n >= 0; n-- {
		if p.Steps[n].Act == act {
			return &p.Steps[n]
		}
	}
	return nil
}

// step finds a step by its identity.
func (p Procedure) step(id ID) *ProcedureStep {
	for n := range p.Steps {
		if p.Steps[n].ID == id {
			return &p.Steps[n]
		}
	}
	return nil
}

// Open lists steps of an act that no later step answers.
func (p Procedure) Open(act ProcedureAct) []ProcedureStep {
	answered := map[ID]bool{}
	for _, x := range p.Steps {
		if x.Act != AnswerChallenge {
			answered[x.Of] = true
		}
	}
	var out []ProcedureStep
	for _, x := range p.Steps {
		if x.Act == act && !answered[x.ID] {
			out = append(out, x)
		}
	}
	return out
}

// Challenged tells whether a reconsideration or a lawsuit runs: nothing of the
// inspection may be destroyed while it does.
func (p Procedure) Challenged() bool { return len(p.Open(ChallengeResult)) > 0 }

// Due gives what is to be done next by a day, and the day; "" for nothing. What a
// court waits for goes before what the authority owes itself.
func (p Procedure) Due() (act ProcedureAct, day string) {
	sooner := func(a ProcedureAct, d string) {
		if d != "" && (day == "" || d < day) {
			act, day = a, d
		}
	}
	answered := map[ID]bool{}
	for _, x := range p.Steps {
		answered[x.Of] = answered[x.Of] || x.Act == AnswerChallenge
	}
	for _, x := range p.Open(ChallengeResult) {
		if !answered[x.ID] {
			sooner(AnswerChallenge, x.Due)
		}
	}
	for _, x := range p.Open(GoUrgent) {
		sooner(SupplementVisit, x.Due)
	}
	if p.Stage == StageTold {
		sooner(PublishResult, p.Last(TellResult).Due)
	}
	return act, day
}

// Undeclared lists those of the team who have not said that they have no interest
// in the organization, or have said that they have one.
func (p Procedure) Undeclared(i Inspection) []Member {
	free := map[ID]bool{}
	for _, x := range p.Steps {
		if x.Act != DeclareInterest {
			continue
		}
		for _, id := range x.Persons {
			// An interest that was declared stays, whatever colleagues say: it ends by
			// a replacement, or by that person's own word.
			if was, told := free[id]; x.Note == "" && told && !was && x.By != id {
				continue
			}
			free[id] = x.Note == ""
		}
	}
	return slices.DeleteFunc(slices.Clone(i.Team), func(m Member) bool { return free[m.Person] })
}

// Ended tells whether the visit ended without a record to sign: refused, or nobody
// found.
func (p Procedure) Ended() bool {
	ended := false
	for _, x := range p.Steps {
		if x.Act == EndVisit || x.Act == ResumeVisit {
			ended = x.Act == EndVisit
		}
	}
	return ended
}

// MayBegin tells why inspectors may not go on site, nil if they may: where the
// authority asks for approval (LimitApproval), not before it and the notice, or
// the reason for doing without.
func (p Procedure) MayBegin(w Setting) error {
	if w.Limits.N(LimitApproval) == 0 {
		return nil
	}
	switch p.Stage {
	case StageNew, StageAsked, StageDeclined:
		return &Error{Code: Forbidden, Message: "procedure.not_approved"}
	case StageApproved:
		return &Error{Code: Forbidden, Message: "procedure.not_notified"}
	}
	return nil
}

// WhoTakes tells whose act it is.
func WhoTakes(act ProcedureAct) Duty { return procedureWays[act].who }

// Case is what the rules on a procedure need to know beside it.
type Case struct {
	Inspection Inspection
	Findings   []Rectification
	Setting    Setting
}

// Allowed lists the acts that are the procedure's turn, whoever takes them.
func (p Procedure) Allowed(c Case) []ProcedureAct {
	var out []ProcedureAct
	for _, act := range ProcedureActs {
		if p.turn(act, c) == nil {
			out = append(out, act)
		}
	}
	return out
}

// turn tells why an act is not the procedure's turn, nil when it is.
func (p Procedure) turn(act ProcedureAct, c Case) error {
	way, known := procedureWays[act]
	fault := func(message string) error {
		return &Error{Code: Conflict, Message: message, Field: "act", Args: map[string]any{"number": c.Inspection.Number, "stage": Word("procedure.stage." + string(p.Stage)), "act": Word("procedure.act." + string(act))}}
	}
	switch {
	case !known:
		return fault("procedure.unknown_act")
	case c.Inspection.State == Cancelled:
		return &Error{Code: Invalid, Message: "inspection.cancelled"}
	case way.to != "" && len(p.Conflicts) > 0:
		return fault("procedure.conflict")
	case !slices.Contains(way.from, p.Stage):
		return fault("procedure.wrong_stage")
	}
	sealed := c.Inspection.Sealed != nil
	switch act {
	case AskApproval:
		if c.Inspection.State != Planned {
			return fault("procedure.begun")
		}
	case SupplementVisit:
		if len(p.Open(GoUrgent)) == 0 {
			return fault("procedure.not_urgent")
		}
	case DeclareInterest:
		if sealed {
			return fault("procedure.sealed")
		}
	case InterruptVisit:
		if sealed {
			return fault("procedure.sealed")
		}
		return p.MayBegin(c.Setting)
	case MailVisit:
		if p.Last(InterruptVisit).Why != NobodyFound {
			return fault("procedure.not_missing")
		}
	case EndVisit:
		return p.mayEnd(c.Setting, fault)
	case SubmitVisit:
		switch {
		case p.Stage == StageReturned && p.Ended():
		case !sealed:
			return fault("procedure.not_sealed")
		case len(c.Inspection.Conflicts) > 0:
			return fault("procedure.conflict")
		}
		return p.MayBegin(c.Setting)
	case ConfirmVisit:
		if len(c.Inspection.Conflicts) > 0 {
			return fault("procedure.conflict")
		}
		if amending(c.Inspection) {
			return fault("procedure.amendment_open")
		}
	case PublishResult:
		return p.mayPublish(c, fault)
	case ArchiveVisit:
		return p.mayArchive(c, fault)
	case AskReplacement, AllowReplacement:
		if c.Inspection.State != Planned {
			return fault("procedure.begun")
		}
		if act == AllowReplacement && len(p.Open(AskReplacement)) == 0 {
			return fault("procedure.nothing_asked")
		}
	case TurnDown:
		if len(p.Open(AskReplacement)) == 0 {
			return fault("procedure.nothing_asked")
		}
	case AnswerChallenge, EndChallenge:
		if !p.Challenged() {
			return fault("procedure.no_challenge")
		}
	}
	return nil
}

// mayEnd: refused, or two letters so many days apart to the address where nobody
// was found (社会组织信用信息管理办法; the days are data).
func (p Procedure) mayEnd(w Setting, fault func(string) error) error {
	last := p.Last(InterruptVisit)
	if last.Why == Refused {
		return nil
	}
	if last.Why != NobodyFound {
		return fault("procedure.only_suspended")
	}
	var letters []string
	for _, x := range p.Steps {
		if x.Act == MailVisit {
			letters = append(letters, x.On)
		}
	}
	slices.Sort(letters)
	if len(letters) < 2 {
		return fault("procedure.two_letters")
	}
	gap := w.Limits.N(LimitMailings)
	if n, ok := DaysBetween(letters[0], letters[len(letters)-1]); !ok || n < gap {
		return &Error{Code: Conflict, Message: "procedure.letters_apart", Field: "act", Args: map[string]any{"days": gap}}
	}
	return nil
}

// mayPublish: no objection open or still possible, no conflict.
func (p Procedure) mayPublish(c Case, fault func(string) error) error {
	if len(c.Inspection.Conflicts) > 0 {
		return fault("procedure.conflict")
	}
	if len(p.Open(GoUrgent)) > 0 {
		return fault("procedure.supplement_open")
	}
	for _, r := range c.Findings {
		switch {
		case len(r.Conflicts) > 0:
			return fault("procedure.conflict")
		case r.State == Objected:
			return fault("procedure.objection_open")
		case r.State == Told:
			if until := r.ObjectionUntil(c.Setting); until >= c.Setting.Today {
				return &Error{Code: Conflict, Message: "procedure.objection_time", Field: "act", Args: map[string]any{"until": until}}
			}
		}
	}
	return nil
}

// amending tells whether an amendment 补正 of the record waits for a second person.
func amending(i Inspection) bool { return slices.ContainsFunc(i.Amendments, Amendment.Open) }

func (p Procedure) mayArchive(c Case, fault func(string) error) error {
	switch {
	case len(p.Open(GoUrgent)) > 0:
		return fault("procedure.supplement_open")
	case amending(c.Inspection):
		return fault("procedure.amendment_open")
	case p.Challenged():
		return fault("procedure.challenged")
	}
	for _, r := range c.Findings {
		if r.State.Open() {
			return &Error{Code: Conflict, Message: "procedure.findings_open", Field: "act", Args: map[string]any{"code": r.Code}}
		}
	}
	return nil
}

// May tells why a person may not take an act now, nil if they may. This is where
// duties are parted: who approves, judges or publishes was not on the visit, and
// nobody grants what they asked for.
func (p Procedure) May(x ProcedureStep, c Case) error {
	if err := p.turn(x.Act, c); err != nil {
		return err
	}
	if x.By == "" {
		return &Error{Code: Invalid, Message: "procedure.by_needed", Field: "by"}
	}
	forbidden := func(message string) error {
		return &Error{Code: Forbidden, Message: message, Field: "by", Args: map[string]any{"name": x.Name}}
	}
	of := c.Inspection.member(x.By) != nil
	switch who := procedureWays[x.Act].who; {
	case who == TakenByTeam && !of:
		return forbidden("procedure.only_team")
	case who == TakenOutside && of:
		return forbidden("procedure.on_the_visit")
	}
	if p.grantsOwn(x) {
		return forbidden("procedure.own_request")
	}
	return nil
}

// grants says what request an act grants or refuses, where there is only one.
var grants = map[ProcedureAct]ProcedureAct{ApproveVisit: AskApproval, DeclineVisit: AskApproval, SupplementVisit: GoUrgent}

// grantsOwn tells whether a step grants what the same person asked for.
func (p Procedure) grantsOwn(x ProcedureStep) bool {
	of := p.step(x.Of)
	if of == nil {
		of = p.Last(grants[x.Act])
	}
	if x.Act == AnswerChallenge || x.Act == EndChallenge || of == nil {
		return false
	}
	return of.By == x.By || of.In != nil && of.In.ID == x.By
}

// ProcedureDutiesJoined tells whether one of the fresh steps among all is by
// somebody who may not take it: of the team where an outsider decides, or granting
// their own request. A server asks it of what laptops send.
func ProcedureDutiesJoined(fresh, all []ProcedureStep, inTeam func(ID) bool) (who string, joined bool) {
	p := Procedure{Steps: all}
	for _, x := range fresh {
		if procedureWays[x.Act].who == TakenOutside && inTeam(x.By) || p.grantsOwn(x) {
			return x.Name, true
		}
	}
	return "", false
}

// Act takes an act: x says who, when and what the act needs. Where an act changes
// the team, its change comes with it.
func (p Procedure) Act(x ProcedureStep, c Case) ([]Change, error) {
	if request := p.Last(grants[x.Act]); request != nil {
		x.Of = request.ID
	}
	if err := p.May(x, c); err != nil {
		return nil, err
	}
	if x.On == "" {
		x.On = c.Setting.Today
	}
	if _, err := time.Parse(time.DateOnly, x.On); err != nil || x.On > c.Setting.Today {
		return nil, &Error{Code: Invalid, Message: "procedure.bad_day", Field: "on", Args: map[string]any{"date": x.On}}
	}
	if err := p.inOrder(x); err != nil {
		return nil, err
	}
	x.From, x.To = p.Stage, cmp.Or(procedureWays[x.Act].to, p.Stage)
	more, err := p.complete(&x, c)
	if err != nil {
		return nil, err
	}
	x.ID = NewID(StepType)
	set := map[string]any{"steps/" + string(x.ID): x}
	if x.To != p.Stage {
		set["state"] = x.To
	}
	kind := Transition
	if len(p.state) == 0 {
		kind, set["inspection"] = Create, p.Inspection
	}
	change := p.state.change(kind, p.ID, set)
	change.Reason = x.Note
	return append(more, change), nil
}

// inOrder tells why a step cannot have happened on its day: before the one that it
// follows or answers.
func (p Procedure) inOrder(x ProcedureStep) error {
	least := "1949-10-01"
	if of := p.step(x.Of); of != nil {
		least = max(least, of.On)
	}
	if procedureWays[x.Act].to != "" {
		for _, s := range p.Steps {
			if s.To != s.From {
				least = max(least, s.On)
			}
		}
	}
	day := x.On
	if x.Service != nil && x.Service.On != "" {
		day = min(day, x.Service.On)
	}
	if day < least {
		return &Error{Code: Invalid, Message: "procedure.before", Field: "on", Args: map[string]any{"date": day, "least": least}}
	}
	return nil
}

// complete checks what an act must say, and adds what follows from it.
func (p Procedure) complete(x *ProcedureStep, c Case) (more []Change, err error) {
	lacks := func(message, field string) error { return &Error{Code: Invalid, Message: message, Field: field} }
	blank := func(s string) bool { return strings.TrimSpace(s) == "" }
	due := func(limit, day string) { x.Due = dueBy(c.Setting, limit, day) }
	switch x.Act {
	case DeclineVisit, NotifyNobody, ReturnVisit, WithholdResult, WithdrawResult, TurnDown, EndVisit, EndChallenge:
		if blank(x.Note) {
			return nil, lacks("evidence.reason_needed", "note")
		}
	case AskReplacement, InterruptVisit, GoUrgent:
		if blank(x.Note) {
			return nil, lacks("evidence.reason_needed", "note")
		}
	}
	switch x.Act {
	case GoUrgent:
		due(LimitSupplement, x.On)
	case SupplementVisit:
		if p.Stage == StageUrgent {
			x.To = StageApproved
		}
	case DeclareInterest:
		if len(x.Persons) == 0 {
			return nil, lacks("procedure.nobody_declares", "persons")
		}
		for _, id := range x.Persons {
			if c.Inspection.member(id) == nil {
				return nil, &Error{Code: NotFound, Message: "inspection.not_in_team", Field: "persons"}
			}
		}
	case NotifyVisit, NotifyNobody:
		if left := p.Undeclared(c.Inspection); len(left) > 0 {
			return nil, &Error{Code: Conflict, Message: "procedure.undeclared", Field: "act", Args: map[string]any{"name": left[0].Name}}
		}
		if x.Act == NotifyVisit {
			return nil, served(x.Service)
		}
	case InterruptVisit:
		return nil, x.interruption(c.Inspection)
	case MailVisit:
		if blank(x.Number) {
			return nil, lacks("document.courier_needed", "number")
		}
	case ResumeVisit:
		x.To = p.Last(InterruptVisit).From
	case ConfirmVisit:
		return nil, p.fits(x.Result, c)
	case TellResult:
		if err := served(x.Service); err != nil {
			return nil, err
		}
		due(LimitPublication, x.Service.On)
	case PublishResult:
		x.Publication = p.Publication(c.Findings)
	case AskReplacement:
		if x.In == nil {
			return nil, lacks("procedure.who_comes", "in")
		}
		if m := c.Inspection.member(x.Gone); m != nil {
			x.GoneName = m.Name
		}
		if slices.ContainsFunc(p.Open(AskReplacement), func(o ProcedureStep) bool { return o.Gone == x.Gone }) {
			return nil, lacks("procedure.asked_already", "gone")
		}
		if err := p.judgedBy(*x.In); err != nil {
			return nil, err
		}
		_, err := c.Inspection.Relieve(x.Gone, *x.In, x.Note)
		return nil, err
	case AllowReplacement:
		of, err := p.asked(x, AskReplacement)
		if err != nil {
			return nil, err
		}
		if err := p.judgedBy(*of.In); err != nil {
			return nil, err
		}
		if p.Stage == StageNotified {
			x.To = StageApproved // the organization was told of another team: a new notice
		}
		return c.Inspection.Relieve(of.Gone, *of.In, of.Note)
	case TurnDown:
		_, err := p.asked(x, AskReplacement)
		return nil, err
	case ChallengeResult:
		switch {
		case x.Kind != ByReconsideration && x.Kind != ByLawsuit:
			return nil, lacks("procedure.challenge_kind", "kind")
		case blank(x.Body):
			return nil, lacks("procedure.challenge_body", "body")
		}
		due(map[string]string{ByReconsideration: LimitReconsideration, ByLawsuit: LimitLawsuit}[x.Kind], x.On)
	case AnswerChallenge, EndChallenge:
		_, err := p.asked(x, ChallengeResult)
		return nil, err
	case SecondLook:
		if x.Look != LookAgrees && x.Look != LookDiffers {
			return nil, lacks("procedure.look_unknown", "look")
		}
		if x.Look == LookDiffers && blank(x.Note) {
			return nil, lacks("evidence.reason_needed", "note")
		}
	case KeepRecording:
		if x.Recording == nil || !x.Recording.Digest.Valid() || blank(x.Recording.Device) || blank(x.Recording.Place) {
			return nil, lacks("procedure.recording", "recording")
		}
	}
	return nil, nil
}

// judgedBy tells why somebody may not join the team: they decided about the visit.
func (p Procedure) judgedBy(in Inspector) error {
	for _, x := range p.Steps {
		if x.By == in.ID && procedureWays[x.Act].who == TakenOutside {
			return &Error{Code: Forbidden, Message: "procedure.judged", Field: "in", Args: map[string]any{"name": in.Name}}
		}
	}
	return nil
}

func served(s *ServiceProof) error {
	if s == nil {
		return &Error{Code: Invalid, Message: "service.no_way", Field: "way"}
	}
	return s.Check()
}

// interruption: a refusal has a witness or a recorder's file; an address where
// nobody was found, a photo of the door.
func (x ProcedureStep) interruption(i Inspection) error {
	if !slices.Contains(Interruptions, x.Why) {
		return &Error{Code: Invalid, Message: "procedure.why_unknown", Field: "why", Args: map[string]any{"why": x.Why}}
	}
	if x.Why == Refused && strings.TrimSpace(x.Witness) == "" && strings.TrimSpace(x.Recorder) == "" {
		return &Error{Code: Invalid, Message: "signature.witness_needed", Field: "witness"}
	}
	for _, id := range x.Evidence {
		if !slices.ContainsFunc(i.Evidence, func(e Evidence) bool { return e.ID == id && e.Counts() }) {
			return &Error{Code: NotFound, Message: "evidence.not_found", Field: "evidence"}
		}
	}
	if x.Why == NobodyFound && len(x.Evidence) == 0 {
		return &Error{Code: Invalid, Message: "procedure.door_photo", Field: "evidence"}
	}
	return nil
}

// asked finds the open request that a step answers; where only one is open, it is
// that one.
func (p Procedure) asked(x *ProcedureStep, act ProcedureAct) (ProcedureStep, error) {
	open := p.Open(act)
	if x.Of == "" && len(open) == 1 {
		x.Of = open[0].ID
		if p.grantsOwn(*x) {
			return open[0], &Error{Code: Forbidden, Message: "procedure.own_request", Field: "by", Args: map[string]any{"name": x.Name}}
		}
	}
	for _, of := range open {
		if of.ID == x.Of {
			return of, nil
		}
	}
	return ProcedureStep{}, &Error{Code: NotFound, Message: "procedure.nothing_asked", Field: "of"}
}

// fits tells why a class of result contradicts what was found, nil if it does not.
func (p Procedure) fits(result string, c Case) error {
	fault := func(message string) error {
		return &Error{Code: Invalid, Message: message, Field: "result", Args: map[string]any{"result": result}}
	}
	stand := 0
	for _, r := range c.Findings {
		if r.State != Dropped {
			stand++
		}
	}
	without := result == ResultUncooperative || result == ResultUnreachable
	switch {
	case !slices.Contains(Results, result):
		return fault("procedure.result_unknown")
	case p.Ended() && !without:
		return fault("procedure.result_ended")
	case result == ResultUnreachable && !p.Ended():
		return fault("procedure.result_reached")
	case result == ResultClean && stand > 0:
		return fault("procedure.result_clean")
	case (result == ResultOnSpot || result == ResultOrdered) && stand == 0:
		return fault("procedure.result_none")
	}
	return nil
}

// Publication is what is published of the inspection with these findings: without
// what is need-to-know, and what was withdrawn.
func (p Procedure) Publication(findings []Rectification) *Publication {
	out := &Publication{}
	if x := p.Last(ConfirmVisit); x != nil {
		out.Result = x.Result
	}
	for _, r := range findings {
		if !r.Sensitive && r.State != Dropped {
			out.Findings = append(out.Findings, PublishedFinding{Finding: r.ID, Title: r.Title, Severity: r.Severity, State: r.State})
		}
	}
	return out
}
