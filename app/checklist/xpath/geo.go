package xpath

import (
	"math"
	"strconv"
	"strings"
)

// place is a point on the earth, in degrees.
type place struct{ latitude, longitude float64 }

const earthRadius = 6_378_100 // metres, at the equator, as ODK counts

// places reads geopoints, geotraces and geoshapes: points separated by ";",
// each latitude and longitude, perhaps with altitude and accuracy.
func places(texts []string) ([]place, bool) {
	var out []place
	for _, s := range texts {
		for _, point := range strings.Split(strings.Trim(s, "; \t\r\n"), ";") {
			f := strings.Fields(point)
			if len(f) < 2 || len(f) > 4 {
				return nil, false
			}
			latitude, err := strconv.ParseFloat(f[0], 64)
			longitude, err2 := strconv.ParseFloat(f[1], 64)
			if err != nil || err2 != nil || !(math.Abs(latitude) <= 90) || !(math.Abs(longitude) <= 180) {
				return nil, false
			}
			out = append(out, place{latitude, longitude})
		}
	}
	return out, len(out) > 0
}

func radians(degrees float64) float64 { return degrees * math.Pi / 180 }

func centi(n float64) Value { return OfNumber(math.Abs(math.Floor(n*100+0.5) / 100)) }

// area gives the square metres that a line of points encloses on a sphere.
func (c *call) area() Value {
	points, ok := places(c.each(0))
	if !ok {
		return OfNumber(math.NaN())
	}
	if len(points) < 3 {
		return OfNumber(0)
	}
	total := 0.0
	for i, to := range points {
		from := points[(i+len(points)-1)%len(points)]
		total += radians(to.longitude-from.longitude) * (2 + math.Sin(radians(to.latitude)) + math.Sin(radians(from.latitude)))
	}
	return centi(total * earthRadius * earthRadius / 2)
}

// distance gives the metres along a line of points.
func (c *call) distance() Value {
	points, ok := places(c.each(0))
	if !ok || len(points) < 2 {
		return OfNumber(math.NaN())
	}
	total := 0.0
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		x := math.Sin(radians(a.latitude))*math.Sin(radians(b.latitude)) +
			math.Cos(radians(a.latitude))*math.Cos(radians(b.latitude))*math.Cos(radians(a.longitude-b.longitude))
		total += math.Acos(math.Min(1, math.Max(-1, x))) * earthRadius
	}
	return centi(total)
}

// geofence tells whether a point lies within a shape, by counting the sides
// that a line to the east crosses.
func (c *call) geofence() Value {
	point, ok := places(c.each(0)[:min(1, len(c.each(0)))])
	shape, ok2 := places([]string{c.text(1)})
	if !ok || !ok2 {
		return OfBoolean(false)
	}
	inside, p := false, point[0]
	for i, a := range shape {
		b := shape[(i+len(shape)-1)%len(shape)]
		if (a.longitude > p.longitude) == (b.longitude > p.longitude) {
			continue
		}
		if p.latitude < (b.latitude-a.latitude)*(p.longitude-a.longitude)/(b.longitude-a.longitude)+a.latitude {
			inside = !inside
		}
	}
	return OfBoolean(inside)
}
