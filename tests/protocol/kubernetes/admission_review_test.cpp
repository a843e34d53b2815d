#define BOOST_TEST_MODULE admission_review
#include <boost/test/unit_test.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include "protocol/base64.hpp"
#include "protocol/kubernetes/admission_review.hpp"

using namespace acr;
using namespace acr::kubernetes;
namespace json = boost::json;

namespace {

constexpr const char* ours = "acr-credential-secret-aggregation";
constexpr const char* second = "acr-credential-secret-aggregation-2";

admission_scope scope() {
  admission_scope out;
  out.namespaces = {false, {"team-a", "team-b"}};
  out.service_accounts = {false, {"default", "robot"}};
  out.references = {ours, second};
  return out;
}

struct asked {
  std::string resource = "serviceaccounts";
  std::string operation = "CREATE";
  std::string object = R"({"metadata":{"name":"default"}})";
  std::string ns = "team-a";
  std::string more{}; ///< Further members of the request.

  std::string text() const {
    return R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u-1",)"
           R"("resource":{"group":"","version":"v1","resource":")" +
           resource + R"("},"namespace":")" + ns + R"(","operation":")" + operation + "\"," + more +
           R"("object":)" + object + "}}";
  }
};

/// The patch, as JSON; "" if there is none. The object is admitted in any case.
std::string patch_of(const asked& what, const admission_scope& by = scope(),
                     const admission_exceptions& but = {}) {
  const auto answer = answer_review(what.text(), by, but);
  const auto document = json::parse(answer.body).as_object();
  BOOST_TEST(document.at("apiVersion") == "admission.k8s.io/v1");
  BOOST_TEST(document.at("kind") == "AdmissionReview");
  const auto& response = document.at("response").as_object();
  BOOST_TEST(response.at("uid") == "u-1");
  BOOST_TEST(response.at("allowed") == true);
  const auto* patch = response.if_contains("patch");
  BOOST_TEST((patch == nullptr) == (answer.outcome == admission_outcome::unchanged));
  if (patch == nullptr)
    return "";
  BOOST_TEST(response.at("patchType") == "JSONPatch");
  return decode_base64(json::value_to<std::string>(*patch)).value();
}

std::string pod(const std::string& spec) {
  return R"({"metadata":{"name":"p"},"spec":)" + spec + "}";
}

const std::string both = R"([{"name":"acr-credential-secret-aggregation"},)"
                         R"({"name":"acr-credential-secret-aggregation-2"}])";
const std::string whole_account =
    R"([{"op":"add","path":"/imagePullSecrets","value":)" + both + "}]";
const std::string whole_pod =
    R"([{"op":"add","path":"/spec/imagePullSecrets","value":)" + both + "}]";

} // namespace

BOOST_AUTO_TEST_CASE(an_account_without_a_list_gets_all_references) {
  BOOST_TEST(patch_of({}) == whole_account);
  BOOST_TEST(patch_of({.operation = "UPDATE"}) == whole_account);
  BOOST_TEST(patch_of({.object = R"({"metadata":{"name":"robot"},"imagePullSecrets":null})"}) ==
             whole_account);
}

BOOST_AUTO_TEST_CASE(what_is_there_stays_where_it_is) {
  BOOST_TEST(patch_of({.object = R"({"metadata":{"name":"default"},"imagePullSecrets":[{"name":"x"},
                {},{"name":""},{"name":"acr-credential-secret-aggregation"},{"name":"x"}]})"}) ==
             R"([{"op":"add","path":"/imagePullSecrets/-","value":)"
             R"({"name":"acr-credential-secret-aggregation-2"}}])");
  BOOST_TEST(patch_of({.object = R"({"metadata":{"name":"default"},"imagePullSecrets":)" + both +
                                 "}"}) == "");
  BOOST_TEST(
      patch_of({.object = R"({"metadata":{"name":"default"},"imagePullSecrets":[]})"}) ==
      R"([{"op":"add","path":"/imagePullSecrets/-","value":{"name":"acr-credential-secret-aggregation"}},)"
      R"({"op":"add","path":"/imagePullSecrets/-","value":{"name":"acr-credential-secret-aggregation-2"}}])");
}

BOOST_AUTO_TEST_CASE(what_does_not_concern_us_is_admitted_as_it_is) {
  BOOST_TEST(patch_of({.ns = "team-c"}) == "");
  BOOST_TEST(patch_of({.object = R"({"metadata":{"name":"other"}})"}) == "");
  BOOST_TEST(patch_of({.object = R"({"metadata":{"name":"default","deletionTimestamp":"x"}})"}) ==
             "");
  BOOST_TEST(patch_of({.operation = "DELETE"}) == "");
  BOOST_TEST(patch_of({.more = R"("subResource":"token",)"}) == "");
  BOOST_TEST(patch_of({.resource = "secrets"}) == "");
  BOOST_TEST(patch_of({.resource = "pods", .operation = "UPDATE", .object = pod("{}")}) == "");
  auto off = scope();
  off.enabled = false;
  BOOST_TEST(patch_of({}, off) == "");
}

BOOST_AUTO_TEST_CASE(odd_objects_are_admitted_as_they_are) {
  for (const auto* object :
       {"null", "1", "[]", "{}", R"({"metadata":null})", R"({"metadata":{"name":7}})",
        R"({"metadata":{"name":"default"},"imagePullSecrets":"x"})",
        R"({"metadata":{"name":"default"},"imagePullSecrets":{"name":"x"}})"})
    BOOST_TEST(patch_of({.object = object}) == "", object);
  for (const auto* object : {"{}", R"({"spec":[]})", R"({"spec":{"imagePullSecrets":3}})"})
    BOOST_TEST(patch_of({.resource = "pods", .object = object}) == "", object);
}

BOOST_AUTO_TEST_CASE(an_account_that_is_named_by_the_server_counts_by_the_name_of_the_request) {
  BOOST_TEST(patch_of({.object = R"({"metadata":{"generateName":"r"}})",
                       .more = R"("name":"robot",)"}) == whole_account);
  auto all = scope();
  all.service_accounts = {true, {}};
  BOOST_TEST(patch_of({.object = R"({"metadata":{"generateName":"r"}})"}, all) == whole_account);
}

BOOST_AUTO_TEST_CASE(a_pod_gets_what_it_lacks) {
  const auto ask = [](const std::string& spec) {
    return patch_of({.resource = "pods", .object = pod(spec)});
  };
  BOOST_TEST(ask(R"({"serviceAccountName":"robot"})") == whole_pod);
  BOOST_TEST(ask("{}") == whole_pod);
  BOOST_TEST(ask(R"({"serviceAccountName":"other"})") == "");
  // Linked before the second one was needed.
  BOOST_TEST(
      ask(R"({"imagePullSecrets":[{"name":"acr-credential-secret-aggregation"},{"name":"x"}]})") ==
      R"([{"op":"add","path":"/spec/imagePullSecrets/-","value":)"
      R"({"name":"acr-credential-secret-aggregation-2"}}])");
  BOOST_TEST(ask(R"({"imagePullSecrets":)" + both + "}") == "");
}

BOOST_AUTO_TEST_CASE(a_mirror_of_a_static_pod_is_left_alone) {
  BOOST_TEST(patch_of({.resource = "pods",
                       .object = R"({"metadata":{"annotations":{"kubernetes.io/config.mirror":"h"}},
                                    "spec":{}})"}) == "");
}

BOOST_AUTO_TEST_CASE(a_pod_with_a_list_of_its_own_is_touched_only_if_wanted) {
  const auto spec = [](const std::string& image) {
    return asked{
        .resource = "pods",
        .object = pod(R"({"imagePullSecrets":[{"name":"mine"}],"initContainers":[{"image":"a"}],)"
                      R"("containers":[{"image":")" +
                      image + R"("}]})")};
  };
  auto wanted = scope();
  wanted.hosts = {"registry.example:5000", "*.example.org"};
  BOOST_TEST(patch_of(spec("registry.example:5000/x/y:1"), wanted) == "");
  wanted.own_lists = true;
  BOOST_TEST(patch_of(spec("registry.example:5000/x/y:1"), wanted) != "");
  BOOST_TEST(patch_of(spec("a.example.org/x"), wanted) != "");
  BOOST_TEST(patch_of(spec("busybox"), wanted) == "");
  const std::string acr = "corp-registry-vpc.cn-hangzhou.cr.aliyuncs.com/x/y";
  BOOST_TEST(patch_of(spec(acr), wanted) == "");
  wanted.any_acr_host = true;
  BOOST_TEST(patch_of(spec(acr), wanted) != "");
  BOOST_TEST(patch_of(spec("registry.cn-hangzhou.aliyuncs.com/x/y"), wanted) != "");
  BOOST_TEST(patch_of(spec("oss.aliyuncs.com/x/y"), wanted) == "");
  BOOST_TEST(patch_of(spec("registry.cn-hangzhou.aliyuncs.com.evil.example/x"), wanted) == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_review_is_recognised) {
  const auto good = asked{}.text();
  for (const auto& body :
       {std::string{}, std::string{"null"}, std::string{"{}"}, good.substr(0, good.size() - 1),
        std::string{R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"})"},
        std::string{
            R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":[]})"},
        std::string{R"({"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview",)"
                    R"("request":{"uid":"1"}})"},
        std::string(100000, '[')}) {
    const auto answer = answer_review(body, scope());
    BOOST_TEST((answer.outcome == admission_outcome::malformed));
    BOOST_TEST(answer.body.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_review_that_takes_too_much_memory_is_not_answered) {
  const auto with = [](std::size_t count) {
    std::string list = "[{}";
    for (std::size_t i = 0; i < count; ++i)
      list.append(",{}");
    auto text = asked{}.text();
    return text.insert(1, R"("x":)" + list + "],");
  };
  BOOST_TEST((answer_review(with(100'000), scope()).outcome == admission_outcome::account_linked));
  BOOST_TEST((answer_review(with(1'300'000), scope()).outcome == admission_outcome::malformed));
}

BOOST_AUTO_TEST_CASE(what_its_owner_wants_without_a_link_gets_none) {
  BOOST_TEST(patch_of({.object = R"({"metadata":{"name":"default","annotations":)"
                                 R"({"acr-credential-helper/ignore":"true"}}})"}) == "");
  BOOST_TEST(patch_of({.object = R"({"metadata":{"name":"default","annotations":)"
                                 R"({"acr-credential-helper/ignore":"false"}}})"}) ==
             whole_account);
  admission_exceptions but;
  but.excluded = {"team-b"};
  but.accounts = {{"team-a", "robot"}};
  BOOST_TEST(patch_of({.ns = "team-b"}, scope(), but) == "");
  BOOST_TEST(patch_of({.ns = "team-a"}, scope(), but) == whole_account);
  const asked its_pod{.resource = "pods", .object = pod(R"({"serviceAccountName":"robot"})")};
  BOOST_TEST(patch_of(its_pod, scope(), but) == "");
  BOOST_TEST(patch_of(its_pod) == whole_pod);
}

BOOST_AUTO_TEST_CASE(a_foreign_secret_of_our_name_is_not_linked) {
  admission_exceptions but;
  but.foreign = {{"team-a", ours}};
  const asked a_pod{.resource = "pods", .object = pod("{}")};
  BOOST_TEST(patch_of(a_pod, scope(), but).find(ours + std::string{"\""}) == std::string::npos);
  BOOST_TEST(
      patch_of({}, scope(), but) ==
      R"([{"op":"add","path":"/imagePullSecrets","value":[{"name":"acr-credential-secret-aggregation-2"}]}])");
  BOOST_TEST(patch_of({.ns = "team-b"}, scope(), but) == whole_account);
  but.foreign.insert({"team-a", second});
  BOOST_TEST(patch_of({}, scope(), but) == "");
  BOOST_TEST(patch_of(a_pod, scope(), but) == "");
}

BOOST_AUTO_TEST_CASE(with_a_label_selector_only_namespaces_that_are_known_count) {
  auto by = scope();
  by.by_labels = true;
  admission_exceptions but;
  BOOST_TEST(patch_of({}, by, but) == "");
  but.selected = {"team-a"};
  BOOST_TEST(patch_of({}, by, but) == whole_account);
}

BOOST_AUTO_TEST_CASE(a_namespace_gets_references_for_the_entries_that_go_there) {
  auto by = scope();
  by.entries = {{{true}, {"x.example"}, {"x.example"}},
                {{false, {"team-b"}}, {"x.example"}, {"x.example"}}};
  BOOST_TEST(patch_of({.ns = "team-b"}, by) == whole_account);
  BOOST_TEST(
      patch_of({.ns = "team-a"}, by) ==
      R"([{"op":"add","path":"/imagePullSecrets","value":[{"name":"acr-credential-secret-aggregation"}]}])");
  by.entries.erase(by.entries.begin());
  BOOST_TEST(patch_of({.ns = "team-a"}, by) == "");
  BOOST_TEST(scope_in(by, "team-b").references.size() == 1U);
}
