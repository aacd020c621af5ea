// Package record says what a registration authority keeps about the social
// organizations it inspects, and the rules on it. It imports only the standard
// library: no database, clock, network or window. What a rule needs comes in
// as a value; what it decides goes out as Changes, which the store turns into
// journal entries.
//
// # Glossary
//
//	authority            登记管理机关        registers and oversees organizations; the partition key of everything
//	organization         社会组织            social group 社会团体, service organization 社会服务机构（民办非企业单位）, foundation 基金会
//	code                 统一社会信用代码    18 characters (GB 32100-2015); text, always; other schemes such as an EIN live beside it
//	register             登记名册            the list of organizations or inspectors as the authority keeps it
//	plan                 抽查计划            what share of which organizations is inspected, when and by what checklists
//	draw                 随机抽取            双随机: targets and inspectors by a lot anybody can run again (app/draw)
//	stratum              分层                a part of the list with a quota of its own
//	draw operator        抽取人              freezes the lists and lets the lot fall; did not approve the plan
//	witness              监督人              sees the lot fall
//	recusal              回避                an inspector keeps away from an organization, with the reason
//	inspector            检查人员            person with an enforcement certificate 执法证件
//	team leader          检查组组长          the inspector who answers for the inspection and seals it
//	recorder             记录人              the one who writes
//	checklist            检查表              versioned list of sections and items, identified by its digest
//	item                 检查事项            one question; its uid never changes, its code may
//	answer               检查情况            what was found for one item (and one repeat of it)
//	  no problem         未发现问题          conform
//	  problem            存在问题            nonconform
//	  partly             部分整改            used at re-inspections
//	  not applicable     不涉及
//	  not checked        未检查
//	phrase               笔录用语            neutral sentence for the record with places for what was seen
//	finding              问题                one way in which an organization fell short at one inspection
//	rectification        整改                putting a finding right within a deadline
//	objection            陈述申辩、异议      the organization says a finding is wrong; answered by somebody who did not inspect
//	order                责令改正            that a finding be put right by a deadline
//	term                 期限                a date, or n 日 or n 工作日 counted from service
//	service              送达                proof that a paper reached the organization; without it nothing is due
//	extension            延期                more time, approved by a second person
//	reminder             催办
//	re-inspection        复查                two inspectors look again: fixed, partly, failed
//	referral             移送                to the competent authority, or as a case
//	calendar             工作日历            days off and days worked to make up, by year, with source; data
//	limit                法定数值            figure of law or of the house, with source and confidence; data
//	evidence             证据材料            photo or file, named by its digest
//	scan                 扫描件              a file that came back from paper: stamped, or signed in ink
//	place                归属                which page of which document a page of a scan is
//	transcription        转录                typing in what was written by hand in a paper pack; its scans are the original
//	blank form           空白文书            stamped before it is filled in, so each number is accounted for
//	booking              领用                of blank forms by one person
//	fate                 去向                of a blank form: used, spoiled or returned
//	edited copy          副本                of a photo, made by steps; the original stays, and the organization sees no more than the copies show
//	figures              统计                what the records come to, with cut-off, definition and whose work is in them
//	signature            签名                drawn, on paper and scanned, or refused with a reason
//	seal                 封存                signs the manifest of all entries, files, checklist and law edition of an inspection
//	amendment            补正                change after the seal, proposed by a named person and approved by another, shown beside the original
//	procedure            办理程序            what the office decides about an inspection, from approval to the archive
//	stage                环节                where a procedure stands
//	approval             审批                before the visit, by somebody who is not of the team; of an urgent one afterwards 补办
//	interest             利害关系            why an inspector keeps away; every member of the team is asked 回避询问
//	interruption         中止                of a visit: could not go on, refused 拒绝检查, nobody found 无法联系
//	complaint            投诉举报            accepted, declined by a second person, or referred; who complains is need-to-know
//	risk                 风险等级            class of an organization by rules that are data, every point explained
//	role                 职责                planner, draw operator, approver …: binds once somebody at the authority holds it
//	publication          公示                class of result and how findings stand, never what is need-to-know
//	challenge            复议、诉讼          of a result: while it runs nothing is destroyed
//	recording            执法记录仪资料      file of a body-worn recorder, kept where it is and known by its digest
//	provision            法律条文            article of an instrument, with edition, validity and how sure we are
//	edition              版本                of an instrument, with validity and source; entered by one, approved by another
//	trial                试填                an inspection of an organization that does not exist, to try a checklist; nothing is kept
//	retirement           停用                a version of a checklist is offered no more; what began with it stays on it
//	sensitive            内部掌握            need-to-know: not on the organization's copy, not published
//	withdrawn            作废                stays in the journal, counts no more
//	destruction          销毁                unlawful content gone everywhere, after two persons approved; digest and reason stay
//	entry                日志条目            one immutable change in the journal of the device that made it
//	device               设备                a laptop or a server; has its own key and journal
//	conflict             冲突                two unseen values for one path; both stay until a person settles it
//	quarantine           隔离                an entry that the server refused; visible on both sides
//	late entry           迟到条目            an entry that the seal had not seen
//
// # Life of a plan
//
//	draft ──▶ approved ──▶ frozen (lists, commitment) ──▶ drawn ──▶ published
//	  │          │  └────────── draw of another platform ───▲
//	  └──────────┴────────────┴──▶ cancelled (stays listed, with its code)
//
// # Life of an inspection: the procedure, the office's side of it
//
//	new ──▶ asked ──▶ approved ──▶ notified ──▶ (the visit, below) ──▶ submitted ──▶ confirmed ──▶ told ──▶ published ──▶ archived
//	 │        │ declined  ▲  ▲         │   ▲                            │  ▲                          │        │ ▲
//	 └────────┴▶ urgent ──┘  │         ▼   │ resumed                    ▼  │                          │        ▼ │
//	     (supplement)        │     interrupted ──▶ ended ─────────▶ returned                            └──▶ withheld, withdrawn
//	                         └ a replaced inspector: a new notice        (refused; nobody found: two letters)
//
// Which act goes with which stage, and whose it is, is the table procedureWays in
// procedure.go. Amendments, recordings, reconsideration and lawsuits are steps of
// the procedure too: what was signed stays as it was.
//
// # Life of an inspection (the part recorded on the laptop)
//
//	planned ──▶ onsite ──▶ signed (sealed) ──▶ submitted (the server's receipt)
//	   │           │
//	   │           └──▶ refused / not found (with proof)
//	   └──▶ cancelled
//
// # Life of a finding
//
//	observed ──▶ told (at the seal) ──▶ confirmed ──▶ ordered ──▶ reported ──▶ closed
//	                │  ▲ dismissed,        │           │ served:     │
//	                ▼  │ amended           │           │ due         ├──▶ partly (new term, served again) ──▶ …
//	             objected ──▶ withdrawn    │           └─────────────┤
//	                         (upheld)      │                         └──▶ failed ──▶ proposals: credit list,
//	                                       ├──▶ closed on documents                  interview, case ──▶ referred
//	                                       └──▶ referred (another authority's matter)
//
// A finding corrected on the spot is over when it is told; one that a later
// inspection takes further is carried; one withdrawn (作废) needs a second person.
// Which action goes with which state is the table `from` in rectification.go.
package record
