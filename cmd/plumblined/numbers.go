package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"plumbline/app/record"
	"plumbline/sync/server"
)

// numbers tells how far the documents' numbers have come and, with --resume, has
// them given again after a restore.
func numbers(ctx context.Context, s settings, out, _ io.Writer) (err error) {
	h, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if s.resume {
		if err := server.ResumeNumbers(ctx, h.accounts); err != nil {
			return err
		}
	}
	all, waiting, err := h.store.Numbers(ctx)
	if err != nil {
		return err
	}
	for _, authority := range slices.Sorted(maps.Keys(all)) {
		last := map[string]record.DocumentNumber{}
		for _, n := range all[authority] {
			order := fmt.Sprint(n.Word, " ", n.Year)
			if n.N > last[order].N {
				last[order] = n
			}
		}
		for _, order := range slices.Sorted(maps.Keys(last)) {
			fmt.Fprintf(out, "%s\tlast number %s\n", authority, last[order])
		}
		missing, twice := record.CheckNumbers(all[authority])
		for _, n := range missing {
			fmt.Fprintf(out, "%s\tno document bears %s\n", authority, n)
		}
		for _, n := range twice {
			fmt.Fprintf(out, "%s\tmore than one document bears %s\n", authority, n)
		}
	}
	held, err := server.NumbersHeld(ctx, h.accounts)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d issued documents wait for a number\n", waiting)
	if held {
		fmt.Fprintln(out, "No numbers are given: the database was restored from a backup and may have lost some.\n"+
			"Have all laptops sync, compare the last numbers above with the office's register, then: plumblined numbers --resume")
	}
	return nil
}
