package report

import "strconv"

// bar is one row of a chart: a name and parts laid end to end.
type bar struct {
	label Text
	parts []barPart
}

type barPart struct {
	n      int
	colour colour
}

type legendEntry struct {
	text   string
	colour colour
	mark   mark // copiers are black and white: colour never stands alone
}

// bars draws rows of parts, each as long as what it counts, its number in it.
func (r *paper) bars(rows []bar, legend []legendEntry) {
	s := r.sheet
	most := 1
	for _, b := range rows {
		sum := 0
		for _, p := range b.parts {
			sum += p.n
		}
		most = max(most, sum)
	}
	const name, high = 52.0, 5.2
	room := r.width - name - 12
	number := style{face: heading, size: 7.5, lead: 4, colour: colour{255, 255, 255}, centre: true}
	for _, b := range rows {
		main, second := r.of(b.label)
		t := &table{sheet: s}
		lines := t.lines(cell{width: name - 2, blocks: pair(main, second, field, under)})
		tall := 0.0
		for _, l := range lines {
			tall += l.height
		}
		row := max(tall, high) + 1.6
		s.need(row)
		y := s.y
		for _, l := range lines {
			y = t.line(cell{width: name - 2}, l, r.left, y)
		}
		x, sum := r.left+name, 0
		at := s.y + (row-1.6-high)/2
		for _, p := range b.parts {
			if p.n == 0 {
				continue
			}
			w := room * float64(p.n) / float64(most)
			fill := p.colour
			edge := colour{255, 255, 255}
			s.draw(boxOp{x: x, y: at, w: w, h: high, fill: &fill, stroke: &edge, line: 0.3})
			if text := strconv.Itoa(p.n); number.width(text) < w-0.8 {
				s.text(x+w/2, at+high*0.72, number, text)
			}
			x += w
			sum += p.n
		}
		s.text(x+1.5, at+high*0.74, field.in(grey), strconv.Itoa(sum))
		s.y += row
	}
	if len(legend) == 0 {
		return
	}
	s.need(7)
	x := r.left + name
	small := style{face: label, size: 7.5, lead: 4, colour: grey}
	for _, l := range legend {
		wide := small.width(l.text) + 9.5
		if x+wide > r.right && x > r.left {
			x = r.left
			s.y += 4.4
			s.need(5)
		}
		fill := l.colour
		s.draw(boxOp{x: x, y: s.y + 1, w: 2.6, h: 2.6, fill: &fill})
		at := x + 3.4
		if l.mark != noMark {
			s.drawMark(l.mark, at, s.y+1, 2.6)
			at += 3.2
		}
		s.text(at, s.y+3.3, small, l.text)
		x += wide
	}
	s.y += 6.5
}

// trend draws numbers over time as a line, each with its value.
func (r *paper) trend(points []TrendPoint) {
	if len(points) == 0 {
		return
	}
	s := r.sheet
	const high, foot = 34.0, 8.0
	s.need(high + foot + 4)
	most := 1
	for _, p := range points {
		most = max(most, p.Problems, p.Inspections)
	}
	x0, y0 := r.left+8, s.y+high
	step := (r.width - 16) / float64(max(len(points)-1, 1))
	y := func(n int) float64 { return y0 - (high-6)*float64(n)/float64(most) }
	s.draw(pathOp{points: []float64{r.left, y0, r.right, y0}, colour: hairline, line: 0.3})
	small := style{face: label, size: 7.5, lead: 4, colour: grey, centre: true}
	for _, series := range []struct {
		of     func(TrendPoint) int
		colour colour
		filled bool
	}{{func(p TrendPoint) int { return p.Inspections }, ink, false}, {func(p TrendPoint) int { return p.Problems }, vermilion, true}} {
		var line []float64
		for i, p := range points {
			line = append(line, x0+float64(i)*step, y(series.of(p)))
		}
		if len(points) > 1 {
			s.draw(pathOp{points: line, colour: series.colour, line: 0.5})
		}
		for i, p := range points {
			s.draw(discOp{x: line[2*i], y: line[2*i+1], r: 1, colour: series.colour, line: 0.4, fill: series.filled})
			s.text(line[2*i], line[2*i+1]-1.8, small.in(series.colour), strconv.Itoa(series.of(p)))
		}
	}
	for i, p := range points {
		s.text(x0+float64(i)*step, y0+4.2, small, p.Label)
	}
	s.y += high + foot
	at := r.left
	for _, l := range []struct {
		key    string
		colour colour
		filled bool
	}{{"paper.campaign.inspections", ink, false}, {"paper.campaign.problems", vermilion, true}} {
		s.draw(discOp{x: at + 1.2, y: s.y, r: 1, colour: l.colour, line: 0.4, fill: l.filled})
		text := inline(r.main(l.key), r.second(l.key))
		st := style{face: label, size: 7.5, lead: 4, colour: grey}
		s.text(at+3.4, s.y+1, st, text)
		at += st.width(text) + 10
	}
	s.y += 5
}
