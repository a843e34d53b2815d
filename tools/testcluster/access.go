// Who may do what in the cluster: the helper's manifest and token, and the public issuer keys.

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// The ServiceAccount of deploy/rbac.yaml.
const (
	helperNamespace = "kube-system"
	helperAccount   = "aliyun-acr-credential-helper"
)

const fieldManager = "testcluster"

// Renewed at each run; long enough that no test has to think of it.
const helperTokenLifetime = 365 * 24 * time.Hour

// grantAccess opens the issuer's keys to everyone and, if there is a manifest, applies it and
// returns the path of the helper's kubeconfig. It returns when the grants are in force.
func (f folder) grantAccess(ctx context.Context, admin *rest.Config, manifest string) (string, error) {
	client, err := kubernetes.NewForConfig(admin)
	if err != nil {
		return "", err
	}
	if err := publishIssuer(ctx, client, admin); err != nil {
		return "", fmt.Errorf("publish the token issuer: %w", err)
	}
	if manifest == "" {
		return "", nil
	}
	objects, err := readManifest(manifest)
	if err != nil {
		return "", err
	}
	if err := waitForNamespace(ctx, client, helperNamespace); err != nil {
		return "", err
	}
	if err := apply(ctx, admin, objects); err != nil {
		return "", fmt.Errorf("%s: %w", manifest, err)
	}
	token, err := requestToken(ctx, client)
	if err != nil {
		return "", fmt.Errorf("token for %s/%s (does %s create it?): %w", helperNamespace, helperAccount, manifest, err)
	}
	path, err := f.writeKubeconfig("helper.kubeconfig", admin.Host, &clientcmdapi.AuthInfo{Token: token})
	if err != nil {
		return "", err
	}
	if err := waitForGrants(ctx, path, objects); err != nil {
		return "", fmt.Errorf("%s: %w", manifest, err)
	}
	return path, nil
}

// publishIssuer lets anonymous clients read the OIDC discovery document and the signing keys, as a
// cluster does whose tokens a cloud verifies.
func publishIssuer(ctx context.Context, client kubernetes.Interface, admin *rest.Config) error {
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "testcluster-public-issuer"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "system:service-account-issuer-discovery"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "Group", Name: "system:unauthenticated"}},
	}
	_, err := client.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{FieldManager: fieldManager})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	anonymous, err := kubernetes.NewForConfig(rest.AnonymousClientConfig(admin))
	if err != nil {
		return err
	}
	return poll(ctx, "anonymous access to the issuer's keys", nil, func(ctx context.Context) (bool, error) {
		_, err := anonymous.Discovery().RESTClient().Get().AbsPath("/openid/v1/jwks").DoRaw(ctx)
		return err == nil, nil
	})
}

func readManifest(path string) ([]*unstructured.Unstructured, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var objects []*unstructured.Unstructured
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

func apply(ctx context.Context, admin *rest.Config, objects []*unstructured.Unstructured) error {
	discoverer, err := discovery.NewDiscoveryClientForConfig(admin)
	if err != nil {
		return err
	}
	groups, err := restmapper.GetAPIGroupResources(discoverer)
	if err != nil {
		return err
	}
	mapper := restmapper.NewDiscoveryRESTMapper(groups)
	client, err := dynamic.NewForConfig(admin)
	if err != nil {
		return err
	}
	for _, object := range objects {
		kind := object.GroupVersionKind()
		mapping, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
		if err != nil {
			return err
		}
		options := metav1.ApplyOptions{FieldManager: fieldManager, Force: true}
		_, err = client.Resource(mapping.Resource).Namespace(object.GetNamespace()).Apply(ctx, object.GetName(), object, options)
		if err != nil {
			return fmt.Errorf("%s %s: %w", kind.Kind, object.GetName(), err)
		}
	}
	return nil
}

func requestToken(ctx context.Context, client kubernetes.Interface) (string, error) {
	seconds := int64(helperTokenLifetime / time.Second)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	answer, err := client.CoreV1().ServiceAccounts(helperNamespace).CreateToken(ctx, helperAccount, request, metav1.CreateOptions{})
	if err != nil {
		return "", err
	}
	return answer.Status.Token, nil
}

func waitForNamespace(ctx context.Context, client kubernetes.Interface, name string) error {
	return poll(ctx, "namespace "+name, nil, func(ctx context.Context) (bool, error) {
		_, err := client.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
}

// waitForGrants returns when the server's authorizer has seen every role that the manifest binds to
// the helper: it works from a cache, and a request right after the binding may still be refused.
func waitForGrants(ctx context.Context, kubeconfig string, objects []*unstructured.Unstructured) error {
	config, err := loadConfig(kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	for _, object := range objects {
		var binding rbacv1.RoleBinding // a ClusterRoleBinding has the same fields
		if kind := object.GetKind(); kind != "RoleBinding" && kind != "ClusterRoleBinding" {
			continue
		}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &binding); err != nil {
			return err
		}
		attributes := sampleOf(binding, objects)
		if attributes == nil || !bindsHelper(binding.Subjects) {
			continue
		}
		review := &authorizationv1.SelfSubjectAccessReview{
			Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: attributes},
		}
		err := poll(ctx, "the grant of "+object.GetKind()+" "+object.GetName(), nil, func(ctx context.Context) (bool, error) {
			answer, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
			return err == nil && answer.Status.Allowed, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func bindsHelper(subjects []rbacv1.Subject) bool {
	for _, subject := range subjects {
		if subject.Kind == "ServiceAccount" && subject.Namespace == helperNamespace && subject.Name == helperAccount {
			return true
		}
	}
	return false
}

// sampleOf returns one thing that the bound role allows, or nil if the manifest does not hold it.
func sampleOf(binding rbacv1.RoleBinding, objects []*unstructured.Unstructured) *authorizationv1.ResourceAttributes {
	for _, object := range objects {
		if object.GetKind() != binding.RoleRef.Kind || object.GetName() != binding.RoleRef.Name {
			continue
		}
		if object.GetKind() == "Role" && object.GetNamespace() != binding.Namespace {
			continue
		}
		var role rbacv1.Role // a ClusterRole has the same rules
		if runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &role) != nil {
			return nil
		}
		for _, rule := range role.Rules {
			if len(rule.Verbs) == 0 || len(rule.APIGroups) == 0 || len(rule.Resources) == 0 {
				continue
			}
			resource, subresource, _ := strings.Cut(rule.Resources[0], "/")
			sample := &authorizationv1.ResourceAttributes{
				Namespace: binding.Namespace, Verb: rule.Verbs[0], Group: rule.APIGroups[0],
				Resource: resource, Subresource: subresource,
			}
			if len(rule.ResourceNames) > 0 {
				sample.Name = rule.ResourceNames[0]
			}
			return sample
		}
	}
	return nil
}
