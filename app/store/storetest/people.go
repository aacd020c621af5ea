package storetest

import (
	"fmt"

	"plumbline/app/record"
)

// People are the team used in tests; the first has a name outside the BMP.
func People() []record.Inspector {
	out := []record.Inspector{
		{Certificate: "ZF-0001", Name: "𬱖志远", ValidTo: "2099-12-31"},
		{Certificate: "ZF-0002", Name: "王芳", ValidTo: "2099-12-31"},
	}
	for i := range out {
		out[i].ID = record.InspectorID(out[i].Certificate)
	}
	return out
}

// Organization gives one of many organizations.
func Organization(n int) record.Organization {
	code := record.NewUSCC("51", "990100", fmt.Sprintf("%08d", n))
	return record.Organization{
		ID: record.OrganizationID(record.SchemeUSCC, code), Scheme: record.SchemeUSCC, Code: code,
		Name: fmt.Sprintf("云溪市第%d书法协会", n), Kind: record.SocialGroup, LegalRepresentative: "李明",
	}
}
