// The cluster's folder: what a run leaves there, so that the next one continues it.

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// state is what other commands and the next run must know about the last one.
type state struct {
	// Port of the API server. It is part of the token issuer: with another one, old tokens are void.
	Port int `json:"port"`
	// Etcd is the client URL of the running etcd; it changes with each run.
	Etcd string `json:"etcd"`
}

type folder string

func (f folder) path(name string) string { return filepath.Join(string(f), name) }

// openFolder creates the folder if it is missing and locks it for the life of the process.
func openFolder(dir string) (folder, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(absolute, 0o700); err != nil {
		return "", err
	}
	f := folder(absolute)
	lock, err := os.OpenFile(f.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	// Without a lock of our own, a second run would wait for etcd's, silently and for ever.
	err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return "", fmt.Errorf("%s is in use by another testcluster", absolute)
	}
	if err != nil {
		return "", fmt.Errorf("lock %s: %w", lock.Name(), err)
	}
	heldLock = lock
	return f, nil
}

// heldLock keeps the lock's file from being closed by the garbage collector.
var heldLock *os.File

func (f folder) readState() (state, error) {
	var s state
	text, err := os.ReadFile(f.path("state.json"))
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("%s: %w", f.path("state.json"), err)
	}
	return s, nil
}

func (f folder) writeState(s state) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return f.replace("state.json", append(text, '\n'))
}

// openLog returns the file for everything that the parts of the cluster say, and sends their direct
// writes to the standard error stream there, too: etcd's client has a logger of its own, which nothing
// configures. What this program itself writes to os.Stderr, and a crash, still reach the terminal.
func (f folder) openLog() (*os.File, error) {
	log, err := os.OpenFile(f.path("testcluster.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	terminal, err := unix.FcntlInt(uintptr(unix.Stderr), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Dup3(int(log.Fd()), unix.Stderr, 0); err != nil {
		return nil, err
	}
	os.Stderr = os.NewFile(uintptr(terminal), "stderr")
	return log, debug.SetCrashOutput(os.Stderr, debug.CrashOptions{})
}

// replace writes a file so that a reader sees the old or the new content, never a part.
func (f folder) replace(name string, content []byte) error {
	temporary := f.path(name + ".new")
	if err := os.WriteFile(temporary, content, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, f.path(name))
}
