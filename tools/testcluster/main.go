// Command testcluster runs a real Kubernetes control plane (etcd, kube-apiserver and the controllers
// that tests need) in one process on the loopback interface.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const usage = `usage:
  testcluster run --dir DIR [flags]   run a control plane in the foreground until SIGTERM or SIGINT
  testcluster compact --dir DIR       make every resourceVersion up to now too old (410 Gone)
  testcluster compile [flags]         compile admission policies as a server of a certain version would

"testcluster run -h" lists the flags. Exit codes: 0 stopped as asked, 1 failed, 2 wrong usage.
`

// The exit codes, which scripts rely on.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// How often the parent is looked for: soon enough that nothing outlives a test run for long.
const parentCheckInterval = 200 * time.Millisecond

func main() {
	os.Exit(dispatch(os.Args[1:]))
}

func dispatch(args []string) int {
	command := ""
	if len(args) > 0 {
		command = args[0]
	}
	switch command {
	case "run":
		return runCommand(args[1:])
	case "compact":
		return compactCommand(args[1:])
	case "compile":
		return compileCommand(args[1:])
	case "help", "-h", "-help", "--help":
		fmt.Print(usage)
		return exitOK
	default:
		fmt.Fprint(os.Stderr, usage)
		return exitUsage
	}
}

func runCommand(args []string) int {
	started := time.Now()
	var options runOptions
	var exitWithParent bool
	flags := flag.NewFlagSet("testcluster run", flag.ContinueOnError)
	flags.StringVar(&options.dir, "dir", "", "folder for keys, data, logs and kubeconfigs; created if missing, kept for the next run (required)")
	flags.IntVar(&options.port, "port", 0, "port of the API server; 0: the one that the folder remembers, else a free one")
	flags.BoolVar(&options.watchCacheOff, "watch-cache-off", false, "serve every object that the helper watches from etcd, so that 'compact' provokes 410 Gone")
	flags.BoolVar(&options.workloads, "workloads", false, "run the controllers of Deployments and Jobs, too; their Pods need spec.nodeName")
	flags.BoolVar(&options.audit, "audit", false, "write DIR/audit.log: one JSON line per request, without bodies")
	flags.StringVar(&options.helperRBAC, "with-helper-rbac", "", "apply this manifest (deploy/rbac.yaml) and write DIR/helper.kubeconfig for the helper's ServiceAccount")
	flags.Var(&options.apiserverFlags, "apiserver-flag", "one more flag for kube-apiserver, for example --apiserver-flag=--v=4; may be repeated")
	flags.BoolVar(&exitWithParent, "exit-with-parent", false, "stop when the process that started this one has ended")
	if code, ok := parse(flags, args); !ok {
		return code
	}
	if options.dir == "" {
		return usageError("run: --dir is required")
	}
	if options.port < 0 || options.port > 65535 {
		return usageError(fmt.Sprintf("run: --port %d is not within 0..65535", options.port))
	}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if exitWithParent {
		ctx = cancelWithParent(ctx)
	}
	err := runCluster(ctx, options, func(report readyReport) error {
		report.Event = "ready"
		report.Seconds = float64(time.Since(started).Milliseconds()) / 1000
		return json.NewEncoder(os.Stdout).Encode(report)
	})
	if err != nil {
		return failed(err)
	}
	return exitOK
}

func compactCommand(args []string) int {
	var dir string
	flags := flag.NewFlagSet("testcluster compact", flag.ContinueOnError)
	flags.StringVar(&dir, "dir", "", "folder of a running cluster (required)")
	if code, ok := parse(flags, args); !ok {
		return code
	}
	if dir == "" {
		return usageError("compact: --dir is required")
	}
	revision, err := compact(dir)
	if err != nil {
		return failed(err)
	}
	fmt.Printf("{\"event\":\"compacted\",\"revision\":%d}\n", revision)
	return exitOK
}

// parse reports whether the command may go on, and otherwise its exit code.
func parse(flags *flag.FlagSet, args []string) (int, bool) {
	// The package prints its errors itself, and help to the same place; only help belongs to stdout.
	var text strings.Builder
	flags.SetOutput(&text)
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		return usageError(fmt.Sprintf("unexpected argument %q", flags.Arg(0))), false
	}
	if err == nil {
		return exitOK, true
	}
	if errors.Is(err, flag.ErrHelp) {
		_, _ = io.WriteString(os.Stdout, text.String())
		return exitOK, false
	}
	_, _ = io.WriteString(os.Stderr, text.String())
	return exitUsage, false
}

func usageError(message string) int {
	fmt.Fprintf(os.Stderr, "testcluster: %s\n%s", message, usage)
	return exitUsage
}

func failed(err error) int {
	fmt.Fprintf(os.Stderr, "testcluster: %v\n", err)
	return exitFailed
}

// cancelWithParent returns a context that ends when the process that started this one has ended.
//
// PR_SET_PDEATHSIG is not used: it fires when the parent's *thread* ends, and test runners start
// programs from short-lived threads.
func cancelWithParent(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	parent := os.Getppid()
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(parentCheckInterval):
				if os.Getppid() != parent {
					cancel(errors.New("the parent process has ended"))
					return
				}
			}
		}
	}()
	return ctx
}

// repeatedFlag collects the values of a flag that may be given several times.
type repeatedFlag []string

func (r *repeatedFlag) String() string { return strings.Join(*r, " ") }

func (r *repeatedFlag) Set(value string) error {
	*r = append(*r, value)
	return nil
}
