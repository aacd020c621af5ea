package store_test

import (
	"slices"
	"testing"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/storetest"
)

func TestSearchFindsChineseNamesByTheFirstLettersOfTheirReading(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		register(t, s, 0, 300)
		names := map[string]string{ // legal representatives
			"北京市朝阳区会计学会": "单雄信", "重庆市（渝中）AI协会": "𬱖志远", "长沙市心理健康服务中心": "欧阳𬭸", "Beijing Calligraphy Society": "Jane Doe",
		}
		for name, who := range names {
			_, err := s.Append(ctx, "", record.Change{Kind: record.Create, Record: record.OrganizationID("other", name),
				Set: map[string]any{"scheme": "other", "code": "X" + name[:2], "name": name, "kind": record.SocialGroup, "legal_representative": who}})
			if err != nil {
				t.Fatal(err)
			}
		}
		for text, want := range map[string]string{
			"bjs": "北京市朝阳区会计学会", "BJSCYQ": "北京市朝阳区会计学会", "kjxh": "北京市朝阳区会计学会", "cyqhjxh": "北京市朝阳区会计学会", "sxx": "北京市朝阳区会计学会", "dxx": "北京市朝阳区会计学会",
			"cqsyz": "重庆市（渝中）AI协会", "zqs": "重庆市（渝中）AI协会", "yzaixh": "重庆市（渝中）AI协会", "重庆 aixh": "重庆市（渝中）AI协会",
			"css": "长沙市心理健康服务中心", "xljk": "长沙市心理健康服务中心", "长沙 fwzx": "长沙市心理健康服务中心", "oy": "长沙市心理健康服务中心", "yxsd7": "云溪市第7书法协会",
		} {
			found, err := s.SearchOrganizations(ctx, text, 1000)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(found, func(f store.Found) bool { return f.Name == want }) {
				t.Errorf("search %q: %d found, %s is not among them", text, len(found), want)
			}
		}
		for _, text := range []string{"bjcy", "jsb", "bjsxx sfxh", "zxwf", "fjs"} {
			if found, _ := s.SearchOrganizations(ctx, text, 10); len(found) != 0 {
				t.Errorf("search %q: got %v, want nothing", text, found)
			}
		}
	})
}
