package server

import (
	"context"

	"plumbline/app/record"
	"plumbline/sync/account"
)

// factNumbers is the feed in which numbers may be given: the one that the first
// server began, or that an administrator said so of.
const factNumbers = "numbers"

// NumbersHeld tells whether no numbers are given for the time being. A database
// that was restored from a backup may have lost some, and would give them again
// to other documents; laptops bring them back, but only an administrator knows
// when all have.
func NumbersHeld(ctx context.Context, a *account.Accounts) (bool, error) {
	feed, err := a.Fact(ctx, "feed")
	if err != nil {
		return true, err
	}
	of, err := a.SwapFact(ctx, factNumbers, "", feed)
	return of != feed, err
}

// ResumeNumbers has numbers given again after a restore: with the next push.
func ResumeNumbers(ctx context.Context, a *account.Accounts) error {
	feed, err := a.Fact(ctx, "feed")
	if err != nil {
		return err
	}
	return a.SetFact(ctx, factNumbers, feed)
}

// number gives issued documents their numbers 文号, if papers came or some may be
// waiting. What goes wrong is logged: what was pushed is kept whatever becomes
// of it, and the next push numbers what waits.
func (s *Server) number(ctx context.Context, papers bool) {
	if !s.unnumbered.Swap(false) && !papers {
		return
	}
	held, err := NumbersHeld(ctx, s.accounts)
	if err == nil && !held {
		_, err = s.store.NumberDocuments(ctx, func(device record.ID) (string, error) {
			d, err := s.accounts.Device(ctx, device)
			if record.CodeOf(err) == record.NotFound || d.Below != "" {
				return "", nil
			}
			return d.Authority, err
		})
	}
	if err != nil {
		s.log.Error("number documents; the next push tries again", "err", err)
	}
	if err != nil || held {
		s.unnumbered.Store(true)
	}
}
