#define BOOST_TEST_MODULE admission_scope
#include <boost/test/unit_test.hpp>

#include "actors/admission/admission_desk.hpp"
#include "actors/admission/admission_scope.hpp"

using namespace acr;

namespace {

config::instance instance(const std::string& id, std::vector<std::string> domains) {
  config::instance out;
  out.name = id;
  out.instance_id = id;
  out.domains = std::move(domains);
  return out;
}

std::size_t references(std::vector<config::instance> instances) {
  config::configuration from;
  from.instances = std::move(instances);
  return admission_scope_of(from).references.size();
}

} // namespace

BOOST_AUTO_TEST_CASE(as_many_references_as_one_domain_has_instances) {
  BOOST_TEST(references({}) == 1U);
  BOOST_TEST(references({instance("cri-1", {"a", "b"}), instance("cri-2", {"c"})}) == 1U);
  BOOST_TEST(references({instance("cri-1", {"a", "b"}), instance("cri-2", {"b"})}) == 2U);
  BOOST_TEST(references({instance("cri-1", {}), instance("cri-1", {})}) == 2U);
  BOOST_TEST(references({instance("cri-1", {}), instance("cri-2", {})}) == 1U);
  BOOST_TEST(references(std::vector(9, instance("cri-1", {"a"}))) == 4U);
}

BOOST_AUTO_TEST_CASE(domains_that_were_found_count) {
  config::configuration from;
  from.instances = {instance("cri-1", {"a"}), instance("cri-2", {})};
  BOOST_TEST(admission_scope_of(from, {}).references.size() == 1U);
  const auto scope = admission_scope_of(from, {{"cri-2", {"a", "b"}}, {"cri-9", {"a"}}});
  BOOST_TEST(scope.references.size() == 2U);
  BOOST_TEST((scope.hosts == std::vector<std::string>{"a", "b"}));
  BOOST_TEST(!scope.any_acr_host);
}

BOOST_AUTO_TEST_CASE(names_and_hosts_are_those_of_the_configuration) {
  config::configuration from;
  from.namespaces = {true, {}};
  from.service_accounts = {false, {"robot"}};
  from.instances = {instance("cri-1", {"b", "a"}), instance("cri-2", {"a"})};
  const auto scope = admission_scope_of(from);
  BOOST_TEST((scope.namespaces == from.namespaces));
  BOOST_TEST((scope.service_accounts == from.service_accounts));
  BOOST_TEST((scope.references == std::vector<std::string>{"acr-credential-secret-aggregation",
                                                           "acr-credential-secret-aggregation-2"}));
  BOOST_TEST((scope.hosts == std::vector<std::string>{"a", "b"}));
  BOOST_TEST(!scope.any_acr_host);
  BOOST_TEST(scope.enabled);
  BOOST_TEST(!scope.own_lists);
  from.webhook = {false, true};
  BOOST_TEST(!admission_scope_of(from).enabled);
  BOOST_TEST(admission_scope_of(from).own_lists);
  from.instances = {instance("cri-1", {})};
  BOOST_TEST(admission_scope_of(from).any_acr_host);
}

BOOST_AUTO_TEST_CASE(the_desk_answers_from_what_was_published_last) {
  admission_desk desk;
  const served_request asked{
      "POST", "/", "",
      R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1",)"
      R"("resource":{"group":"","resource":"serviceaccounts"},"operation":"CREATE",)"
      R"("namespace":"n","object":{"metadata":{"name":"default"}}}})"};
  const auto patched = [&] {
    const auto answer = answer_admission(desk, asked);
    BOOST_TEST(answer.status == 200);
    return answer.body.find("patch") != std::string::npos;
  };
  BOOST_TEST(!patched()); // no configuration yet
  kubernetes::admission_scope scope;
  scope.namespaces = {true, {}};
  scope.service_accounts = {true, {}};
  scope.references = {"s"};
  desk.publish(std::make_shared<const kubernetes::admission_scope>(scope));
  BOOST_TEST(patched());
  BOOST_TEST(answer_admission(desk, {"GET", "/", "", ""}).status == 405);
  BOOST_TEST(answer_admission(desk, {"POST", "/", "", "x"}).status == 400);
  BOOST_TEST(desk.answers(kubernetes::admission_outcome::account_linked) == 1U);
  BOOST_TEST(desk.answers(kubernetes::admission_outcome::unchanged) == 1U);
  BOOST_TEST(desk.answers(kubernetes::admission_outcome::malformed) == 1U);
}
