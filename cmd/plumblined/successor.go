package main

import (
	"context"
	"fmt"
	"io"

	"plumbline/app/record"
	"plumbline/sync/server"
)

// succeed gives the server's own certificate authority a new key.
func succeed(_ context.Context, s settings, out, _ io.Writer) error {
	pin, err := server.Pin(s.data)
	if err != nil {
		return err
	}
	if pin == nil {
		return &record.Error{Code: record.NotFound, Message: "server.no_authority", Args: map[string]any{"folder": s.data}}
	}
	if err := server.Succeed(s.data); err != nil {
		return err
	}
	fmt.Fprintln(out, "The certificate authority has a new key, named by the old one. Restart the server; back up the keys folder.")
	return nil
}
