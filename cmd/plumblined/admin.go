package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"plumbline/app/record"
	"plumbline/sync/account"
	"plumbline/sync/protocol"
	"plumbline/sync/server"
)

// enrol prints a one-time code, and nothing else on standard output.
func enrol(ctx context.Context, s settings, out, errs io.Writer) (err error) {
	h, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	pin, err := server.Pin(s.data)
	if err != nil {
		return err
	}
	var code protocol.Code
	if s.above {
		code, err = h.accounts.NewCodeAbove(ctx, s.name, pin)
	} else {
		code, err = h.accounts.NewCode(ctx, s.authority, s.name, record.ID(s.device), pin)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(out, code)
	if pin == nil {
		fmt.Fprintln(errs, "This code pins no certificate: it is good for plain HTTP on this machine and for a server with --tls-cert.\n"+
			"For a server with certificates of its own, start that once before asking for codes.")
	}
	return nil
}

// devices lists the laptops.
func devices(ctx context.Context, s settings, out, _ io.Writer) (err error) {
	h, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	list, err := h.accounts.Devices(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "DEVICE\tAUTHORITY\tNAME\tENROLLED\tREVOKED\tSCOPE")
	for _, d := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Authority, d.Name, day(d.Enrolled), day(d.Revoked), scope(d))
	}
	return w.Flush()
}

// scope says what a device may do here.
func scope(d account.Device) string {
	switch {
	case d.Wide:
		return "reads everything (a server above)"
	case d.Below != "":
		return "none (known through " + string(d.Below) + ")"
	}
	return "its authority"
}

func day(ms int64) string {
	if ms == 0 {
		return "-"
	}
	return time.UnixMilli(ms).Format("2006-01-02 15:04")
}

// revoke ends a laptop's access.
func revoke(ctx context.Context, s settings, out, _ io.Writer) (err error) {
	h, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if err := h.accounts.Revoke(ctx, record.ID(s.args[0])); err != nil {
		return err
	}
	fmt.Fprintln(out, s.args[0], "revoked")
	return nil
}
