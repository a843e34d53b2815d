// The embedded etcd, and the compaction that makes old resourceVersions disappear.

package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/zap"
)

// startEtcd starts a single member on ports of the kernel's choice and returns its client URL.
func startEtcd(f folder) (*embed.Etcd, string, error) {
	anyPort := url.URL{Scheme: "http", Host: "127.0.0.1:0"}
	config := embed.NewConfig()
	config.Name = "testcluster"
	config.Dir = f.path("etcd")
	config.ListenClientUrls = []url.URL{anyPort}
	config.AdvertiseClientUrls = []url.URL{anyPort}
	config.ListenPeerUrls = []url.URL{anyPort}
	config.AdvertisePeerUrls = []url.URL{anyPort}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.LogOutputs = []string{f.path("etcd.log")}
	config.LogLevel = zap.WarnLevel.String()
	// The zero value, which the package leaves here, logs every single request as slow.
	config.WarningUnaryRequestDuration = embed.DefaultWarningUnaryRequestDuration
	// It would dial the client URL above, whose port is not known yet.
	config.EnableGRPCGateway = false
	// A killed process loses nothing this way, only a killed machine does.
	config.UnsafeNoFsync = true
	// One member has nobody to lose an election to: ready in 0.03 s instead of 1 s.
	config.TickMs = 10
	config.ElectionMs = 100
	server, err := embed.StartEtcd(config)
	if err != nil {
		return nil, "", fmt.Errorf("start etcd (see %s): %w", f.path("etcd.log"), err)
	}
	select {
	case <-server.Server.ReadyNotify():
		return server, "http://" + server.Clients[0].Addr().String(), nil
	case err := <-server.Err():
		server.Close()
		return nil, "", fmt.Errorf("etcd ended (see %s): %w", f.path("etcd.log"), err)
	case <-time.After(startTimeout):
		server.Close()
		return nil, "", fmt.Errorf("etcd is not ready after %s (see %s)", startTimeout, f.path("etcd.log"))
	}
}

// compact makes every resourceVersion that any client can have seen so far too old.
func compact(dir string) (int64, error) {
	s, err := folder(dir).readState()
	if err != nil {
		return 0, err
	}
	if s.Etcd == "" {
		return 0, fmt.Errorf("%s holds no cluster", dir)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{s.Etcd}, Context: ctx, Logger: zap.NewNop()})
	if err != nil {
		return 0, err
	}
	defer client.Close()
	// A watch from version N reads from N+1, which the compaction at N still allows. Two more
	// revisions, outside of what the API server stores, make also the newest version too old.
	var revision int64
	for range 2 {
		put, err := client.Put(ctx, "/testcluster/compacted", "")
		if err != nil {
			return 0, compactError(dir, err)
		}
		revision = put.Header.Revision
	}
	if _, err := client.Compact(ctx, revision, clientv3.WithCompactPhysical()); err != nil {
		return 0, compactError(dir, err)
	}
	return revision, nil
}

func compactError(dir string, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("etcd of %s does not answer: is the cluster running?", dir)
	}
	return fmt.Errorf("compact: %w", err)
}
