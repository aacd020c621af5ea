package main

func allVerbs() []verb {
	return []verb{
		{"import organizations", "FILE", "read a register of organizations (CSV, TSV, XLSX)", importOrganizations},
		{"import inspectors", "FILE", "read a list of inspectors with their certificates", importInspectors},
		{"sample", "", "load the sample registers: a fictional city and real American charities", loadSample},
		{"organizations search", "TEXT", "find organizations by name, code or legal representative", searchOrganizations},
		{"organizations show", "CODE", "everything the register has on one organization", showOrganization},
		{"inspectors", "", "list inspectors and their certificates", listInspectors},
		{"checklists", "", "list the checklists", listChecklists},
		{"checklists show", "ID", "the items of one checklist", showChecklist},
		{"inspection new", "--organization CODE --checklist ID --inspector NO --inspector NO", "plan an inspection; prints its id", newInspection},
		{"inspection answer", "ID --file FILE", "keep answers: item code to value, note, photos", answerInspection},
		{"inspection sign", "ID", "sign, refuse to sign, or seal", signInspection},
		{"inspection show", "ID", "one inspection with answers, findings and signatures", showInspection},
		{"inspections", "", "list inspections", listInspections},
		{"findings", "", "list findings of sealed inspections", listFindings},
		{"conflicts", "", "list values that differ and nobody has settled", listConflicts},
		{"conflicts settle", "RECORD PATH VALUE", "settle one of them", settleConflict},
		{"report", "ID --document inspection-record --language zh|en|both --out FILE", "print a document as PDF", printDocument},
		{"enrol", "--server URL --code CODE", "connect this laptop to the authority's server", enrol},
		{"sync", "", "send and fetch what is new", syncNow},
		{"status", "", "what is where: saved, sent, received, to settle", showStatus},
		{"verify", "[FILE.pdf]", "check every entry, chain, seal and file; or one PDF", verify},
		{"rebuild", "", "make the tables anew from the journal", rebuild},
		{"backup", "FILE", "write everything into one file", backup},
		{"restore", "FILE", "put a backup back; what was there is moved aside", restore},
	}
}
