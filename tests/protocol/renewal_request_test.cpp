#define BOOST_TEST_MODULE renewal_request
#include <boost/test/unit_test.hpp>

#include "protocol/renewal_request.hpp"

using namespace acr;

BOOST_AUTO_TEST_CASE(it_is_read_as_it_was_written) {
  for (const auto& wish :
       {renewal_request{"2026-11-27T18:00:00.123Z", ""}, renewal_request{"r", "cri-1@cn-hangzhou"},
        renewal_request{"r", "cri-1"}, renewal_request{"r", "cri-1@cn-hangzhou#5e0c1a7f"},
        renewal_request{"r", "personal#5e0c1a7f"}}) {
    const auto read = read_renewal_request(to_string(wish));
    BOOST_REQUIRE(read);
    BOOST_TEST((*read == wish));
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_renewal_request_is_not_read) {
  for (const auto& text : {std::string{}, std::string{" cri-1"}, std::string{"a\nb"},
                           std::string{"a b c"}, std::string{"a#1"}, std::string{"\x1b[31m"},
                           std::string(65, 'a'), "a " + std::string(254, 'b')})
    BOOST_TEST(!read_renewal_request(text), text);
}

BOOST_AUTO_TEST_CASE(an_instance_is_meant_by_its_name_or_its_id) {
  BOOST_TEST(concerns({"r", ""}, "cri-1@cn-hangzhou"));
  BOOST_TEST(concerns({"r", "cri-1"}, "cri-1@cn-hangzhou"));
  BOOST_TEST(concerns({"r", "cri-1@cn-hangzhou"}, "cri-1@cn-hangzhou"));
  BOOST_TEST(concerns({"r", "cri-1"}, "cri-1#5e0c1a7f"));
  BOOST_TEST(concerns({"r", "cri-1@cn-hangzhou"}, "cri-1@cn-hangzhou#5e0c1a7f"));
  BOOST_TEST(!concerns({"r", "cri-1#5e0c1a7f"}, "cri-1#07a9b3c1"));
  BOOST_TEST(!concerns({"r", "cri-1"}, "cri-11@cn-hangzhou"));
  BOOST_TEST(!concerns({"r", "cri-1@cn-beijing"}, "cri-1@cn-hangzhou"));
}
