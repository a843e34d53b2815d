#define BOOST_TEST_MODULE pod
#include <boost/test/unit_test.hpp>

#include "protocol/kubernetes/pod.hpp"
#include "protocol/kubernetes/requests.hpp"

using namespace acr;
using namespace acr::kubernetes;

namespace {

http_response answer(int status, std::string_view body) {
  return {status, {}, secret_string{body}};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_pod_is_asked_for_by_name) {
  BOOST_TEST(get_pod({"a", "b"}).url == "/api/v1/namespaces/a/pods/b");
}

BOOST_AUTO_TEST_CASE(what_decides_about_pulling_is_read) {
  const auto read = read_pod("get", answer(200, R"({
    "metadata": {"name": "p", "namespace": "a", "uid": "u", "resourceVersion": "1"},
    "spec": {"serviceAccountName": "builder", "imagePullSecrets": [{"name": "x"}, {"name": "y"}],
             "initContainers": [{"name": "first", "image": "i/1"}],
             "containers": [{"name": "main", "image": "i/2"}, {"name": "other", "image": "i/3"}]},
    "status": {"containerStatuses": [
      {"name": "other", "state": {"running": {}}},
      {"name": "main", "state": {"waiting": {"reason": "ErrImagePull", "message": "no"}}}],
      "initContainerStatuses": [{"name": "first", "state": {"waiting": {"reason": "W"}}}]}})"));
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->service_account == "builder");
  BOOST_TEST(read->pull_secrets == (std::vector<std::string>{"x", "y"}),
             boost::test_tools::per_element());
  BOOST_REQUIRE_EQUAL(read->containers.size(), 3U);
  BOOST_TEST(read->containers[0].waiting == "W");
  BOOST_TEST(read->containers[1].image == "i/2");
  BOOST_TEST(read->containers[1].waiting == "ErrImagePull");
  BOOST_TEST(read->containers[1].waiting_detail == "no");
  BOOST_TEST(read->containers[2].waiting == "");
  BOOST_TEST(read->containers[2].pulled);
  BOOST_TEST(!read->containers[1].pulled);
}

BOOST_AUTO_TEST_CASE(a_refusal_and_a_broken_answer_are_reported) {
  BOOST_TEST((read_pod("get", answer(404, "{}")).error().code == errc::not_found));
  const auto broken = read_pod("get", answer(200, "{"));
  BOOST_TEST((broken.error().code == errc::malformed_answer));
  BOOST_TEST(broken.error().step == "get");
}
