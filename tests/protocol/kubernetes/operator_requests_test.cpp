#define BOOST_TEST_MODULE operator_requests
#include <boost/test/unit_test.hpp>

#include "protocol/kubernetes/operator_requests.hpp"

using namespace acr;
using namespace acr::kubernetes;

namespace {

http_response answer(int status, std::string_view body) {
  return {status, {}, secret_string{body}};
}

} // namespace

BOOST_AUTO_TEST_CASE(one_annotation_is_set_and_nothing_else) {
  const auto request = annotate_config_map({"kube-system", "acr"}, "acr/renew", "a \"b\"");
  BOOST_TEST(request.method == "PATCH");
  BOOST_TEST(request.url ==
             "/api/v1/namespaces/kube-system/configmaps/acr?fieldManager=kubectl-acr");
  BOOST_TEST(request.body == R"({"metadata":{"annotations":{"acr/renew":"a \"b\""}}})");
  BOOST_TEST(find_header(request.headers, "content-type") == "application/merge-patch+json");
}

BOOST_AUTO_TEST_CASE(events_about_a_config_map_are_read) {
  BOOST_TEST(list_events({"ns", "acr"}).url ==
             "/api/v1/namespaces/ns/events?fieldSelector="
             "involvedObject.kind%3DConfigMap%2CinvolvedObject.name%3Dacr");
  const auto read = read_events(answer(200, R"({"items":[{"type":"Warning","reason":"R",)"
                                            R"("message":"m","source":{"component":"c"}},{},7]})"));
  BOOST_REQUIRE(read);
  BOOST_REQUIRE_EQUAL(read->size(), 2U);
  BOOST_TEST(read->front().warning);
  BOOST_TEST(read->front().message == "m");
  BOOST_TEST(read->front().component == "c");
  BOOST_TEST(!read->back().warning);
  BOOST_TEST((read_events(answer(403, "{}")).error().code == errc::denied));
  BOOST_TEST((read_events(answer(200, "{}")).error().code == errc::malformed_answer));
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_not_json_is_called_that) {
  for (const auto& reason :
       {read_events(answer(200, "<html>")).error(), read_access(answer(201, "<html>")).error()}) {
    BOOST_TEST((reason.code == errc::malformed_answer));
    BOOST_TEST(reason.message.starts_with("not JSON"), reason.message);
    BOOST_TEST(!reason.step.empty());
  }
  BOOST_TEST(read_events(answer(200, "{}")).error().message == "that is no list");
}

BOOST_AUTO_TEST_CASE(a_permission_is_asked_for) {
  const access_question question{"create", "", "serviceaccounts", "token", "kube-system", "helper"};
  BOOST_TEST(to_string(question) == "create serviceaccounts/token helper in kube-system");
  BOOST_TEST(to_string(access_question{"list", "", "namespaces", "", "", ""}) ==
             "list namespaces in all namespaces");
  const auto request = review_access(question);
  BOOST_TEST(request.method == "POST");
  BOOST_TEST(
      request.body.find(R"("verb":"create","group":"","resource":"serviceaccounts",)"
                        R"("subresource":"token","namespace":"kube-system","name":"helper")") !=
      std::string::npos);
  BOOST_TEST(*read_access(answer(201, R"({"status":{"allowed":true}})")));
  BOOST_TEST(!*read_access(answer(201, R"({"status":{"allowed":false,"reason":"x"}})")));
  BOOST_TEST((read_access(answer(201, "{}")).error().code == errc::malformed_answer));
  BOOST_TEST((read_access(answer(401, "")).error().code == errc::credentials_bad));
}
