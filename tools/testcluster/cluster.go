// One run of the control plane: start in order, ready, stop in reverse.

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	cliflag "k8s.io/component-base/cli/flag"
	basecompatibility "k8s.io/component-base/compatibility"
	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/component-base/version"
	"k8s.io/klog/v2"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	apiserveroptions "k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	manager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	manageroptions "k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
)

// Two seconds on an idle machine; the rest is room for one that compiles at the same time.
const startTimeout = 60 * time.Second

// Each part stops within a second or so; one that hangs, on a request that waits in a queue for
// instance, must not keep the process alive.
const stopTimeout = 3 * time.Second

// Polling for readiness: short beside the two seconds that a start takes.
const pollInterval = 20 * time.Millisecond

// The kinds that the helper watches. Without a watch cache they are read from etcd, which forgets
// old versions when it is compacted; the cache would go on serving them.
const watchCacheOff = "--watch-cache-sizes=secrets#0,serviceaccounts#0,namespaces#0,configmaps#0"

const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
`

// Only what a test of the helper can notice: accounts and their tokens, the life of a namespace,
// owner references, the published CA, aggregated roles.
const controllers = "serviceaccount-controller,serviceaccount-token-controller,namespace-controller," +
	"garbage-collector-controller,root-ca-certificate-publisher-controller,clusterrole-aggregation-controller"

// What makes Pods of other objects, and binds none to a node: there is no scheduler.
const workloadControllers = ",deployment-controller,replicaset-controller,job-controller,pod-garbage-collector-controller"

type runOptions struct {
	dir            string
	port           int
	watchCacheOff  bool
	workloads      bool
	audit          bool
	helperRBAC     string
	apiserverFlags repeatedFlag
}

// readyReport is the line that tells the caller that the cluster can be used.
type readyReport struct {
	Event            string  `json:"event"`
	Server           string  `json:"server"`
	Kubeconfig       string  `json:"kubeconfig"`
	HelperKubeconfig string  `json:"helper_kubeconfig,omitempty"`
	Version          string  `json:"version"`
	Seconds          float64 `json:"seconds"`
}

// part is a running component that ends by itself only when it fails.
type part struct {
	name   string
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

func startPart(name string, run func(context.Context) error) *part {
	ctx, cancel := context.WithCancel(context.Background())
	p := &part{name: name, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.err = run(ctx)
	}()
	return p
}

// stop waits for the part to end, but not for ever: what hangs ends with the process.
func (p *part) stop() {
	p.cancel()
	select {
	case <-p.done:
	case <-time.After(stopTimeout):
		klog.Warningf("testcluster: %s did not stop within %s", p.name, stopTimeout)
	}
}

func (p *part) failure() error {
	if p.err == nil {
		return fmt.Errorf("%s ended", p.name)
	}
	return fmt.Errorf("%s: %w", p.name, p.err)
}

// runCluster runs until ctx ends or a part fails. Only the latter is an error.
func runCluster(ctx context.Context, options runOptions, ready func(readyReport) error) error {
	f, err := openFolder(options.dir)
	if err != nil {
		return err
	}
	if err := f.ensurePKI(); err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	listener, err := f.listen(options.port)
	if err != nil {
		return err
	}
	defer listener.Close()
	port := listener.Addr().(*net.TCPAddr).Port
	server := "https://127.0.0.1:" + strconv.Itoa(port)

	log, err := f.openLog()
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	etcd, etcdURL, err := startEtcd(f)
	if err != nil {
		return err
	}
	defer etcd.Close()
	if err := f.writeState(state{Port: port, Etcd: etcdURL}); err != nil {
		return err
	}
	user, err := f.certificateUser(managerCertificate, managerKey)
	if err != nil {
		return err
	}
	managerConfig, err := f.writeKubeconfig("controller-manager.kubeconfig", server, user)
	if err != nil {
		return err
	}

	// The controller manager's flags first: both share the registry of feature gates.
	runManager, err := prepareManager(f, managerConfig, options)
	if err != nil {
		return fmt.Errorf("kube-controller-manager: %w", err)
	}
	flags, err := f.apiserverFlags(server, etcdURL, options)
	if err != nil {
		return err
	}
	runAPIServer, err := prepareAPIServer(listener, log, flags)
	if err != nil {
		return fmt.Errorf("kube-apiserver: %w", err)
	}
	api := startPart("kube-apiserver", runAPIServer)
	defer api.stop()

	if user, err = f.certificateUser(adminCertificate, adminKey); err != nil {
		return err
	}
	admin, err := clientConfig(server, f.path(caCertificate), user.ClientCertificateData, user.ClientKeyData)
	if err != nil {
		return err
	}
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := waitForAPIServer(starting, admin, api); err != nil {
		return stopped(ctx, fmt.Errorf("%w (see %s)", err, log.Name()))
	}
	controllers := startPart("kube-controller-manager", runManager)
	defer controllers.stop()

	report := readyReport{Server: server, Version: version.Get().GitVersion}
	if report.HelperKubeconfig, err = f.grantAccess(starting, admin, options.helperRBAC); err != nil {
		return stopped(ctx, err)
	}
	if err := waitForDefaultAccount(starting, admin, controllers); err != nil {
		return stopped(ctx, fmt.Errorf("%w (see %s)", err, log.Name()))
	}
	// In a new folder its appearance says "ready" to those who do not read the output.
	if report.Kubeconfig, err = f.writeKubeconfig("admin.kubeconfig", server, user); err != nil {
		return err
	}
	if err := ready(report); err != nil {
		return err
	}

	select {
	case <-ctx.Done():
		return nil
	case <-api.done:
		return api.failure()
	case <-controllers.done:
		return controllers.failure()
	case err := <-etcd.Err():
		return fmt.Errorf("etcd: %w", err)
	}
}

// stopped turns an error that is only the consequence of being told to stop into success.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// listen binds the API server's port before anything else starts: a free port is only certain to
// stay free while it is held.
func (f folder) listen(port int) (net.Listener, error) {
	last, err := f.readState()
	if err != nil {
		return nil, err
	}
	if port == 0 {
		port = last.Port
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return nil, fmt.Errorf("port of the API server: %w", err)
	}
	return listener, nil
}

func (f folder) apiserverFlags(server, etcdURL string, options runOptions) ([]string, error) {
	flags := []string{
		"--etcd-servers=" + etcdURL,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		"--endpoint-reconciler-type=none",
		"--tls-cert-file=" + f.path(serverCertificate),
		"--tls-private-key-file=" + f.path(serverKey),
		"--client-ca-file=" + f.path(caCertificate),
		"--authorization-mode=Node,RBAC",
		// --api-audiences stays unset: with "sts.aliyuncs.com" in it, the server itself would
		// accept the tokens that are meant for the cloud.
		"--service-account-issuer=" + server,
		"--service-account-key-file=" + f.path(tokenKey),
		"--service-account-signing-key-file=" + f.path(tokenKey),
		"--service-cluster-ip-range=10.0.0.0/16",
		"--profiling=false",
		"--shutdown-delay-duration=0s",
		// Without it, open watches are not told to end, and the server waits a minute for them.
		"--shutdown-watch-termination-grace-period=1s",
	}
	if options.watchCacheOff {
		flags = append(flags, watchCacheOff)
	}
	if options.audit {
		if err := f.replace("audit-policy.yaml", []byte(auditPolicy)); err != nil {
			return nil, err
		}
		flags = append(flags, "--audit-policy-file="+f.path("audit-policy.yaml"), "--audit-log-path="+f.path("audit.log"))
	}
	return append(flags, options.apiserverFlags...), nil
}

// prepareAPIServer checks the flags and returns the function that serves.
//
// The packaged cobra command is avoided: it installs signal handlers of its own, and then nobody
// could stop the parts in order.
func prepareAPIServer(listener net.Listener, log *os.File, flags []string) (func(context.Context) error, error) {
	s := apiserveroptions.NewServerRunOptions()
	if err := parseFlags(s.Flags(), flags); err != nil {
		return nil, err
	}
	s.SecureServing.Listener = listener
	registry := s.GenericServerRunOptions.ComponentGlobalsRegistry
	if err := registry.Set(); err != nil {
		return nil, err
	}
	streams := &logsapi.LoggingOptions{ErrorStream: log, InfoStream: log}
	gates := registry.FeatureGateFor(basecompatibility.DefaultKubeComponent)
	if err := logsapi.ValidateAndApplyWithOptions(s.Logs, streams, gates); err != nil {
		return nil, err
	}
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	return func(ctx context.Context) error {
		completed, err := s.Complete(ctx)
		if err != nil {
			return err
		}
		if errs := completed.Validate(); len(errs) != 0 {
			return utilerrors.NewAggregate(errs)
		}
		return apiserver.Run(ctx, completed)
	}, nil
}

func prepareManager(f folder, kubeconfig string, options runOptions) (func(context.Context) error, error) {
	s, err := manageroptions.NewKubeControllerManagerOptions()
	if err != nil {
		return nil, err
	}
	known, disabled, aliases := manager.KnownControllers(), manager.ControllersDisabledByDefault(), manager.ControllerAliases()
	sets := s.Flags(known, disabled, aliases)
	s.ParsedFlags = &sets
	enabled := controllers
	if options.workloads {
		enabled += workloadControllers
	}
	err = parseFlags(sets, []string{
		"--kubeconfig=" + kubeconfig,
		"--controllers=" + enabled,
		"--leader-elect=false",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + f.path(tokenKey),
		"--root-ca-file=" + f.path(caCertificate),
		"--secure-port=0",
		"--controller-start-interval=0s",
		// Tests delete many namespaces at once; the defaults are made for shared servers.
		"--concurrent-namespace-syncs=20",
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
	})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		config, err := s.Config(ctx, known, disabled, aliases)
		if err != nil {
			return err
		}
		return manager.Run(ctx, config.Complete())
	}, nil
}

func parseFlags(sets cliflag.NamedFlagSets, args []string) error {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, set := range sets.FlagSets {
		all.AddFlagSet(set)
	}
	if err := all.Parse(args); err != nil {
		return err
	}
	if all.NArg() > 0 {
		return fmt.Errorf("not a flag: %s", strings.Join(all.Args(), " "))
	}
	return nil
}

// clientConfig has no limit of its own: the server's fairness rules apply to everyone.
func clientConfig(server, caFile string, certificate, key []byte) (*rest.Config, error) {
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	return &rest.Config{
		Host:            server,
		QPS:             -1,
		TLSClientConfig: rest.TLSClientConfig{CAData: ca, CertData: certificate, KeyData: key},
	}, nil
}

func waitForAPIServer(ctx context.Context, config *rest.Config, api *part) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	return poll(ctx, "readyz of the API server", api, func(ctx context.Context) (bool, error) {
		_, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err == nil, nil
	})
}

func waitForDefaultAccount(ctx context.Context, config *rest.Config, controllers *part) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	return poll(ctx, "ServiceAccount default/default", controllers, func(ctx context.Context) (bool, error) {
		_, err := client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
}

// poll waits for a condition, and no longer than the part lives that must bring it about.
func poll(ctx context.Context, what string, p *part, condition wait.ConditionWithContextFunc) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if p != nil {
		go func() {
			select {
			case <-p.done:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	err := wait.PollUntilContextCancel(ctx, pollInterval, true, condition)
	if err == nil {
		return nil
	}
	if p != nil {
		select {
		case <-p.done:
			return p.failure()
		default:
		}
	}
	return fmt.Errorf("waiting for %s: %w", what, err)
}

// loadConfig is used for clients that must see exactly what a kubeconfig's reader sees.
func loadConfig(path string) (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err == nil {
		config.QPS = -1
	}
	return config, err
}
