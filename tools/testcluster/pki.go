// Certificates, keys and kubeconfigs of the cluster; made once per folder.

package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// A folder may be kept for long; nothing in a test should depend on the age of its cluster.
const certificateLifetime = 10 * 365 * 24 * time.Hour

// The file names of the keys and certificates in the folder.
const (
	caCertificate      = "ca.crt"
	serverCertificate  = "apiserver.crt"
	serverKey          = "apiserver.key"
	adminCertificate   = "admin.crt"
	adminKey           = "admin.key"
	managerCertificate = "controller-manager.crt"
	managerKey         = "controller-manager.key"
	nodeCertificate    = "node.crt"
	nodeKey            = "node.key"
	tokenKey           = "service-account.key"
)

// The one node that a cluster can have.
const nodeName = "testnode"

// ensurePKI makes what is missing. The CA's own key is not kept: nothing signs with it later.
func (f folder) ensurePKI() error {
	// The token key is written last, hence its presence means that all is there.
	if _, err := os.Stat(f.path(tokenKey)); err == nil {
		return nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	ca, err := newAuthority()
	if err != nil {
		return err
	}
	if err := f.writePEM(caCertificate, "CERTIFICATE", ca.certificate.Raw); err != nil {
		return err
	}
	server := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		// 10.0.0.1 is the first address of the service range: the "kubernetes" Service.
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 0, 0, 1)},
		DNSNames: []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
			"kubernetes.default.svc.cluster.local"},
	}
	if err := f.writeSigned(ca, server, serverCertificate, serverKey); err != nil {
		return err
	}
	admin := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "testcluster-admin", Organization: []string{"system:masters"}},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if err := f.writeSigned(ca, admin, adminCertificate, adminKey); err != nil {
		return err
	}
	manager := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "system:kube-controller-manager"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if err := f.writeSigned(ca, manager, managerCertificate, managerKey); err != nil {
		return err
	}
	// The kubelet of tools/testnode, which reads these two files.
	node := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "system:node:" + nodeName, Organization: []string{"system:nodes"}},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if err := f.writeSigned(ca, node, nodeCertificate, nodeKey); err != nil {
		return err
	}
	// RSA, because RS256 is what clouds accept from an OIDC provider.
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	return f.writePEM(tokenKey, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
}

type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

func newAuthority() (authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return authority{}, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "testcluster-ca"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if err := setLifetime(template); err != nil {
		return authority{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return authority{}, err
	}
	certificate, err := x509.ParseCertificate(der)
	return authority{certificate, key}, err
}

func (f folder) writeSigned(ca authority, template *x509.Certificate, certificateName, keyName string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	if err := setLifetime(template); err != nil {
		return err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.certificate, key.Public(), ca.key)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	if err := f.writePEM(keyName, "EC PRIVATE KEY", keyDER); err != nil {
		return err
	}
	return f.writePEM(certificateName, "CERTIFICATE", der)
}

func setLifetime(template *x509.Certificate) error {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	template.SerialNumber = serial
	// An hour of slack for tests that run the client with a shifted clock.
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().Add(certificateLifetime)
	return err
}

func (f folder) writePEM(name, kind string, der []byte) error {
	return f.replace(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// certificateUser is the kubeconfig user of one of the folder's client certificates.
func (f folder) certificateUser(certificateName, keyName string) (*clientcmdapi.AuthInfo, error) {
	certificate, err := os.ReadFile(f.path(certificateName))
	if err != nil {
		return nil, err
	}
	key, err := os.ReadFile(f.path(keyName))
	if err != nil {
		return nil, err
	}
	return &clientcmdapi.AuthInfo{ClientCertificateData: certificate, ClientKeyData: key}, nil
}

// writeKubeconfig writes a self-contained kubeconfig and returns its path.
func (f folder) writeKubeconfig(name, server string, user *clientcmdapi.AuthInfo) (string, error) {
	ca, err := os.ReadFile(f.path(caCertificate))
	if err != nil {
		return "", err
	}
	config := clientcmdapi.NewConfig()
	config.Clusters["testcluster"] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: ca}
	config.AuthInfos["testcluster"] = user
	config.Contexts["testcluster"] = &clientcmdapi.Context{Cluster: "testcluster", AuthInfo: "testcluster"}
	config.CurrentContext = "testcluster"
	text, err := clientcmd.Write(*config)
	if err != nil {
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	return f.path(name), f.replace(name, text)
}
