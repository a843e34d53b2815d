// Tests of what the helper's ServiceAccount, anonymous clients and tokens for the cloud can do.

package main_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	corev1apply "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	helperUser    = "system:serviceaccount:kube-system:aliyun-acr-credential-helper"
	helperAccount = "aliyun-acr-credential-helper"
	ourSecret     = "acr-credential-secret-aggregation"
)

var applyAsHelper = metav1.ApplyOptions{FieldManager: "acr-credential-helper", Force: true}

// One cluster for all, because they only read or keep to names of their own.
func TestAccess(t *testing.T) {
	c := start(t, temporary(t), "--with-helper-rbac", manifest)
	t.Run("is a real server of the pinned version", func(t *testing.T) { realServer(t, c) })
	t.Run("helper is allowed what it needs", func(t *testing.T) { helperAllowed(t, c) })
	t.Run("helper is refused everything else", func(t *testing.T) { helperRefused(t, c) })
	t.Run("helper's rights are exactly these", func(t *testing.T) { helperRights(t, c) })
	t.Run("token for the cloud is verifiable with public keys", func(t *testing.T) { cloudToken(t, c) })
	t.Run("anonymous clients see nothing but the issuer", func(t *testing.T) { anonymousRefused(t, c) })
	t.Run("namespaces get their default account and can be deleted", func(t *testing.T) { namespaceLife(t, c) })
	c.stop(t)
}

func realServer(t *testing.T, c *cluster) {
	version, err := c.admin(t).Discovery().ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(version.GitVersion, "v1.") || version.GitVersion != c.Version || version.Minor == "" {
		t.Errorf("version %+v, reported %q", version, c.Version)
	}
	self, err := c.helper(t).AuthenticationV1().SelfSubjectReviews().Create(
		t.Context(), &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if self.Status.UserInfo.Username != helperUser {
		t.Errorf("helper.kubeconfig belongs to %s", self.Status.UserInfo.Username)
	}
}

// pullSecret is one that the policies of the manifest let through.
func pullSecret(name, document string) *corev1apply.SecretApplyConfiguration {
	return corev1apply.Secret(name, "default").WithType(corev1.SecretTypeDockerConfigJson).
		WithLabels(map[string]string{"app.kubernetes.io/managed-by": "acr-credential-helper"}).
		WithStringData(map[string]string{corev1.DockerConfigJsonKey: document})
}

func helperAllowed(t *testing.T, c *cluster) {
	helper, ctx := c.helper(t), t.Context()
	for _, name := range []string{ourSecret, ourSecret + "-2", ourSecret + "-3", ourSecret + "-4"} {
		options := metav1.ListOptions{FieldSelector: "metadata.name=" + name}
		_, err := helper.CoreV1().Secrets("").List(ctx, options)
		allowed(t, "list everywhere "+name, err)
		stream, err := helper.CoreV1().Secrets("").Watch(ctx, options)
		if allowed(t, "watch everywhere "+name, err) {
			stream.Stop()
		}
		secrets := helper.CoreV1().Secrets("default")
		_, err = secrets.Apply(ctx, pullSecret(name, `{"auths":{"1.example":{}}}`), applyAsHelper)
		allowed(t, "create by apply "+name, err)
		_, err = secrets.Apply(ctx, pullSecret(name, `{"auths":{"2.example":{}}}`), applyAsHelper)
		allowed(t, "change by apply "+name, err)
		allowed(t, "delete "+name, secrets.Delete(ctx, name, metav1.DeleteOptions{}))
	}
	_, err := helper.CoreV1().ServiceAccounts("").List(ctx, metav1.ListOptions{})
	allowed(t, "list ServiceAccounts", err)
	patch := []byte(`[{"op":"test","path":"/imagePullSecrets","value":null},` +
		`{"op":"add","path":"/imagePullSecrets","value":[{"name":"` + ourSecret + `"}]}]`)
	_, err = helper.CoreV1().ServiceAccounts("default").Patch(ctx, "default", types.JSONPatchType, patch, metav1.PatchOptions{})
	allowed(t, "link a ServiceAccount", err)
	_, err = helper.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	allowed(t, "list Namespaces", err)
	_, err = helper.CoreV1().ConfigMaps("kube-system").List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=acr-configuration"})
	allowed(t, "list the configuration", err)
	event := &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{GenerateName: "acr-configuration."},
		InvolvedObject: corev1.ObjectReference{Kind: "ConfigMap", Namespace: "kube-system", Name: "acr-configuration"},
	}
	_, err = helper.CoreV1().Events("kube-system").Create(ctx, event, metav1.CreateOptions{})
	allowed(t, "write an Event", err)
}

func helperRefused(t *testing.T, c *cluster) {
	helper, admin, ctx := c.helper(t), c.admin(t), t.Context()
	createSecret(t, admin, "default", "foreign")
	_, err := helper.CoreV1().Secrets("").List(ctx, metav1.ListOptions{})
	refused(t, "list all Secrets", err)
	_, err = helper.CoreV1().Secrets("default").List(ctx, metav1.ListOptions{})
	refused(t, "list the Secrets of a namespace", err)
	_, err = helper.CoreV1().Secrets("").List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/managed-by=acr-credential-helper"})
	refused(t, "list Secrets by label", err)
	_, err = helper.CoreV1().Secrets("").List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=foreign"})
	refused(t, "list a foreign name", err)
	_, err = helper.CoreV1().Secrets("").Watch(ctx, metav1.ListOptions{})
	refused(t, "watch all Secrets", err)
	secrets := helper.CoreV1().Secrets("default")
	_, err = secrets.Get(ctx, "foreign", metav1.GetOptions{})
	refused(t, "get a foreign Secret", err)
	_, err = secrets.Apply(ctx, corev1apply.Secret("foreign", "default"), applyAsHelper)
	refused(t, "apply to a foreign Secret", err)
	_, err = secrets.Apply(ctx, corev1apply.Secret(ourSecret+"-5", "default"), applyAsHelper)
	refused(t, "create a fifth Secret", err)
	refused(t, "delete a foreign Secret", secrets.Delete(ctx, "foreign", metav1.DeleteOptions{}))
	refused(t, "delete all Secrets", secrets.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}))
	_, err = secrets.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: ourSecret}}, metav1.CreateOptions{})
	refused(t, "POST a Secret of our name", err)
	_, err = helper.CoreV1().Pods("default").Create(ctx, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod"}}, metav1.CreateOptions{})
	refused(t, "create a Pod", err)
	account, err := admin.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = helper.CoreV1().ServiceAccounts("default").Update(ctx, account, metav1.UpdateOptions{})
	refused(t, "replace a ServiceAccount", err)
	_, err = helper.CoreV1().ServiceAccounts("default").CreateToken(ctx, "default", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	refused(t, "a token for another account", err)
	_, err = helper.CoreV1().ConfigMaps("kube-system").List(ctx, metav1.ListOptions{})
	refused(t, "list all ConfigMaps", err)
	_, err = helper.CoreV1().Namespaces().Patch(ctx, "default", types.MergePatchType, []byte(`{}`), metav1.PatchOptions{})
	refused(t, "change a Namespace", err)
}

// helperRights compares the authorizer's answer with the design for every combination that matters.
func helperRights(t *testing.T, c *cluster) {
	type target struct{ namespace, group, resource, name string }
	read := []string{"get", "list", "watch"}
	ours := []string{"get", "list", "watch", "create", "patch", "delete"}
	event := []string{"create", "patch"}
	// The verbs that are allowed; whatever is not named here must be refused.
	granted := map[target][]string{
		{"", "", "secrets", ourSecret}:                                             ours,
		{"", "", "secrets", ourSecret + "-2"}:                                      ours,
		{"", "", "secrets", ourSecret + "-3"}:                                      ours,
		{"default", "", "secrets", ourSecret + "-4"}:                               ours,
		{"default", "", "secrets", ourSecret + "-5"}:                               nil,
		{"default", "", "secrets", "foreign"}:                                      nil,
		{"default", "", "secrets", ""}:                                             nil,
		{"", "", "secrets", ""}:                                                    nil,
		{"kube-system", "", "secrets", ""}:                                         nil,
		{"kube-system", "", "secrets", "alibaba-addon-secret"}:                     {"get"},
		{"default", "", "secrets", "alibaba-addon-secret"}:                         nil,
		{"default", "", "serviceaccounts", "any"}:                                  {"get", "list", "watch", "patch"},
		{"", "", "serviceaccounts", ""}:                                            {"get", "list", "watch", "patch"},
		{"kube-system", "", "serviceaccounts/token", helperAccount}:                {"create"},
		{"kube-system", "", "serviceaccounts/token", "default"}:                    nil,
		{"kube-system", "", "serviceaccounts/token", ""}:                           nil,
		{"default", "", "serviceaccounts/token", helperAccount}:                    nil,
		{"", "", "namespaces", "any"}:                                              read,
		{"", "", "namespaces/finalize", "any"}:                                     nil,
		{"kube-system", "", "configmaps", "acr-configuration"}:                     read,
		{"kube-system", "", "configmaps", "other"}:                                 nil,
		{"kube-system", "", "configmaps", ""}:                                      nil,
		{"default", "", "configmaps", "acr-configuration"}:                         nil,
		{"kube-system", "coordination.k8s.io", "leases", "acr-credential-helper"}:  {"get", "list", "watch", "update", "create"},
		{"kube-system", "coordination.k8s.io", "leases", "kube-scheduler"}:         nil,
		{"default", "coordination.k8s.io", "leases", "acr-credential-helper"}:      nil,
		{"default", "", "events", ""}:                                              event,
		{"default", "events.k8s.io", "events", ""}:                                 event,
		{"default", "", "pods", ""}:                                                nil,
		{"default", "", "pods/exec", "any"}:                                        nil,
		{"default", "apps", "deployments", ""}:                                     nil,
		{"", "", "nodes", ""}:                                                      nil,
		{"default", "rbac.authorization.k8s.io", "rolebindings", ""}:               nil,
		{"", "rbac.authorization.k8s.io", "clusterroles", "acr-credential-helper"}: nil,
		{"", "admissionregistration.k8s.io", "mutatingadmissionpolicies", ""}:      nil,
		{"", "", "users", "system:admin"}:                                          nil,
		{"kube-system", "", "serviceaccounts", "any"}:                              {"get", "list", "watch", "patch"},
		{"", "certificates.k8s.io", "certificatesigningrequests", ""}:              nil,
	}
	verbs := []string{"get", "list", "watch", "create", "patch", "update", "delete", "deletecollection", "impersonate", "bind", "escalate"}
	helper := c.helper(t)
	for target, want := range granted {
		for _, verb := range verbs {
			resource, subresource, _ := strings.Cut(target.resource, "/")
			review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
				ResourceAttributes: &authorizationv1.ResourceAttributes{
					Namespace: target.namespace, Verb: verb, Group: target.group,
					Resource: resource, Subresource: subresource, Name: target.name,
				},
			}}
			answer, err := helper.AuthorizationV1().SelfSubjectAccessReviews().Create(t.Context(), review, metav1.CreateOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if answer.Status.Allowed != slices.Contains(want, verb) {
				t.Errorf("%s %+v: allowed is %t", verb, target, answer.Status.Allowed)
			}
		}
	}
}

func cloudToken(t *testing.T, c *cluster) {
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{Audiences: []string{"sts.aliyuncs.com"}}}
	answer, err := c.helper(t).CoreV1().ServiceAccounts("kube-system").CreateToken(t.Context(), helperAccount, request, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	token := answer.Status.Token
	claims := verifiedClaims(t, c.anonymous(t), token)
	audience, _ := json.Marshal(claims["aud"])
	if string(audience) != `["sts.aliyuncs.com"]` || claims["sub"] != helperUser || claims["iss"] != c.Server {
		t.Errorf("claims %v", claims)
	}
	config := rest.AnonymousClientConfig(config(t, c.Kubeconfig))
	config.BearerToken = token
	if _, err := client(t, config).CoreV1().Namespaces().List(t.Context(), metav1.ListOptions{}); !apierrors.IsUnauthorized(err) {
		t.Errorf("the API server answers the cloud's token with %v, want 401", err)
	}
}

// verifiedClaims does what a cloud does: it takes the keys from the issuer's public documents.
func verifiedClaims(t *testing.T, k kubernetes.Interface, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("a token of %d parts", len(parts))
	}
	var discovery struct {
		Issuer  string
		JWKSURI string `json:"jwks_uri"`
	}
	getJSON(t, k, "/.well-known/openid-configuration", &discovery)
	if !strings.HasPrefix(discovery.JWKSURI, discovery.Issuer+"/") {
		t.Errorf("keys at %s, which is not below the issuer %s", discovery.JWKSURI, discovery.Issuer)
	}
	var keys struct {
		Keys []struct{ Kid, Alg, N, E string }
	}
	getJSON(t, k, "/openid/v1/jwks", &keys)
	var header struct{ Alg, Kid string }
	if err := json.Unmarshal(decode(t, parts[0]), &header); err != nil {
		t.Fatal(err)
	}
	for _, key := range keys.Keys {
		if key.Kid != header.Kid || key.Alg != header.Alg || key.Alg != "RS256" {
			continue
		}
		public := &rsa.PublicKey{
			N: new(big.Int).SetBytes(decode(t, key.N)), E: int(new(big.Int).SetBytes(decode(t, key.E)).Int64()),
		}
		digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], decode(t, parts[2])); err != nil {
			t.Fatal(err)
		}
		var claims map[string]any
		if err := json.Unmarshal(decode(t, parts[1]), &claims); err != nil {
			t.Fatal(err)
		}
		return claims
	}
	t.Fatalf("no published key %s (%s)", header.Kid, header.Alg)
	return nil
}

func anonymousRefused(t *testing.T, c *cluster) {
	anonymous := c.anonymous(t)
	_, err := anonymous.CoreV1().Secrets("").List(t.Context(), metav1.ListOptions{FieldSelector: "metadata.name=" + ourSecret})
	refused(t, "list our Secrets", err)
	_, err = anonymous.CoreV1().Namespaces().List(t.Context(), metav1.ListOptions{})
	refused(t, "list Namespaces", err)
}

func namespaceLife(t *testing.T, c *cluster) {
	admin, ctx := c.admin(t), t.Context()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "short-lived"}}
	if _, err := admin.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	accounts, err := admin.CoreV1().ServiceAccounts(namespace.Name).Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=default"})
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Stop()
	await(t, "the default account", func() bool { return (<-accounts.ResultChan()).Type == "ADDED" })
	namespaces, err := admin.CoreV1().Namespaces().Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + namespace.Name})
	if err != nil {
		t.Fatal(err)
	}
	defer namespaces.Stop()
	if err := admin.CoreV1().Namespaces().Delete(ctx, namespace.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "the namespace's end", func() bool { return (<-namespaces.ResultChan()).Type == "DELETED" })
}

func allowed(t *testing.T, what string, err error) bool {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v, want success", what, err)
	}
	return err == nil
}

func refused(t *testing.T, what string, err error) {
	t.Helper()
	if !apierrors.IsForbidden(err) {
		t.Errorf("%s: %v, want 403", what, err)
	}
}

func getJSON(t *testing.T, k kubernetes.Interface, path string, into any) {
	t.Helper()
	text, err := k.Discovery().RESTClient().Get().AbsPath(path).DoRaw(t.Context())
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", path, err))
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", path, err))
	}
}

func decode(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
