// Support for the tests: starts the built program, as its users do, and stops it again.

package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const manifest = "../../deploy/rbac.yaml"

// Generous bounds: they end a test that hangs and say nothing about the usual times.
const (
	readyTimeout = 90 * time.Second
	endTimeout   = 20 * time.Second
)

// The program under test; TESTCLUSTER names one, else it is built.
var program string

func TestMain(m *testing.M) {
	program = os.Getenv("TESTCLUSTER")
	if program == "" {
		build := exec.Command("./build")
		build.Stderr = os.Stderr
		output, err := build.Output()
		if err != nil {
			fmt.Fprintln(os.Stderr, "build:", err)
			os.Exit(1)
		}
		program = string(bytes.TrimSpace(output))
	}
	os.Exit(m.Run())
}

// cluster is a running program that has reported itself ready.
type cluster struct {
	Server           string
	Kubeconfig       string
	HelperKubeconfig string `json:"helper_kubeconfig"`
	Version          string
	Seconds          float64

	dir     string
	command *exec.Cmd
	// output gets an error when the last process that holds the program's standard output has ended.
	output chan error
	stderr *bytes.Buffer
}

func start(t *testing.T, dir string, flags ...string) *cluster {
	t.Helper()
	arguments := append([]string{"run", "--dir", dir, "--exit-with-parent"}, flags...)
	return startCommand(t, dir, exec.Command(program, arguments...))
}

func startCommand(t *testing.T, dir string, command *exec.Cmd) *cluster {
	t.Helper()
	c := &cluster{dir: dir, command: command, output: make(chan error, 1), stderr: &bytes.Buffer{}}
	command.Stderr = c.stderr
	// Not StdoutPipe: Wait would close it, and a test waits for the end of grandchildren, too.
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout = writer
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	t.Cleanup(func() {
		if command.ProcessState == nil {
			_ = command.Process.Kill()
			_ = command.Wait()
		}
		reader.Close()
	})
	lines := make(chan []byte, 1)
	go func() {
		buffered := bufio.NewReader(reader)
		line, err := buffered.ReadBytes('\n')
		lines <- line
		for err == nil {
			_, err = buffered.ReadBytes('\n')
		}
		c.output <- err
	}()
	select {
	case line := <-lines:
		if err := json.Unmarshal(line, c); err != nil {
			_ = command.Wait()
			t.Fatalf("no ready line but %q: %v; %s", line, err, c.stderr)
		}
	case <-time.After(readyTimeout):
		t.Fatalf("not ready after %s", readyTimeout)
	}
	return c
}

// stop asks the program to end and requires that it does so cleanly.
func (c *cluster) stop(t *testing.T) {
	t.Helper()
	if err := c.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	c.awaitEnd(t)
	if err := c.command.Wait(); err != nil {
		t.Fatalf("after SIGTERM: %v; %s", err, c.stderr)
	}
}

func (c *cluster) awaitEnd(t *testing.T) {
	t.Helper()
	select {
	case <-c.output:
	case <-time.After(endTimeout):
		t.Fatalf("still running after %s", endTimeout)
	}
}

func (c *cluster) admin(t *testing.T) kubernetes.Interface {
	return client(t, config(t, c.Kubeconfig))
}

func (c *cluster) helper(t *testing.T) kubernetes.Interface {
	return client(t, config(t, c.HelperKubeconfig))
}

func (c *cluster) anonymous(t *testing.T) kubernetes.Interface {
	return client(t, rest.AnonymousClientConfig(config(t, c.Kubeconfig)))
}

func config(t *testing.T, kubeconfig string) *rest.Config {
	t.Helper()
	c, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	c.QPS = -1
	return c
}

func client(t *testing.T, c *rest.Config) kubernetes.Interface {
	t.Helper()
	k, err := kubernetes.NewForConfig(c)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// runToEnd runs the program and returns its exit code and what it wrote.
func runToEnd(t *testing.T, arguments ...string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), readyTimeout)
	defer cancel()
	output, err := exec.CommandContext(ctx, program, arguments...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil {
		return exit.ExitCode(), string(output)
	}
	return 0, string(output)
}

// watchSecretsGone requires that a watch of Secrets from this version is answered with 410.
func watchSecretsGone(t *testing.T, k kubernetes.Interface, resourceVersion string) {
	t.Helper()
	w, err := k.CoreV1().Secrets("").Watch(t.Context(), metav1.ListOptions{
		FieldSelector: "metadata.name=acr-credential-secret-aggregation", ResourceVersion: resourceVersion,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	select {
	case event := <-w.ResultChan():
		if event.Type != watch.Error || !apierrors.IsResourceExpired(apierrors.FromObject(event.Object)) &&
			!apierrors.IsGone(apierrors.FromObject(event.Object)) {
			t.Fatalf("watch from %s: %s %v, want an ERROR with code 410", resourceVersion, event.Type, event.Object)
		}
	case <-time.After(endTimeout):
		t.Fatalf("watch from %s: no answer", resourceVersion)
	}
}

func temporary(t *testing.T) string {
	return filepath.Join(t.TempDir(), "cluster")
}

// await calls condition until it holds; each call blocks until there is something new to see.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !condition() {
		}
	}()
	select {
	case <-done:
	case <-time.After(endTimeout):
		t.Fatalf("waited %s for %s", endTimeout, what)
	}
}
