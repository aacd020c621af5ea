package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
)

// openLog logs to a file in the data folder and lets a crash leave its trace in
// another. A folder that cannot be written is told by desk.Open, not here.
func openLog(folder string) (*slog.Logger, func()) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return slog.New(slog.DiscardHandler), func() {}
	}
	if crash, err := os.OpenFile(filepath.Join(folder, "crash.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err == nil {
		debug.SetCrashOutput(crash, debug.CrashOptions{}) // on an error the trace goes to the terminal alone
		crash.Close()
	}
	path := filepath.Join(folder, "plumbline.log")
	if info, err := os.Stat(path); err == nil && info.Size() > 5<<20 {
		os.Rename(path, path+".old") // a log that cannot be moved goes on growing
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return slog.New(slog.DiscardHandler), func() {}
	}
	return slog.New(slog.NewTextHandler(f, nil)), func() { f.Close() }
}
