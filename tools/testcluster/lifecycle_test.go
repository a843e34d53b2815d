// Tests of start, stop, restart and the exit codes.

package main_test

import (
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

func createSecret(t *testing.T, k kubernetes.Interface, namespace, name string) *corev1.Secret {
	t.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}}
	secret, err := k.CoreV1().Secrets(namespace).Create(t.Context(), secret, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestRestartIsSeamlessForClients(t *testing.T) {
	dir := temporary(t)
	first := start(t, dir, "--with-helper-rbac", manifest)
	admin, helper := first.admin(t), first.helper(t)
	old := createSecret(t, admin, "default", "acr-credential-secret-aggregation")
	createSecret(t, admin, "default", "another")
	stream, err := helper.CoreV1().Namespaces().Watch(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Stop()
	stopping := time.Now()
	first.stop(t)
	if took := time.Since(stopping); took > 5*time.Second {
		t.Errorf("an open watch held up the end for %s", took)
	}
	for range stream.ResultChan() {
		// Until the server's end closes the stream.
	}

	second := start(t, dir, "--with-helper-rbac", manifest)
	if first.Server != second.Server {
		t.Fatalf("the server moved from %s to %s", first.Server, second.Server)
	}
	kept, err := helper.CoreV1().Secrets("default").Get(t.Context(), old.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatalf("with the token of the first run: %v", err)
	}
	if kept.UID != old.UID {
		t.Error("the Secret of the first run is another one")
	}
	// The new watch cache begins now, hence older versions are gone.
	watchSecretsGone(t, helper, old.ResourceVersion)
	second.stop(t)
	if second.stderr.Len() > 0 {
		t.Errorf("a run without trouble wrote to stderr: %s", second.stderr)
	}

	port, err := url.Parse(first.Server)
	if err != nil {
		t.Fatal(err)
	}
	third := start(t, dir, "--port", port.Port())
	if _, err := third.admin(t).CoreV1().Secrets("default").Get(t.Context(), "another", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
	third.stop(t)
}

func TestKilledClusterStartsAgain(t *testing.T) {
	dir := temporary(t)
	first := start(t, dir)
	createSecret(t, first.admin(t), "default", "kept")
	if err := first.command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	first.awaitEnd(t)
	second := start(t, dir)
	if _, err := second.admin(t).CoreV1().Secrets("default").Get(t.Context(), "kept", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
	second.stop(t)
}

func TestCompactionMakesOldVersionsGone(t *testing.T) {
	dir := temporary(t)
	c := start(t, dir, "--with-helper-rbac", manifest, "--watch-cache-off")
	helper := c.helper(t)
	newest := createSecret(t, c.admin(t), "default", "acr-credential-secret-aggregation")
	list := metav1.ListOptions{
		FieldSelector:   "metadata.name=" + newest.Name,
		ResourceVersion: newest.ResourceVersion, ResourceVersionMatch: metav1.ResourceVersionMatchExact,
	}
	if _, err := helper.CoreV1().Secrets("").List(t.Context(), list); err != nil {
		t.Fatalf("before the compaction: %v", err)
	}
	if code, output := runToEnd(t, "compact", "--dir", dir); code != 0 {
		t.Fatalf("compact: exit code %d: %s", code, output)
	}
	watchSecretsGone(t, helper, newest.ResourceVersion)
	_, err := helper.CoreV1().Secrets("").List(t.Context(), list)
	if !apierrors.IsResourceExpired(err) && !apierrors.IsGone(err) {
		t.Errorf("list at a version before the compaction: %v, want 410", err)
	}
	list.ResourceVersion, list.ResourceVersionMatch = "", ""
	found, err := helper.CoreV1().Secrets("").List(t.Context(), list)
	if err != nil || len(found.Items) != 1 {
		t.Errorf("a new list after the compaction: %v, %v", found, err)
	}
	c.stop(t)
}

func TestEndsWithItsParent(t *testing.T) {
	dir := temporary(t)
	// A shell in between is the parent; "exit" after the wait keeps it from replacing itself.
	shell := exec.Command("sh", "-c", `"$0" run --dir "$1" --exit-with-parent & wait; exit`, program, dir)
	c := startCommand(t, dir, shell)
	if err := shell.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	c.awaitEnd(t)
	// The lock is free again: nothing of it is left running.
	start(t, dir).stop(t)
}

func TestAuditLogTellsWhoAskedWhat(t *testing.T) {
	dir := temporary(t)
	c := start(t, dir, "--with-helper-rbac", manifest, "--audit", "--apiserver-flag=--audit-log-truncate-enabled")
	list := metav1.ListOptions{FieldSelector: "metadata.name=acr-credential-secret-aggregation"}
	if _, err := c.helper(t).CoreV1().Secrets("").List(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	c.stop(t)
	text, err := os.ReadFile(dir + "/audit.log")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, `"username":"system:serviceaccount:kube-system:aliyun-acr-credential-helper"`) &&
			strings.Contains(line, `"verb":"list"`) && strings.Contains(line, `"resource":"secrets"`) {
			return
		}
	}
	t.Error("the helper's list of Secrets is not in the audit log")
}

func TestWrongUsageIsExplained(t *testing.T) {
	dir := temporary(t)
	running := start(t, dir)
	defer running.stop(t)
	port, err := url.Parse(running.Server)
	if err != nil {
		t.Fatal(err)
	}
	badManifest := dir + "/bad.yaml"
	if err := os.WriteFile(badManifest, []byte("apiVersion: v1\nkind: Nonsense\nmetadata: {name: x}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		arguments []string
		code      int
		says      string
	}{
		"no command":          {nil, 2, "usage:"},
		"unknown command":     {[]string{"walk"}, 2, "usage:"},
		"no folder":           {[]string{"run"}, 2, "--dir is required"},
		"unknown flag":        {[]string{"run", "--nonsense"}, 2, "-nonsense"},
		"stray argument":      {[]string{"run", "--dir", temporary(t), "x"}, 2, `unexpected argument "x"`},
		"port out of range":   {[]string{"run", "--dir", temporary(t), "--port", "65536"}, 2, "65536"},
		"help":                {[]string{"--help"}, 0, "usage:"},
		"folder in use":       {[]string{"run", "--dir", dir}, 1, "in use by another testcluster"},
		"port in use":         {[]string{"run", "--dir", temporary(t), "--port", port.Port()}, 1, "address already in use"},
		"no manifest":         {[]string{"run", "--dir", temporary(t), "--with-helper-rbac", "/nonexistent"}, 1, "/nonexistent"},
		"bad manifest":        {[]string{"run", "--dir", temporary(t), "--with-helper-rbac", badManifest}, 1, "Nonsense"},
		"bad apiserver flag":  {[]string{"run", "--dir", temporary(t), "--apiserver-flag=--nonsense"}, 1, "--nonsense"},
		"bad apiserver value": {[]string{"run", "--dir", temporary(t), "--apiserver-flag=--service-cluster-ip-range=x"}, 1, "service-cluster-ip-range"},
		"compact of nothing":  {[]string{"compact", "--dir", temporary(t)}, 1, "holds no cluster"},
	} {
		t.Run(name, func(t *testing.T) {
			code, output := runToEnd(t, test.arguments...)
			if code != test.code || !strings.Contains(output, test.says) {
				t.Errorf("exit code %d, output %q; want %d and %q", code, output, test.code, test.says)
			}
		})
	}
}
