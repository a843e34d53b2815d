#define BOOST_TEST_MODULE replica_identity
#include <boost/test/unit_test.hpp>

#include <optional>

#include "tools/helper/replica_identity.hpp"

using acr::helper::replica_identity;

namespace {

/// No Pod of any cluster, nor that of another run of this test.
std::string some_uid() { return replica_identity{"test", ""}.text(); }

} // namespace

BOOST_AUTO_TEST_CASE(a_pod_keeps_its_identity_when_its_container_is_restarted) {
  const auto uid = some_uid();
  std::optional<replica_identity> before{std::in_place, "pod-1", uid};
  BOOST_TEST(before->text() == "pod-1_" + uid);
  before.reset();
  BOOST_TEST((replica_identity{"pod-1", uid}.text() == "pod-1_" + uid));
}

BOOST_AUTO_TEST_CASE(a_second_process_in_the_pod_is_another_replica) {
  const auto uid = some_uid();
  const replica_identity first{"pod-1", uid};
  const replica_identity second{"pod-1", uid};
  BOOST_TEST(second.text() != first.text());
  BOOST_TEST(second.text().starts_with("pod-1_"));
}

BOOST_AUTO_TEST_CASE(pods_differ_though_they_share_a_machine_and_its_name) {
  const replica_identity first{"node-1", some_uid()};
  const replica_identity second{"node-1", some_uid()};
  BOOST_TEST(first.text() != second.text());
}

BOOST_AUTO_TEST_CASE(outside_of_a_pod_each_process_is_a_replica_of_its_own) {
  const replica_identity first{"machine", ""};
  const replica_identity second{"machine", ""};
  BOOST_TEST(first.text() != second.text());
}

BOOST_AUTO_TEST_CASE(a_uid_that_is_too_long_for_a_claim_makes_a_replica_of_its_own) {
  const std::string uid(300, 'x');
  const replica_identity first{"pod-1", uid};
  const replica_identity second{"pod-1", uid};
  BOOST_TEST(first.text() != second.text());
}
