package registry

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/assets"
)

func sample(t *testing.T, name string) []byte {
	t.Helper()
	b, err := fs.ReadFile(assets.Sample, "sample/"+name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSampleCityIsImportedWholeAndIsFictional(t *testing.T) {
	got, rep := must(t, string(sample(t, "yunxi-organizations.csv")), Options{})
	if len(got) != 2000 || rep.Rejected+rep.Duplicates+rep.Blank != 0 || len(rep.Counts) != 0 || len(rep.Unmapped) != 0 {
		t.Fatalf("got %d organizations, %d rejected, warnings %v, unmapped %v", len(got), rep.Rejected, rep.Counts, rep.Unmapped)
	}
	codes, names, kinds, facts := map[string]bool{}, map[string]bool{}, map[record.OrganizationKind]int{}, map[string]int{}
	rare := 0
	for _, o := range got {
		if p := record.USCCProblem(o.Code); p != "" {
			t.Errorf("code %s: %s", o.Code, p)
		}
		if !o.Fictional || o.Scheme != record.SchemeUSCC || !strings.HasPrefix(o.Region, "99") || o.Code[2:8] != o.Region {
			t.Errorf("%s could be taken for a real organization: %+v", o.Code, o)
		}
		if o.Kind != record.KindOfUSCC(o.Code) {
			t.Errorf("%s: kind %s does not fit the code", o.Code, o.Kind)
		}
		if o.LegalRepresentative == "" || o.Address == "" || o.Registrar == "" || o.Capital == "" || o.RegisteredOn == "" || o.District == "" || o.Scope == "" {
			t.Errorf("%s lacks a field: %+v", o.Code, o)
		}
		codes[o.Code], names[o.Name] = true, true
		kinds[o.Kind]++
		for f, yes := range o.Facts {
			if yes {
				facts[f]++
			}
		}
		if strings.ContainsFunc(o.LegalRepresentative, func(r rune) bool { return r > 0xffff }) {
			rare++
		}
	}
	if len(codes) != 2000 || len(names) != 2000 {
		t.Errorf("got %d codes and %d names, want 2,000 different ones each", len(codes), len(names))
	}
	if kinds[record.SocialGroup] < 500 || kinds[record.ServiceOrganization] < 500 || kinds[record.Foundation] < 20 {
		t.Errorf("got kinds %v", kinds)
	}
	if rare < 50 {
		t.Errorf("got %d names with characters above U+FFFF, want at least 50", rare)
	}
	// Every condition of a built-in checklist must be met and not met somewhere.
	for _, f := range []string{"does_public_fundraising", "had_emergency_campaign", "had_money_finding", "has_canteen", "has_care_service", "has_entities",
		"has_government_money", "has_hazard", "has_licensed_service", "has_special_funds", "has_vehicles", "is_change", "is_charity",
		"is_charity_or_foundation", "is_deregistration", "is_trade_association", "receives_donations", "serves_minors", "uses_volunteers",
		"was_extended", "was_interviewed"} {
		if n := facts[f]; n == 0 || n == 2000 {
			t.Errorf("fact %s is true for %d of 2,000", f, n)
		}
	}
}

func TestSampleInspectorsAreImportedAndTwoHaveExpired(t *testing.T) {
	b := sample(t, "yunxi-inspectors.csv")
	f, err := New(bytes.NewReader(b), int64(len(b)), "yunxi-inspectors.csv")
	if err != nil {
		t.Fatal(err)
	}
	seen, expired := map[string]bool{}, 0
	for row, err := range f.Inspectors(context.Background(), Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		p := row.Record
		if !p.Fictional || p.Name == "" || p.Unit == "" || p.ValidFrom == "" || p.ValidTo == "" {
			t.Errorf("got %+v", p)
		}
		seen[p.Certificate] = true
		if !p.ValidOn(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)) {
			expired++
		}
	}
	if rep := f.Report(); len(seen) != 24 || rep.Accepted != 24 || expired != 2 || len(rep.Unmapped) != 0 {
		t.Errorf("got %d certificates, %d expired, %+v", len(seen), expired, rep)
	}
}

func TestRealAmericanRegisterIsImportedWhole(t *testing.T) {
	got, rep := must(t, string(sample(t, "irs-eo-dc.csv")), Options{})
	if len(got) != 13731 || rep.Rejected != 0 || len(rep.Counts) != 0 || rep.Scheme != record.SchemeEIN {
		t.Errorf("got %d, %d rejected, warnings %v, scheme %s", len(got), rep.Rejected, rep.Counts, rep.Scheme)
	}
}

// The sample files are what their generator writes, so whoever doubts a row
// can see where it comes from.
func TestSampleFilesComeFromTheGenerator(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	main, err := filepath.Abs("../../assets/sample/generate/main.go")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", main)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"yunxi-organizations.csv", "yunxi-inspectors.csv"} {
		b, err := os.ReadFile(filepath.Join(cmd.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b, sample(t, name)) {
			t.Errorf("%s is not what the generator writes", name)
		}
	}
}
