package storetest

import (
	"fmt"
	"slices"
	"strings"
)

// Difference shows the lines of the tables that only one of two dumps has.
func Difference(a, b string) string {
	var out strings.Builder
	left, right := strings.Split(a, "\n"), strings.Split(b, "\n")
	for _, line := range left {
		if !slices.Contains(right, line) {
			fmt.Fprintln(&out, "-", line)
		}
	}
	for _, line := range right {
		if !slices.Contains(left, line) {
			fmt.Fprintln(&out, "+", line)
		}
	}
	return out.String()
}
