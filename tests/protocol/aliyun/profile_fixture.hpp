/// What the tests of both formats of profiles share.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <boost/test/unit_test.hpp>

#include "protocol/aliyun/profile.hpp"

namespace acr::testing {

using variables = std::map<std::string, std::string>;

inline environment_reader environment_of(variables set) {
  return [set = std::move(set)](const char* name) {
    const auto found = set.find(name);
    return found == set.end() ? std::string{} : found->second;
  };
}

inline result<aliyun::profile> read_as(aliyun::profile_format format, const std::string& text,
                                       const std::string& name, const variables& set = {}) {
  return aliyun::read_profile(format, secret_string{std::string_view{text}}, name,
                              environment_of(set));
}

/// A file that the vendor's SDKs read, too (tests/sdk).
inline std::string shared_file(const std::string& name) {
  std::ifstream file{std::string{ACR_TEST_DATA} + "/aliyun/profiles/" + name};
  std::stringstream text;
  text << file.rdbuf();
  BOOST_REQUIRE(!text.str().empty());
  return text.str();
}

inline void check_refused(const result<aliyun::profile>& read, errc code, const std::string& told) {
  BOOST_REQUIRE_MESSAGE(!read, told << " was not told");
  BOOST_TEST((read.error().code == code), told << ": " << to_string(read.error()));
  BOOST_TEST(read.error().message.find(told) != std::string::npos,
             read.error().message << " lacks " << told);
  BOOST_TEST(read.error().message.find("MARK") == std::string::npos);
}

inline const std::string chained = "acs:ram::1000000000000001:role/chained";

} // namespace acr::testing
