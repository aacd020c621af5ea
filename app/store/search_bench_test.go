package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/app/store/storetest"
)

// The parts invented organization names are put together from.
var (
	places  = []string{"云溪市", "东湖区", "竹屿区", "松涧县", "鹤鸣县", "青禾区", "望江区", "白鹭县", "石桥区", "枫林县"}
	words   = []string{"春晖", "至善", "晨曦", "蓝天", "安和", "康宁", "思齐", "同心", "启明", "博爱", "明德", "长青", "银龄", "萤火", "沐光", "知行"}
	fields  = []string{"书法", "儿童康复", "养老服务", "社区发展", "物流", "电子商务", "围棋", "心理健康", "环境保护", "科普", "民办教育", "志愿服务", "文化遗产", "农业技术", "足球", "摄影"}
	endings = []string{"协会", "基金会", "服务中心", "促进会", "研究院", "商会", "学会", "服务社"}
	family  = []rune("李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗𬱖")
)

func invented(n int) record.Organization {
	code := record.NewUSCC([]string{"51", "52", "53"}[n%3], "99010"+strconv.Itoa(n%6), fmt.Sprintf("%08d", n))
	pick := func(list []string, by int) string { return list[(n/by)%len(list)] }
	return record.Organization{
		ID: record.OrganizationID(record.SchemeUSCC, code), Scheme: record.SchemeUSCC, Code: code,
		Name: pick(places, 1) + pick(words, 10) + strconv.Itoa(n%977) + pick(fields, 7) + pick(endings, 3), Kind: record.KindOfUSCC(code),
		LegalRepresentative: string(family[n%len(family)]) + pick(words, 3), NameEnglish: "Yunxi Association " + strconv.Itoa(n),
	}
}

// districtOf leaves one organization in a district of its own.
func districtOf(n int) string {
	if n == 777 {
		return "孤岛区"
	}
	return places[n%len(places)]
}

// The first 50 of a register of 1,000,000 organizations for one to four
// characters, Chinese and Latin, common, rare and absent, and by the first letters of their readings: the median and the
// slowest of all queries. PLUMBLINE_SEARCH_ROWS changes the size.
func BenchmarkRow_Search(b *testing.B) {
	rows := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("PLUMBLINE_SEARCH_ROWS")); err == nil {
		rows = n
	}
	folder := b.TempDir()
	s := storetest.SQLite(b, folder)
	start := time.Now()
	_, err := s.Register(ctx, "", func(yield func(store.RegisterRow) bool) {
		for i := range rows {
			o := invented(i)
			set := map[string]any{"scheme": o.Scheme, "code": o.Code, "name": o.Name, "name_english": o.NameEnglish, "kind": o.Kind, "legal_representative": o.LegalRepresentative, "district": districtOf(i)}
			if !yield(store.RegisterRow{ID: o.ID, Set: func(record.Organization, bool) map[string]any { return set }}) {
				return
			}
		}
	}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d rows imported at %.0f rows/s", rows, float64(rows)/time.Since(start).Seconds())
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		b.Fatal(err)
	}
	var size int64
	for _, f := range files {
		if i, err := os.Stat(f); err == nil {
			size += i.Size()
		}
	}
	last := invented(rows - 1)
	queries := []string{"书", "𬱖", "民", "书法", "银龄", "溪市", "书法协", "银龄围", "围棋协会", "云溪市春", "会市", "会云溪市", "龘", "7", "q", "j", "99", "as", "yun", "976", "yunx", "asso", last.Code[14:18], last.Code[10:13], "市会协法", "xh", "yxs", "yxsch", "sfxh", "lcx"}
	took := map[string][]time.Duration{}
	for b.Loop() {
		for _, q := range queries {
			start := time.Now()
			found, err := s.SearchOrganizations(ctx, q, 50)
			if err != nil {
				b.Fatal(err)
			}
			_ = found
			took[q] = append(took[q], time.Since(start))
		}
	}
	for name, f := range map[string]store.OrganizationFilter{"kind": {Kind: record.Foundation}, "kind and text": {Kind: record.Foundation, Text: "书法"}, "rare district": {District: "孤岛区"}, "never inspected": {Past: store.NeverInspected}, "open findings": {Past: store.WithOpenFindings}} {
		start := time.Now()
		found, err := s.FindOrganizations(ctx, f, 50)
		if err != nil {
			b.Fatal(err)
		}
		b.Logf("filter %-16s %8.2f ms, %d found", name, float64(time.Since(start).Microseconds())/1000, len(found))
	}
	begun := time.Now()
	if _, err := s.OrganizationFacets(ctx); err != nil {
		b.Fatal(err)
	}
	b.Logf("facets %8.0f ms", float64(time.Since(begun).Microseconds())/1000)
	var medians []time.Duration
	for _, q := range queries {
		slices.Sort(took[q])
		m := took[q][len(took[q])/2]
		medians = append(medians, m)
		b.Logf("%-10s %8.2f ms", q, float64(m.Microseconds())/1000)
	}
	slices.Sort(medians)
	b.ReportMetric(float64(medians[len(medians)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(medians[len(medians)-1].Microseconds())/1000, "ms-worst")
	b.ReportMetric(float64(size)/float64(rows), "bytes/row")
}
