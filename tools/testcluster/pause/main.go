// Command pause is all that is in the images of tools/testnode: it waits until it is told to end. With
// an argument it ends by itself after that time (a Go duration).
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	var over <-chan time.Time
	if len(os.Args) > 1 {
		life, err := time.ParseDuration(os.Args[1])
		if err != nil {
			fmt.Fprintln(os.Stderr, "pause:", err)
			os.Exit(2)
		}
		over = time.After(life)
	}
	select {
	case <-told:
	case <-over:
	}
}
