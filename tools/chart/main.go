// Helm's and Kustomize's own code as one program, for what is in deploy/: renders, checks, installs.
//
//	chart template  [flags] CHART    prints the manifests
//	chart lint      [flags] CHART    checks the chart as "helm lint --strict" does
//	chart install   [flags] CHART    installs, or upgrades what is installed, in a cluster
//	chart uninstall [flags]          removes it from a cluster
//	chart kustomize FOLDER           prints what "kustomize build FOLDER" does
//
// The release is always called acr-credential-helper. Exit codes: 0 done, 1 failed, 2 wrong usage.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/cli/values"
	"helm.sh/helm/v3/pkg/getter"
	model "helm.sh/helm/v3/pkg/release"
	"helm.sh/helm/v3/pkg/storage/driver"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

const releaseName = "acr-credential-helper"

// With a cluster that answers at all, every step takes well below a second.
const timeout = 30 * time.Second

type options struct {
	kubeconfig string
	namespace  string
	showOnly   repeated
	values     repeated
	set        repeated
	api        repeated
	version    string
	dryRun     bool
	hooks      bool
}

type repeated []string

func (r *repeated) String() string     { return strings.Join(*r, " ") }
func (r *repeated) Set(v string) error { *r = append(*r, v); return nil }

func main() {
	if len(os.Args) < 2 {
		usage("a command is missing")
	}
	command := os.Args[1]
	var o options
	flags := flag.NewFlagSet("chart "+command, flag.ExitOnError)
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "of the cluster to work on")
	flags.StringVar(&o.namespace, "namespace", "kube-system", "of the release")
	flags.Var(&o.showOnly, "show-only", "print this template only, as a path in the chart; may be repeated")
	flags.Var(&o.values, "values", "YAML file with values; may be repeated")
	flags.Var(&o.set, "set", "path=value; may be repeated")
	flags.Var(&o.api, "api-versions", "an API that the cluster is taken to have; may be repeated")
	flags.StringVar(&o.version, "kube-version", "v1.36.0", "template: what the cluster is taken to be")
	flags.BoolVar(&o.hooks, "hooks", false, "template: print the hooks instead, in the order in which they are made")
	flags.BoolVar(&o.dryRun, "dry-run", false, "install: only ask the server whether it would take it")
	_ = flags.Parse(os.Args[2:])

	commands := map[string]func(options, string, io.Writer) error{
		"template": template, "lint": lint, "install": install, "kustomize": kustomize,
		"uninstall": func(o options, _ string, _ io.Writer) error { return uninstall(o) },
	}
	run, known := commands[command]
	switch {
	case !known:
		usage("no command " + command)
	case command == "uninstall" && flags.NArg() != 0, command != "uninstall" && flags.NArg() != 1:
		usage(command + ": wrong number of arguments")
	}
	if err := run(o, flags.Arg(0), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "chart:", err)
		os.Exit(1)
	}
}

func usage(problem string) {
	fmt.Fprintln(os.Stderr, "chart:", problem+"; see the head of tools/chart/main.go")
	os.Exit(2)
}

func (o options) valuesOf() (map[string]any, error) {
	given := values.Options{ValueFiles: o.values, Values: o.set}
	return given.MergeValues(getter.Providers{})
}

// configuration of Helm's actions: against the cluster if there is one, else in memory.
func (o options) configuration() (*action.Configuration, error) {
	quiet := func(string, ...any) {}
	access := genericclioptions.NewConfigFlags(true)
	access.KubeConfig = &o.kubeconfig
	access.Namespace = &o.namespace
	c := &action.Configuration{}
	kind := "secret" // where Helm keeps its record by default
	if o.kubeconfig == "" {
		kind = "memory"
	}
	return c, c.Init(access, o.namespace, kind, quiet)
}

func template(o options, path string, out io.Writer) error {
	chart, err := loader.Load(path)
	if err != nil {
		return err
	}
	given, err := o.valuesOf()
	if err != nil {
		return err
	}
	i := action.NewInstall(&action.Configuration{})
	i.DryRun, i.ClientOnly, i.Replace = true, true, true
	i.ReleaseName, i.Namespace = releaseName, o.namespace
	i.APIVersions = chartutil.VersionSet(o.api)
	if i.KubeVersion, err = chartutil.ParseKubeVersion(o.version); err != nil {
		return err
	}
	release, err := i.Run(chart, given)
	if err != nil {
		return err
	}
	if o.hooks {
		slices.SortStableFunc(release.Hooks, func(a, b *model.Hook) int { return a.Weight - b.Weight })
		for _, hook := range release.Hooks {
			fmt.Fprintf(out, "---\n%s\n", strings.TrimSpace(hook.Manifest))
		}
		return nil
	}
	if len(o.showOnly) == 0 {
		_, err = fmt.Fprint(out, release.Manifest)
		return err
	}
	for _, wanted := range o.showOnly {
		found := false
		// Each document begins with a line that names the template it is from.
		for _, document := range strings.Split("\n"+release.Manifest, "\n---\n") {
			source, text, _ := strings.Cut(strings.TrimPrefix(document, "\n"), "\n")
			if strings.HasSuffix(source, "/"+wanted) {
				found = true
				fmt.Fprintf(out, "---\n%s\n", strings.TrimSpace(text))
			}
		}
		if !found {
			return fmt.Errorf("the chart renders nothing from %s", wanted)
		}
	}
	return nil
}

func lint(o options, path string, out io.Writer) error {
	given, err := o.valuesOf()
	if err != nil {
		return err
	}
	l := action.NewLint()
	l.Strict = true
	l.Namespace = o.namespace
	result := l.Run([]string{path}, given)
	for _, message := range result.Messages {
		fmt.Fprintln(out, message)
	}
	return errors.Join(result.Errors...)
}

func install(o options, path string, out io.Writer) error {
	chart, err := loader.Load(path)
	if err != nil {
		return err
	}
	given, err := o.valuesOf()
	if err != nil {
		return err
	}
	c, err := o.configuration()
	if err != nil {
		return err
	}
	if _, err = c.Releases.Last(releaseName); errors.Is(err, driver.ErrReleaseNotFound) {
		i := action.NewInstall(c)
		i.ReleaseName, i.Namespace, i.Timeout = releaseName, o.namespace, timeout
		if o.dryRun {
			i.DryRun, i.DryRunOption = true, "server"
		}
		release, err := i.Run(chart, given)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, release.Info.Notes)
		return nil
	}
	if err != nil {
		return err
	}
	u := action.NewUpgrade(c)
	u.Namespace, u.Timeout = o.namespace, timeout
	if o.dryRun {
		u.DryRun, u.DryRunOption = true, "server"
	}
	release, err := u.Run(releaseName, chart, given)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, release.Info.Notes)
	return nil
}

func uninstall(o options) error {
	c, err := o.configuration()
	if err != nil {
		return err
	}
	u := action.NewUninstall(c)
	u.Timeout = timeout
	_, err = u.Run(releaseName)
	return err
}

func kustomize(_ options, path string, out io.Writer) error {
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), path)
	if err != nil {
		return err
	}
	text, err := built.AsYaml()
	if err != nil {
		return err
	}
	_, err = out.Write(text)
	return err
}
