package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

func soakVerb(ctx context.Context, args []string) error {
	f := flags("soak", "Runs the long fault tests, those named TestSoak…: crashes, cut connections and full disks at random\nmoments. Each round has a seed of its own, given to the tests as PLUMBLINE_SOAK_SEED beside\nPLUMBLINE_SOAK=1; a failed round is repeated with --seed.\n")
	rounds := f.Int("rounds", 3, "how many rounds")
	seed := f.Uint64("seed", 0, "the seed of the first round; 0 takes one at random")
	only := f.String("only", "", "run only the tests whose `name` after TestSoak matches this regular expression")
	limit := f.Duration("timeout", 2*time.Hour, "the longest a round may take")
	if err := parse(f, args); err != nil {
		return err
	}
	if err := install(ctx, certificates, database, pdfReader); err != nil {
		return err
	}
	dsn, stop, err := startPostgres(ctx)
	if err != nil {
		return fmt.Errorf("start PostgreSQL for the tests: %w", err)
	}
	servers, err := testServers(ctx, dsn)
	if err != nil {
		return errors.Join(err, stop())
	}
	first := *seed
	if first == 0 {
		first = uint64(rand.Uint32())
	}
	return errors.Join(soak(ctx, *rounds, first, *only, *limit, servers), stop())
}

// soak runs the rounds, all of them even when one fails, and sums them up.
func soak(ctx context.Context, rounds int, first uint64, only string, limit time.Duration, servers []string) error {
	var lines []string
	failed, tests := 0, 0
	for round := range rounds {
		seed := first + uint64(round)
		fmt.Printf("\n=== soak round %d of %d, seed %d\n", round+1, rounds, seed)
		begun := time.Now()
		out, err := command(ctx, "go", "test", "-tags", "ci", "-count", "1", "-v", "-timeout", limit.String(),
			"-run", "^TestSoak("+only+")", "./app/...", "./sync/...", "./cmd/...").
			env(withoutC, "PLUMBLINE_SOAK=1", "PLUMBLINE_SOAK_SEED="+strconv.FormatUint(seed, 10)).env(servers...).tee()
		result := "ok"
		if err != nil {
			result = "FAILED"
			failed++
		}
		ran := strings.Count(out, "--- PASS: TestSoak") + strings.Count(out, "--- FAIL: TestSoak")
		tests += ran
		lines = append(lines, fmt.Sprintf("seed %-12d %3d tests  %8.1fs  %s", seed, ran, time.Since(begun).Seconds(), result))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	fmt.Printf("\n=== soak summary\n%s\n", strings.Join(lines, "\n"))
	switch {
	case failed > 0:
		return fmt.Errorf("%d of %d rounds failed; repeat one with --rounds 1 --seed SEED", failed, rounds)
	case tests == 0:
		return errors.New("no test named TestSoak… ran")
	}
	return nil
}
