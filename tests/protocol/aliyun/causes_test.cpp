#define BOOST_TEST_MODULE aliyun_causes
#include <boost/test/unit_test.hpp>

#include "protocol/aliyun/causes.hpp"
#include "protocol/aliyun/sts.hpp"

using namespace acr;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(names_that_are_quoted_are_one_line_of_plain_text) {
  for (const std::string odd : {"\n", "\x1B[2J", "\xC2\x9B", "\xE2\x80\xAE", "\xFF", "\""}) {
    auto reason = make_failure(errc::denied, "sts AssumeRole", "NoPermission: denied");
    aliyun::explain(
        reason, aliyun::assume_role({"acs:ram::1:role/a" + odd + "b", "helper", 3600s, ""}), {});
    BOOST_TEST(reason.step.starts_with("sts AssumeRole of acs:ram::1:role/a"));
    BOOST_TEST(reason.step.ends_with("b"));
    BOOST_TEST((reason.step + reason.cause + reason.remedy).find(odd) == std::string::npos,
               reason.step);
  }
}
