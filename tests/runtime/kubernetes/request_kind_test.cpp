#define BOOST_TEST_MODULE request_kind
#include <boost/test/unit_test.hpp>

#include "protocol/kubernetes/requests.hpp"
#include "runtime/kubernetes/request_kind.hpp"

using namespace acr;
using namespace acr::kubernetes;

namespace {

std::string kind(const http_request& request) {
  const auto found = kind_of(request);
  return found.verb + " " + found.resource;
}

http_request of(const std::string& method, const std::string& url) {
  http_request request;
  request.method = method;
  request.url = url;
  return request;
}

} // namespace

BOOST_AUTO_TEST_CASE(every_request_of_ours_has_its_verb_and_resource) {
  const object_ref ref{"team-a", "default"};
  service_account account;
  account.meta.ref = ref;
  BOOST_TEST(kind(list_page({object_kind::secret, "", "metadata.name=x"}, 500, "")) ==
             "list secrets");
  BOOST_TEST(kind(list_page({object_kind::service_account, "team-a", ""}, 500, "")) ==
             "list serviceaccounts");
  BOOST_TEST(kind(watch_from({object_kind::name_space, "", ""}, "1", std::chrono::seconds{1})) ==
             "watch namespaces");
  BOOST_TEST(kind(get_object(object_kind::config_map, ref)) == "get configmaps");
  BOOST_TEST(kind(get_object(object_kind::name_space, {"", "team-a"})) == "get namespaces");
  BOOST_TEST(kind(*link_account(account, {"x"})) == "patch serviceaccounts");
  BOOST_TEST(kind(apply_secret({ref, {}, {}, {}, {}, {}})) == "patch secrets");
  BOOST_TEST(kind(delete_secret({ref, "u", "1"})) == "delete secrets");
  BOOST_TEST(kind(token_request(ref, "a", std::chrono::seconds{600})) ==
             "create serviceaccounts/token");
  BOOST_TEST(kind(create_event({})) == "create events");
}

BOOST_AUTO_TEST_CASE(names_never_become_kinds) {
  BOOST_TEST(kind(of("GET", "/api/v1/namespaces/namespaces/secrets/watch")) == "get secrets");
  BOOST_TEST(kind(of("PUT", "/apis/coordination.k8s.io/v1/namespaces/a/leases/b")) ==
             "update leases");
  BOOST_TEST(kind(of("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles")) ==
             "list clusterroles");
  for (const auto* url : {"", "/", "/healthz", "/api/v1", "/apis/apps/v1", "https://x/api/v1/y"})
    BOOST_TEST(kind(of("GET", url)) == "get other", url);
  BOOST_TEST(kind(of("BREW", "/api/v1/pods")) == "other pods");
}
