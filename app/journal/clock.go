package journal

import "time"

// Tick gives the next reading of the hybrid clock: the wall clock in
// milliseconds, shifted by 16 bits, or one more than the last reading when the
// wall clock stands still or runs backwards. It sorts timelines; it never
// decides which value counts.
func Tick(last int64, now time.Time) int64 {
	return max(now.UnixMilli()<<16, last+1)
}

// Witness moves the clock past a reading seen in somebody else's entry, but
// never more than a day ahead of the wall clock: a laptop set to 2036 must not
// drag the others along.
func Witness(last, seen int64, now time.Time) int64 {
	if seen > now.Add(24*time.Hour).UnixMilli()<<16 {
		return last
	}
	return max(last, seen)
}
