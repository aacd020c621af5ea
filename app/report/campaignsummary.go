package report

import "strconv"

// Campaign is what a campaign's inspections came to, counted by whoever asks for
// the summary.
type Campaign struct {
	Title                              string
	From, To                           string // YYYY-MM-DD
	Planned, Sealed, Clean, Unfinished int
	ByKind, BySeverity, ByDistrict     []Count
	ByArticle                          []Count // provision and how often it was found violated
	ByResult                           []Count // how the items came out
	Trend                              []TrendPoint
	Organizations                      []CampaignRow
}

// Count is how often something occurred.
type Count struct {
	Name Text
	N    int
}

// TrendPoint is one month or week.
type TrendPoint struct {
	Label                 string
	Inspections, Problems int
}

// CampaignRow is one inspection of the campaign.
type CampaignRow struct {
	Number, Organization, Day string
	State                     Text
	Problems                  int
}

// campaignSummary sums up the inspections of a campaign, with charts.
func campaignSummary(r *paper) error {
	c := r.in.Campaign
	if c == nil {
		c = &Campaign{}
	}
	r.head()
	f := r.form()
	f.row(entry{"paper.campaign.title", typed(c.Title, written)})
	f.row(entry{"paper.campaign.from", typed(c.From, value)}, entry{"paper.campaign.to", typed(c.To, value)})
	f.row(entry{"paper.campaign.planned", typed(strconv.Itoa(c.Planned), value)}, entry{"paper.campaign.sealed", typed(strconv.Itoa(c.Sealed), value)})
	f.row(entry{"paper.campaign.clean", typed(strconv.Itoa(c.Clean), value)}, entry{"paper.campaign.unfinished", typed(strconv.Itoa(c.Unfinished), value)})
	for _, chart := range []struct {
		key    string
		counts []Count
		colour colour
	}{
		{"paper.campaign.by_result", c.ByResult, ink}, {"paper.campaign.by_kind", c.ByKind, jade}, {"paper.campaign.by_severity", c.BySeverity, vermilion},
		{"paper.campaign.by_article", c.ByArticle, amber}, {"paper.campaign.by_district", c.ByDistrict, slate},
	} {
		r.chapterHead(chart.key, 26)
		if len(chart.counts) == 0 {
			r.paragraphs(r.said("paper.campaign.none", field.in(grey), under)...)
			continue
		}
		var rows []bar
		for _, n := range chart.counts {
			rows = append(rows, bar{n.Name, []barPart{{n.N, chart.colour}}})
		}
		r.bars(rows, nil)
	}
	r.chapterHead("paper.campaign.trend", 52)
	r.trend(c.Trend)
	r.chapterHead("paper.campaign.list", 30)
	var rows [][][]block
	for i, o := range c.Organizations {
		rows = append(rows, [][]block{{{text: strconv.Itoa(i + 1), style: field.centred()}}, typed(o.Organization, value), typed(o.Number, field), typed(o.Day, field.centred()),
			r.told(o.State, value.centred(), under), typed(strconv.Itoa(o.Problems), value.centred())})
	}
	r.listing([]string{"report.evidence.number", "report.organization", "paper.number", "paper.publication.day", "paper.state", "paper.campaign.problems"},
		[]float64{11, 62, 42, 22, 15, 0}, rows)
	return nil
}
