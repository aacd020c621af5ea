package store_test

import (
	"slices"
	"testing"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/storetest"
)

func TestAFilterLeavesWhatItSaysAndNothingElse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		inspected := newInspection(t, s) // of the first organization
		i, err := s.Inspection(ctx, inspected)
		if err != nil {
			t.Fatal(err)
		}
		add := func(name string, kind record.OrganizationKind, district, status string) {
			t.Helper()
			set := map[string]any{"scheme": "other", "code": "X" + name, "name": name, "kind": kind, "district": district}
			if status != "" {
				set["status"] = status
			}
			if _, err := s.Append(ctx, "", record.Change{Kind: record.Create, Record: record.OrganizationID("other", name), Set: set}); err != nil {
				t.Fatal(err)
			}
		}
		add("甲书法协会", record.SocialGroup, "东湖区", "")
		add("乙书法基金会", record.Foundation, "东湖区", "注销")
		add("丙基金会", record.Foundation, "石桥区", "")
		for _, c := range []struct {
			f    store.OrganizationFilter
			want []string
		}{
			{store.OrganizationFilter{Kind: record.Foundation}, []string{"乙书法基金会", "丙基金会"}},
			{store.OrganizationFilter{District: "东湖区"}, []string{"甲书法协会", "乙书法基金会"}},
			{store.OrganizationFilter{District: "东湖区", Status: store.ActiveStatus}, []string{"甲书法协会"}},
			{store.OrganizationFilter{Status: "注销"}, []string{"乙书法基金会"}},
			{store.OrganizationFilter{Text: "书法", Kind: record.Foundation}, []string{"乙书法基金会"}},
			{store.OrganizationFilter{Text: "jjh", District: "石桥区"}, []string{"丙基金会"}},
			{store.OrganizationFilter{District: "没有的区"}, nil},
			{store.OrganizationFilter{Past: store.NeverInspected, Kind: record.Foundation}, []string{"乙书法基金会", "丙基金会"}},
			{store.OrganizationFilter{Past: store.WithOpenFindings}, nil},
		} {
			found, err := s.FindOrganizations(ctx, c.f, 100)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found {
				got = append(got, f.Name)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%+v: got %v, want %v", c.f, got, c.want)
			}
		}
		never, err := s.FindOrganizations(ctx, store.OrganizationFilter{Past: store.NeverInspected}, 100)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(never, func(f store.Found) bool { return f.ID == i.Organization.ID }) || len(never) < 3 {
			t.Errorf("never inspected are %v, want all but %s", never, i.Organization.Name)
		}
		facets, err := s.OrganizationFacets(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(facets.Districts, "石桥区") || !slices.Equal(facets.Statuses, []string{store.ActiveStatus, "注销"}) || !slices.Contains(facets.Kinds, record.Foundation) {
			t.Errorf("the choices are %+v", facets)
		}
		// What the register says anew is what is found.
		id := record.OrganizationID("other", "丙基金会")
		st, err := s.State(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Append(ctx, "", record.Change{Kind: record.Set, Record: id, Set: map[string]any{"district": "东湖区"}, Base: map[string][]record.Hash{"district": st.Versions("district")}}); err != nil {
			t.Fatal(err)
		}
		if found, _ := s.FindOrganizations(ctx, store.OrganizationFilter{District: "石桥区"}, 10); len(found) != 0 {
			t.Errorf("after it moved the old district still has %v", found)
		}
	})
}
