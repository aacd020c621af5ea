package store

import (
	"context"
	"time"
)

// OtherDevice is another device whose entries are here, and when it wrote the last of
// them by its own clock. What it wrote since is not here.
type OtherDevice struct {
	Device string    `json:"device"`
	Last   time.Time `json:"last"`
}

// OtherDevices lists the other devices whose entries are here, the one longest not
// heard of first.
func (s *Store) OtherDevices(ctx context.Context) ([]OtherDevice, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT device, MAX(hlc) FROM chain WHERE device <> $1 GROUP BY device ORDER BY 2, 1", string(s.Self().Device))
	if err != nil {
		return nil, s.fault("list devices", err)
	}
	defer rows.Close()
	var out []OtherDevice
	for rows.Next() {
		var w OtherDevice
		var at int64
		if err := rows.Scan(&w.Device, &at); err != nil {
			return nil, s.fault("list devices", err)
		}
		w.Last = time.UnixMilli(at >> 16)
		out = append(out, w)
	}
	return out, s.fault("list devices", rows.Err())
}
