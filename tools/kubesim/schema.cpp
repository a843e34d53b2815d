#include "tools/kubesim/schema.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace acr::kubesim {

using shape = type::shape;

namespace {

// A field is `name type`. Types: string int int64 bool bytes time microtime any, or a structure.
// Before it:
// `*` absent and zero differ, `=` written also if zero, `!` atomic, `[]` an atomic list, `[key]` a
// list merged by key, `{}` a map, `set` a list of unique texts.
constexpr const char* source = R"(
ObjectMeta name string, generateName string, namespace string, selfLink string, uid string, resourceVersion string, generation int64, creationTimestamp *time, deletionTimestamp *time, deletionGracePeriodSeconds *int64, labels {}string, annotations {}string, ownerReferences [uid]!OwnerReference, finalizers set, managedFields []any
OwnerReference apiVersion =string, kind =string, name =string, uid =string, controller *bool, blockOwnerDeletion *bool
LocalObjectReference name string
ObjectReference kind string, namespace string, name string, uid string, apiVersion string, resourceVersion string, fieldPath string
NamespaceSpec finalizers []string
NamespaceStatus phase string, conditions [type]NamespaceCondition
NamespaceCondition type =string, status =string, lastTransitionTime *time, reason string, message string
Namespace kind string, apiVersion string, metadata =ObjectMeta, spec =NamespaceSpec, status =NamespaceStatus
ServiceAccount kind string, apiVersion string, metadata =ObjectMeta, secrets [name]!ObjectReference, imagePullSecrets []!LocalObjectReference, automountServiceAccountToken *bool
Secret kind string, apiVersion string, metadata =ObjectMeta, immutable *bool, data {}bytes, stringData {}string, type string
ConfigMap kind string, apiVersion string, metadata =ObjectMeta, immutable *bool, data {}string, binaryData {}bytes
LeaseSpec holderIdentity *string, leaseDurationSeconds *int, acquireTime *microtime, renewTime *microtime, leaseTransitions *int, strategy *string, preferredHolder *string
Lease kind string, apiVersion string, metadata =ObjectMeta, spec =LeaseSpec
EventSource component string, host string
EventSeries count int, lastObservedTime *microtime, lastTimestamp *microtime
Event kind string, apiVersion string, metadata =ObjectMeta, involvedObject =!ObjectReference, reason string, message string, source =EventSource, firstTimestamp =time, lastTimestamp =time, count int, type string, eventTime =microtime, series *EventSeries, action string, related *!ObjectReference, reportingComponent =string, reportingInstance =string
NewEvent kind string, apiVersion string, metadata =ObjectMeta, eventTime =microtime, series *EventSeries, reportingController string, reportingInstance string, action string, reason string, regarding =!ObjectReference, related *!ObjectReference, note string, type string, deprecatedSource =EventSource, deprecatedFirstTimestamp =time, deprecatedLastTimestamp =time, deprecatedCount int
PolicyRule verbs =[]string, apiGroups []string, resources []string, resourceNames []string, nonResourceURLs []string
RoleRef apiGroup =string, kind =string, name =string
Subject kind =string, apiGroup string, name =string, namespace string
Role kind string, apiVersion string, metadata =ObjectMeta, rules =[]PolicyRule
ClusterRole kind string, apiVersion string, metadata =ObjectMeta, rules =[]PolicyRule, aggregationRule *!any
RoleBinding kind string, apiVersion string, metadata =ObjectMeta, subjects []!Subject, roleRef =!RoleRef
ClusterRoleBinding kind string, apiVersion string, metadata =ObjectMeta, subjects []!Subject, roleRef =!RoleRef
ServiceReference namespace =string, name =string, path *string, port *int
WebhookClientConfig url *string, service *ServiceReference, caBundle bytes
MutatingWebhook name =string, clientConfig =WebhookClientConfig, rules []any, failurePolicy *string, matchPolicy *string, namespaceSelector *any, objectSelector *any, sideEffects *string, timeoutSeconds *int, admissionReviewVersions =[]string, reinvocationPolicy *string, matchConditions []any
MutatingWebhookConfiguration kind string, apiVersion string, metadata =ObjectMeta, webhooks [name]MutatingWebhook
Container name =string, image string, command []string, args []string, imagePullPolicy string
PodSpec containers [name]Container, initContainers [name]Container, restartPolicy string, serviceAccountName string, serviceAccount string, nodeName string, imagePullSecrets [name]!LocalObjectReference
Pod kind string, apiVersion string, metadata =ObjectMeta, spec =PodSpec, status =!any
BoundObjectReference kind string, apiVersion string, name string, uid string
TokenRequestSpec audiences =[]string, expirationSeconds *int64, boundObjectRef =!BoundObjectReference
TokenRequest kind string, apiVersion string, metadata =ObjectMeta, spec =TokenRequestSpec, status =!any
ResourceAttributes namespace string, verb string, group string, version string, resource string, subresource string, name string, fieldSelector *!any, labelSelector *!any
NonResourceAttributes path string, verb string
AccessReviewSpec resourceAttributes *ResourceAttributes, nonResourceAttributes *NonResourceAttributes, user string, groups []string, uid string, extra *!any, namespace string
AccessReview kind string, apiVersion string, metadata =ObjectMeta, spec =AccessReviewSpec, status =!any
TokenReviewSpec token string, audiences []string
TokenReview kind string, apiVersion string, metadata =ObjectMeta, spec =TokenReviewSpec, status =!any
SelfSubjectReview kind string, apiVersion string, metadata =ObjectMeta, status =!any
Preconditions uid *string, resourceVersion *string
DeleteOptions kind string, apiVersion string, gracePeriodSeconds *int64, preconditions *Preconditions, orphanDependents *bool, propagationPolicy *string, dryRun []string, ignoreStoreReadErrorWithClusterBreakingPotential *bool
)";

using table = std::map<std::string, structure, std::less<>>;

type parse_type(std::string_view text, const table& known) {
  type out;
  for (bool more = true; more;) {
    more = true;
    if (text.starts_with('*'))
      out.pointer = true;
    else if (text.starts_with('='))
      out.always = true;
    else if (text.starts_with('!'))
      out.atomic = true;
    else
      more = false;
    if (more)
      text.remove_prefix(1);
  }
  if (text == "set") {
    out.what = shape::list;
    out.set = true;
    out.element = std::make_shared<const type>(type{shape::text, {}, {}, {}, {}, {}, {}, {}, {}});
    return out;
  }
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    out.what = shape::list;
    out.key = text.substr(1, end - 1);
    out.atomic = out.key.empty();
    out.element = std::make_shared<const type>(parse_type(text.substr(end + 1), known));
    return out;
  }
  if (text.starts_with("{}")) {
    out.what = shape::map;
    out.element = std::make_shared<const type>(parse_type(text.substr(2), known));
    return out;
  }
  static const std::map<std::string_view, shape> plain{
      {"string", shape::text},          {"int", shape::number},
      {"int64", shape::number},         {"bool", shape::flag},
      {"bytes", shape::bytes},          {"time", shape::time},
      {"microtime", shape::micro_time}, {"any", shape::any}};
  if (const auto found = plain.find(text); found != plain.end()) {
    out.what = found->second;
    out.wide = text == "int64";
    return out;
  }
  out.what = shape::structure;
  const auto found = known.find(text);
  if (found == known.end())
    throw std::logic_error{"no structure " + std::string{text}};
  out.of = &found->second;
  return out;
}

table parse_all() {
  table out;
  std::vector<std::pair<structure*, std::string_view>> todo;
  std::string_view rest{source};
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.empty())
      continue;
    const std::string name{line.substr(0, line.find(' '))};
    auto& made = out[name];
    made.name = name;
    todo.emplace_back(&made, line.substr(name.size() + 1));
  }
  for (auto& [made, text] : todo) { // after all names are known
    while (!text.empty()) {
      auto item = text.substr(0, text.find(", "));
      text.remove_prefix(std::min(text.size(), item.size() + 2));
      const auto space = item.find(' ');
      made->fields.push_back(
          {std::string{item.substr(0, space)}, parse_type(item.substr(space + 1), out)});
    }
  }
  return out;
}

} // namespace

bool type::leaf() const noexcept {
  return atomic || (what != shape::list && what != shape::map && what != shape::structure);
}

const type* structure::find(std::string_view member) const noexcept {
  for (const auto& item : fields)
    if (item.name == member)
      return &item.is;
  return nullptr;
}

const table& structures() {
  static auto* const all = [] {
    static table made; // in place: types refer to it
    made = parse_all();
    return &made;
  }();
  return *all;
}

const structure& structure_of(std::string_view name) { return structures().find(name)->second; }

} // namespace acr::kubesim
