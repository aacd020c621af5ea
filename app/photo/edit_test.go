package photo

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"plumbline/app/record"
)

func hideStep(x, y, w, h int) record.PhotoStep {
	return record.PhotoStep{Do: record.HidePart, X: x, Y: y, W: w, H: h}
}

func cropStep(x, y, w, h int) record.PhotoStep {
	return record.PhotoStep{Do: record.CropPhoto, X: x, Y: y, W: w, H: h}
}

func turnStep(n int) record.PhotoStep { return record.PhotoStep{Do: record.TurnPhoto, Quarters: n} }

func edited(t testing.TB, original []byte, steps ...record.PhotoStep) (Edited, image.Image) {
	t.Helper()
	e, err := Edit(original, steps, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(e.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	if e.Width != m.Bounds().Dx() || e.Height != m.Bounds().Dy() {
		t.Errorf("the copy says it is %d × %d, and is %v", e.Width, e.Height, m.Bounds())
	}
	return e, m
}

// red tells whether the colour of marks is at a place.
func red(m image.Image, x, y int) bool {
	r, g, b, _ := m.At(x, y).RGBA()
	return r > 0xb000 && g < 0x5000 && b < 0x5000
}

// Steps are told in the picture as it is seen, however the camera was held.
func TestStepsMeanTheSamePlaceHoweverTheCameraWasHeld(t *testing.T) {
	seen := quarters(300, 200)
	for o := 1; o <= 8; o++ {
		data := withExif(jpegOf(t, held(seen, o)), plainExif(o))
		what := fmt.Sprintf("orientation %d", o)
		_, m := edited(t, data, cropStep(150, 0, 150, 100)) // the right upper quarter
		if m.Bounds().Dx() != 150 || m.Bounds().Dy() != 100 {
			t.Errorf("%s: the crop is %v, want 150 × 100", what, m.Bounds())
		}
		for _, p := range []image.Point{{8, 8}, {141, 8}, {8, 91}, {141, 91}} {
			near(t, what+" cropped", m, p.X, p.Y, corners[1])
		}
		_, m = edited(t, data, turnStep(1))
		if m.Bounds().Dx() != 200 || m.Bounds().Dy() != 300 {
			t.Errorf("%s: turned it is %v, want 200 × 300", what, m.Bounds())
		}
		for n, p := range []image.Point{{150, 75}, {150, 225}, {50, 75}, {50, 225}} { // where the four corners go, clockwise
			near(t, what+" turned", m, p.X, p.Y, corners[n])
		}
		_, m = edited(t, data, turnStep(3), turnStep(1), turnStep(2), turnStep(2))
		near(t, what+" turned all the way", m, 20, 20, corners[0])
		_, m = edited(t, data, record.PhotoStep{Do: record.DrawCircle, X: 200, Y: 120, W: 60, H: 60})
		if !red(m, 230, 120) {
			t.Errorf("%s: no circle at its top", what)
		}
		near(t, what+" circled", m, 230, 150, corners[3])
		_, m = edited(t, data, hideStep(0, 0, 150, 100))
		if r, g, b, _ := m.At(75, 50).RGBA(); int(r>>8)-int(corners[0].R) == 0 && int(g>>8)-int(corners[0].G) == 0 && int(b>>8)-int(corners[0].B) == 0 {
			t.Errorf("%s: the hidden quarter is as it was", what)
		}
		near(t, what+" beside what is hidden", m, 170, 50, corners[1])
		near(t, what+" beside what is hidden", m, 75, 115, corners[2])
	}
}

// The same original and steps always give the same bytes: this digest stands
// for all machines with this JPEG writer.
func TestAnEditedCopyIsTheSameBytesEachTime(t *testing.T) {
	r := rand.New(rand.NewSource(9))
	m := image.NewYCbCr(image.Rect(0, 0, 900, 600), image.YCbCrSubsampleRatio420)
	for i := range m.Y {
		m.Y[i] = byte(60 + i%900/8 + r.Intn(30))
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = byte(110+i%40), byte(120+i%25)
	}
	original := withExif(jpegOf(t, m), plainExif(6))
	steps := everyTool(600, 900)
	first, _ := edited(t, original, steps...)
	for range 3 {
		if again, _ := edited(t, original, steps...); !bytes.Equal(again.JPEG, first.JPEG) {
			t.Fatal("the same steps gave other bytes")
		}
	}
	if match, err := Compare(original, first.JPEG, steps, DefaultLimits); err != nil || match != Identical {
		t.Errorf("made again it is %q (%v), want identical", match, err)
	}
	if first.Of != record.HashOf(original) || first.OfWidth != 600 || first.OfHeight != 900 {
		t.Errorf("the copy says it is of %s, %d × %d", first.Of.Short(), first.OfWidth, first.OfHeight)
	}
	if bytes.Contains(first.JPEG, []byte("Exif")) {
		t.Error("the copy holds the camera's data: the thumbnail in it would show what is hidden")
	}
}

func everyTool(w, h int) []record.PhotoStep {
	return []record.PhotoStep{
		hideStep(w/10, h/10, w/5, h/8), turnStep(1), cropStep(w/20, h/20, w*9/10, h*9/10),
		{Do: record.DrawArrow, Points: [][2]int{{w / 2, h / 2}, {w * 3 / 4, h / 3}}},
		{Do: record.DrawCircle, X: w / 3, Y: h / 3, W: w / 4, H: h / 5},
		{Do: record.DrawLine, Points: [][2]int{{w / 8, h / 2}, {w / 6, h * 3 / 5}, {w / 4, h * 3 / 5}, {w / 3, h / 2}}},
		{Do: record.WriteText, X: w / 2, Y: h * 3 / 4, Size: max(1, h/20), Text: "缺第3页 𬭎"},
	}
}

// However different the numbers beneath, the copy has room for no more than a
// few pictures of them: nothing can be read back from so little.
func TestWhatIsHiddenCannotBeToldFromTheCopy(t *testing.T) {
	const w, h = 800, 600
	page := func(number string) []byte {
		m := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
		for i := range m.Y {
			m.Y[i] = 230
		}
		for i := range m.Cb {
			m.Cb[i], m.Cr[i] = 126, 130
		}
		d := drawing{out: m, part: record.PhotoPart{W: w, H: h}, w: w, h: h, weight: fraction}
		d.step(record.PhotoStep{Do: record.WriteText, X: 100, Y: 100, Size: 24, Text: number})
		return jpegOf(t, m)
	}
	r := rand.New(rand.NewSource(3))
	seen := map[record.Hash]int{}
	const numbers = 24
	for range numbers {
		number := ""
		for range 18 {
			number += string(rune('0' + r.Intn(10)))
		}
		e, m := edited(t, page(number), hideStep(95, 95, 310, 45))
		seen[e.Digest]++
		values := map[[3]uint32]bool{}
		for y := 100; y < 135; y += 7 {
			for x := 100; x < 400; x += 3 {
				r, g, b, _ := m.At(x, y).RGBA()
				values[[3]uint32{r >> 12, g >> 12, b >> 12}] = true
			}
		}
		if len(values) > 6*mosaicAlong { // each block, and what JPEG makes of its edges
			t.Fatalf("%d colours in the hidden line, want a few", len(values))
		}
	}
	if len(seen) > numbers/4 {
		t.Errorf("%d numbers made %d different copies: the copy tells them apart", numbers, len(seen))
	}
}

// Property: nothing within a hidden rectangle reaches the copy but the levels
// of its blocks. Two originals that agree outside, and in those levels inside,
// make the same copy.
func TestOnlyTheBlocksOfWhatIsHiddenReachTheCopy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(8, 200).Draw(t, "w"), rapid.IntRange(8, 200).Draw(t, "h")
		ratio := rapid.SampledFrom([]image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio440}).Draw(t, "ratio")
		x, y := rapid.IntRange(0, w-2).Draw(t, "x"), rapid.IntRange(0, h-2).Draw(t, "y")
		r := image.Rect(x, y, x+rapid.IntRange(1, w-x).Draw(t, "rw"), y+rapid.IntRange(1, h-y).Draw(t, "rh"))
		rnd := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		m := image.NewYCbCr(image.Rect(0, 0, w, h), ratio)
		for _, plane := range [][]byte{m.Y, m.Cb, m.Cr} {
			for i := range plane {
				plane[i] = byte(rnd.Intn(256))
			}
		}
		once := hide(m, []image.Rectangle{r}).(*image.YCbCr)
		levels := map[byte]bool{}
		whole := wholeColours(r, m)
		for y := range h {
			for x := range w {
				p := image.Pt(x, y)
				if p.In(r) {
					levels[once.Y[once.YOffset(x, y)]] = true
				}
				if !p.In(whole) && once.YCbCrAt(x, y) != m.YCbCrAt(x, y) {
					t.Fatalf("%v lies outside %v and changed", p, whole)
				}
			}
		}
		if len(levels) > 2*greyLevels || len(levels) > 2*mosaicAlong*mosaicAlong {
			t.Fatalf("%d brightnesses in the hidden rectangle", len(levels))
		}
		// Stirring the pixels within each block changes nothing.
		across, down := blocks(r, m.Rect)
		stirred := *m
		stirred.Y = append([]byte(nil), m.Y...)
		py, _, _ := planesOf(stirred.SubImage(whole).(*image.YCbCr))
		for j := range down {
			for i := range across {
				var at []int
				for y := j * py.h / down; y < (j+1)*py.h/down; y++ {
					for x := i * py.w / across; x < (i+1)*py.w/across; x++ {
						at = append(at, y*py.stride+x)
					}
				}
				rnd.Shuffle(len(at), func(a, b int) { py.pix[at[a]], py.pix[at[b]] = py.pix[at[b]], py.pix[at[a]] })
			}
		}
		if again := hide(&stirred, []image.Rectangle{r}).(*image.YCbCr); !bytes.Equal(again.Y, once.Y) {
			t.Fatal("pixels stirred within the blocks show in the copy")
		}
		if m.Y[0] != stirred.Y[0] && !image.Pt(0, 0).In(whole) {
			t.Fatal("the original was changed")
		}
	})
}

func TestTheOriginalIsNeverChanged(t *testing.T) {
	for name, original := range map[string][]byte{
		"jpeg": withExif(jpegOf(t, quarters(301, 203)), plainExif(8)),
		"grey": jpegOf(t, image.NewGray(image.Rect(0, 0, 203, 301))),
		"png":  pngOf(t, quarters(203, 301)),
	} {
		before := append([]byte(nil), original...)
		w, h := 203, 301
		e, _ := edited(t, original, everyTool(w, h)...)
		if !bytes.Equal(before, original) {
			t.Errorf("%s: the original's bytes changed", name)
		}
		p, err := Decode(original, DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		plain := p.Draw(nil, record.PhotoPart{}, 500)
		p.Draw(everyTool(w, h), record.PhotoPart{}, 500)
		if again := p.Draw(nil, record.PhotoPart{}, 500); !bytes.Equal(again.Y, plain.Y) || !bytes.Equal(again.Cb, plain.Cb) {
			t.Errorf("%s: drawing with steps changed the picture", name)
		}
		if match, err := Compare(original, e.JPEG, everyTool(w, h)[1:], DefaultLimits); err != nil || match != Different {
			t.Errorf("%s: without the hidden place the copy is %q (%v), want different", name, match, err)
		}
		_, m := edited(t, original, record.PhotoStep{Do: record.DrawArrow, Points: [][2]int{{20, 20}, {180, 280}}})
		if !red(m, 100, 150) {
			t.Errorf("%s: no arrow at its middle", name)
		}
	}
}

// Somebody else's JPEG writer gives other bytes of the same picture.
func TestACopyMadeByAnotherWriterIsAlike(t *testing.T) {
	original := jpegOf(t, quarters(400, 300))
	steps := everyTool(400, 300)
	e, m := edited(t, original, steps...)
	var other bytes.Buffer
	if err := jpeg.Encode(&other, m, &jpeg.Options{Quality: 93}); err != nil {
		t.Fatal(err)
	}
	if match, err := Compare(original, other.Bytes(), steps, DefaultLimits); err != nil || match != Alike {
		t.Errorf("written anew it is %q (%v), want alike", match, err)
	}
	if match, err := Compare(original, e.JPEG, append(steps, hideStep(160, 120, 80, 60)), DefaultLimits); err != nil || match != Different {
		t.Errorf("with one step more it is %q (%v), want different", match, err)
	}
	if _, err := Compare(original, []byte("no picture"), steps, DefaultLimits); record.CodeOf(err) == "" {
		t.Errorf("a copy that is no picture: %v, want an error for people", err)
	}
}

func TestStepsThatMeanNothingAreRefusedByNumber(t *testing.T) {
	original := jpegOf(t, quarters(100, 80))
	good := hideStep(0, 0, 10, 10)
	many := make([]record.PhotoStep, record.MostPhotoSteps+1)
	for n := range many {
		many[n] = good
	}
	for name, c := range map[string]struct {
		steps []record.PhotoStep
		want  string
	}{
		"none":             {nil, "photo.step.none"},
		"too many":         {many, "photo.step.too_many"},
		"outside":          {[]record.PhotoStep{good, hideStep(95, 0, 10, 10)}, "photo.step.outside"},
		"negative":         {[]record.PhotoStep{good, hideStep(-1, 0, 10, 10)}, "photo.step.outside"},
		"overflowing":      {[]record.PhotoStep{good, hideStep(1<<62, 0, 1<<62, 10)}, "photo.step.outside"},
		"nothing":          {[]record.PhotoStep{good, hideStep(5, 5, 0, 10)}, "photo.step.empty"},
		"crops apart":      {[]record.PhotoStep{cropStep(0, 0, 10, 10), cropStep(50, 50, 10, 10)}, "photo.step.empty"},
		"no turn":          {[]record.PhotoStep{good, turnStep(4)}, "photo.step.quarters"},
		"arrow to itself":  {[]record.PhotoStep{good, {Do: record.DrawArrow, Points: [][2]int{{1, 1}, {1, 1}}}}, "photo.step.points"},
		"line of a point":  {[]record.PhotoStep{good, {Do: record.DrawLine, Points: [][2]int{{1, 1}}}}, "photo.step.points"},
		"line outside":     {[]record.PhotoStep{good, {Do: record.DrawLine, Points: [][2]int{{1, 1}, {101, 1}}}}, "photo.step.outside"},
		"line of too many": {[]record.PhotoStep{good, {Do: record.DrawLine, Points: make([][2]int, 2001)}}, "photo.step.too_long"},
		"no text":          {[]record.PhotoStep{good, {Do: record.WriteText, Text: " ", Size: 9}}, "photo.step.no_text"},
		"two lines":        {[]record.PhotoStep{good, {Do: record.WriteText, Text: "a\nb", Size: 9}}, "photo.step.long_text"},
		"tool of tomorrow": {[]record.PhotoStep{good, {Do: "melt"}}, "photo.step.unknown"},
	} {
		_, err := Edit(original, c.steps, DefaultLimits)
		var e *record.Error
		if !errors.As(err, &e) || e.Message != c.want {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		} else if len(c.steps) == 2 && e.Args["n"] != 2 {
			t.Errorf("%s: names step %v, want 2", name, e.Args["n"])
		}
	}
}

// A part of the picture drawn by itself shows what the whole does there: what
// one sees while zoomed in is what will be kept.
func TestAPartDrawnCloseUpShowsTheSameMarks(t *testing.T) {
	p, err := Decode(withExif(jpegOf(t, held(quarters(400, 300), 6)), plainExif(6)), DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	steps := []record.PhotoStep{{Do: record.DrawCircle, X: 100, Y: 100, W: 100, H: 80}, hideStep(220, 120, 60, 40)}
	whole := p.Draw(steps, record.PhotoPart{}, 400)
	part := record.PhotoPart{X: 90, Y: 90, W: 200, H: 100}
	close := p.Draw(steps, part, 200)
	differ := 0
	for y := range part.H {
		for x := range part.W {
			if abs(int(whole.YCbCrAt(part.X+x, part.Y+y).Y)-int(close.YCbCrAt(x, y).Y)) > 40 {
				differ++
			}
		}
	}
	if differ > part.W*part.H/200 {
		t.Errorf("%d of %d pixels differ between the whole and the part", differ, part.W*part.H)
	}
}

func FuzzEdit(f *testing.F) {
	original := jpegOf(f, quarters(40, 30))
	f.Add("hide", 1, 2, 3, 4, 1, "x", 5)
	f.Add("text", -1, 2, 3, 4, 1, "检查", 50)
	f.Add("circle", 0, 0, 40, 30, 0, "", 0)
	f.Add("arrow", 40, 30, 0, 0, 0, "", 0)
	f.Fuzz(func(t *testing.T, do string, x, y, w, h, quarters int, text string, size int) {
		s := record.PhotoStep{Do: record.PhotoTool(do), X: x, Y: y, W: w, H: h, Quarters: quarters, Text: text, Size: size, Points: [][2]int{{x, y}, {w, h}}}
		if e, err := Edit(original, []record.PhotoStep{s}, DefaultLimits); err == nil {
			if _, err := jpeg.DecodeConfig(bytes.NewReader(e.JPEG)); err != nil {
				t.Fatal(err)
			}
		} else if record.CodeOf(err) == "" {
			t.Fatalf("not for people: %v", err)
		}
	})
}

func TestEveryToolLeavesItsMark(t *testing.T) {
	original := jpegOf(t, quarters(600, 800))
	steps := everyTool(600, 800)
	turn, crop := steps[1], steps[2]
	_, plain := edited(t, original, turn, crop)
	for n, s := range steps {
		if n == 1 || n == 2 {
			continue
		}
		_, m := edited(t, original, turn, crop, s)
		differ := 0
		for y := range m.Bounds().Dy() {
			for x := range m.Bounds().Dx() {
				a, b := m.(*image.YCbCr).YCbCrAt(x, y), plain.(*image.YCbCr).YCbCrAt(x, y)
				if abs(int(a.Y)-int(b.Y))+abs(int(a.Cr)-int(b.Cr)) > 15 {
					differ++
				}
			}
		}
		if differ < 300 {
			t.Errorf("%s changes %d pixels", s.Do, differ)
		}
	}
}

// PLUMBLINE_LOOK=FOLDER leaves a copy with every tool there, to be looked at.
func TestAPersonLooksAtACopy(t *testing.T) {
	folder := os.Getenv("PLUMBLINE_LOOK")
	if folder == "" {
		t.Skip("for people: set PLUMBLINE_LOOK to a folder")
	}
	e, _ := edited(t, camera12MP(t), everyTool(3000, 4000)...)
	if err := os.WriteFile(filepath.Join(folder, "edited.jpg"), e.JPEG, 0o600); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkRow_PhotoEdit(b *testing.B) {
	data := camera12MP(b)
	steps := everyTool(3000, 4000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Edit(data, steps, DefaultLimits); err != nil {
			b.Fatal(err)
		}
	}
}

// What the editor draws again after each stroke, at the size of a window.
func BenchmarkDrawForTheWindow(b *testing.B) {
	p, err := Decode(camera12MP(b), DefaultLimits)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		p.Draw(everyTool(3000, 4000), record.PhotoPart{}, 1200)
	}
}
