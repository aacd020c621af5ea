package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"text/tabwriter"

	"plumbline/app/record"
	"plumbline/app/store"
	"plumbline/sync/client"
	"plumbline/sync/link"
	"plumbline/sync/server"
)

// linkUsage is the part of usage on servers below and above.
const linkUsage = `  plumblined enrol --above --data DIR              print a one-time code for a server above (province, ministry): it may
                                                   read everything here and write nothing; end it with revoke
  plumblined link add --data DIR --server URL --code CODE
                                                   pull everything from a server below from now on, with a code that was
                                                   printed there; also while the server runs
  plumblined link list --data DIR                  list the servers below: last contact, entries behind, problem
  plumblined link remove --data DIR URL            pull no more from a server below; what came stays
`

// addLink makes a link to a server below.
func addLink(ctx context.Context, s settings, out, _ io.Writer) (err error) {
	h, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	l, err := client.AddLink(ctx, h.store, s.data, s.plain, s.server, s.code)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "linked to", l.URL, l.Server)
	return nil
}

// listLinks lists the servers below, and under each what is wrong with it.
func listLinks(ctx context.Context, s settings, out, _ io.Writer) (err error) {
	h, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	list, err := h.store.Links(ctx)
	if err != nil {
		return err
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SERVER\tADDRESS\tLAST CONTACT\tBEHIND\tLOST THERE")
	for _, l := range list {
		lost := fmt.Sprint(l.Lost)
		if l.Lost < 0 {
			lost = "?"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", l.Server, l.URL, day(l.Contact), l.Behind, lost)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	lines := strings.SplitAfter(b.String(), "\n")
	fmt.Fprint(out, lines[0])
	for n, l := range list {
		fmt.Fprint(out, lines[n+1])
		for _, e := range problems(l) {
			fmt.Fprintln(out, "  "+strings.ReplaceAll(say(e), "\n", "\n  "))
		}
	}
	return nil
}

// problems gives what people should know of a link.
func problems(l store.Link) []error {
	var out []error
	if l.Problem != "" {
		e := &record.Error{Message: l.Problem, Args: map[string]any{"server": l.URL}}
		d := json.NewDecoder(strings.NewReader(l.Detail))
		if args := map[string]any{}; d.Decode(&args) == nil {
			for k, v := range args {
				e.Args[k] = v
			}
			l.Detail = strings.TrimSpace(l.Detail[d.InputOffset():])
		}
		if l.Detail != "" {
			e.Err = errors.New(l.Detail)
		}
		out = append(out, e)
	}
	if l.Lost > 0 {
		out = append(out, &record.Error{Message: "link.lost", Args: map[string]any{"n": l.Lost}})
	}
	return out
}

// removeLink ends the pulling from the server below that a person names, by its
// address or its identity.
func removeLink(ctx context.Context, s settings, out, _ io.Writer) (err error) {
	h, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	list, err := h.store.Links(ctx)
	if err != nil {
		return err
	}
	for _, l := range list {
		if l.URL == strings.TrimRight(s.args[0], "/") || string(l.Server) == s.args[0] {
			fmt.Fprintln(out, l.URL, "removed")
			return client.RemoveLink(ctx, h.store, l.Server)
		}
	}
	return &record.Error{Code: record.NotFound, Message: "link.unknown", Args: map[string]any{"server": s.args[0]}}
}

// runLinks pulls from the servers below until the context ends, or the returned
// function is called.
func runLinks(ctx context.Context, s settings, h *house, srv *server.Server, log *slog.Logger) (end func()) {
	links := link.New(link.Options{Store: h.store, Files: h.files, Folder: s.data, Server: srv, Every: s.linkEvery, Originals: s.linkOriginals,
		App: "plumblined/" + version(), Log: log})
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		links.Run(ctx)
		close(ended)
	}()
	return func() {
		cancel()
		<-ended
	}
}
