#define BOOST_TEST_MODULE objects
#include <boost/test/unit_test.hpp>

#include "protocol/kubernetes/objects.hpp"

using namespace acr::kubernetes;

BOOST_AUTO_TEST_CASE(versions_are_compared_as_numbers_of_any_length) {
  BOOST_TEST(newer("10", "9"));
  BOOST_TEST(!newer("9", "10"));
  BOOST_TEST(!newer("10", "10"));
  BOOST_TEST(newer("11", "10"));
  BOOST_TEST(
      newer("100000000000000000000000000000000000001", "100000000000000000000000000000000000000"));
}

BOOST_AUTO_TEST_CASE(versions_that_are_no_numbers_are_never_newer) {
  for (const auto* text : {"", "a", "1a", "-1", "01", "1 "}) {
    BOOST_TEST(!newer(text, "0"), text);
    BOOST_TEST(!newer("9", text), text);
  }
}

BOOST_AUTO_TEST_CASE(the_metadata_of_any_object_can_be_had) {
  service_account account;
  account.meta.uid = "u-1";
  BOOST_TEST(meta_of(object{account}).uid == "u-1");
}
