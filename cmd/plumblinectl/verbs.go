package main

func allVerbs() []verb {
	return []verb{
		{"import organizations", "FILE", importOrganizations},
		{"import inspectors", "FILE", importInspectors},
		{"sample", "", loadSample},
		{"organizations search", "TEXT", searchOrganizations},
		{"organizations show", "CODE", showOrganization},
		{"inspectors", "", listInspectors},
		{"checklists", "", listChecklists},
		{"checklists show", "ID", showChecklist},
		{"inspection new", "--organization CODE --checklist ID --inspector NO --inspector NO", newInspection},
		{"inspection answer", "ID --file FILE", answerInspection},
		{"inspection sign", "ID --inspector NO | --representative NAME | --refused", signInspection},
		{"inspection show", "ID", showInspection},
		{"inspections", "", listInspections},
		{"findings", "", listFindings},
		{"conflicts", "", listConflicts},
		{"conflicts settle", "RECORD PATH VALUE --by NO --reason TEXT", settleConflict},
		{"report", "ID --out FILE [--document inspection-record] [--language zh|en|both]", printDocument},
		{"enrol", "--server URL --code CODE", enrol},
		{"sync", "", syncNow},
		{"bundle write", "FOLDER [--for LAPTOP] [--part-size 650M]", writeBundle},
		{"bundle read", "FOLDER | FILE", readBundle},
		{"bundle carry", "FOLDER | FILE", carryBundle},
		{"bundle laptops", "", listLaptops},
		{"status", "", showStatus},
		{"verify", "[FILE.pdf]", verify},
		{"rebuild", "", rebuild},
		{"backup", "FILE", backup},
		{"restore", "FILE", restore},
	}
}
