package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"plumbline/app/record"
	"plumbline/sync/server"
)

// patience is how long requests under way may take to end at a stop.
const patience = 20 * time.Second

// serve runs the server until the context ends.
func serve(ctx context.Context, s settings, out, errs io.Writer) (err error) {
	if os.Getenv("GOGC") == "" {
		// What lives long here is small; collecting it less often saves a fifth of
		// the processor time. The limit keeps a thousand laptops within 300 MB.
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(200 << 20)
	}
	h, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	unlock, err := lockServer(s)
	if err != nil {
		return err
	}
	defer unlock()
	log := slog.New(slog.NewTextHandler(errs, nil))
	if s.json {
		log = slog.New(slog.NewJSONHandler(errs, nil))
	}
	srv, err := server.New(ctx, server.Options{Store: h.store, Files: h.files, Accounts: h.accounts, Folder: s.data,
		Sample: s.sample, Version: version(), Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, srv.Close()) }()
	l, err := listen(s)
	if err != nil {
		return err
	}
	defer runLinks(ctx, s, h, srv, log)()
	fmt.Fprintf(out, "listening on %s://%s\n", l.scheme, l.Addr())
	return until(ctx, server.NewHTTPServer(srv.Handler()), l, log)
}

// lockServer keeps the data folder for one server: two would give out positions
// without knowing of each other.
func lockServer(s settings) (unlock func() error, err error) {
	lock := flock.New(filepath.Join(s.data, "server-lock"))
	if ok, err := lock.TryLock(); err != nil || !ok {
		lock.Close()
		return nil, &record.Error{Code: record.Busy, Message: "server.running", Args: map[string]any{"folder": s.data}, Err: err}
	}
	return lock.Close, nil
}

type listener struct {
	net.Listener
	scheme string
}

// listen opens the port, with TLS unless it is on loopback or told otherwise.
func listen(s settings) (listener, error) {
	raw, err := net.Listen("tcp", s.listen)
	if err != nil {
		return listener{}, &record.Error{Code: record.Invalid, Message: "server.cannot_listen", Args: map[string]any{"address": s.listen}, Err: err}
	}
	address, _ := raw.Addr().(*net.TCPAddr)
	loopback := address != nil && address.IP.IsLoopback()
	if s.plain || loopback && !s.tls && s.tlsCert == "" {
		return listener{raw, "http"}, nil
	}
	config, err := tlsConfig(s)
	if err != nil {
		raw.Close()
		return listener{}, err
	}
	return listener{tls.NewListener(raw, config), "https"}, nil
}

func tlsConfig(s settings) (*tls.Config, error) {
	if s.tlsCert != "" {
		pair, err := tls.LoadX509KeyPair(s.tlsCert, s.tlsKey)
		if err != nil {
			return nil, &record.Error{Code: record.Invalid, Message: "server.tls_files", Args: map[string]any{"cert": s.tlsCert, "key": s.tlsKey}, Err: err}
		}
		return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, Certificates: []tls.Certificate{pair}}, nil
	}
	var names []string
	for _, n := range strings.Split(s.tlsName, ",") {
		names = append(names, strings.TrimSpace(n))
	}
	a, err := server.OpenAuthority(s.data, names)
	if err != nil {
		return nil, err
	}
	return a.TLS(), nil
}

// until serves until the context ends, then lets requests under way end.
func until(ctx context.Context, h *http.Server, l net.Listener, log *slog.Logger) error {
	h.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug) // strangers knocking on the port
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping")
	end, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := h.Shutdown(end); err != nil {
		log.Warn("requests under way were cut off", "err", err)
		return h.Close()
	}
	return nil
}
