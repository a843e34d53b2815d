/// What the tests of reading share: problems as lines, and a list with a good entry behind it.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "config/parse.hpp"

namespace acr::config {

using strings = std::vector<std::string>;

inline const std::string role = "acs:ram::1000000000000001:role/a";
inline const std::string provider = "acs:ram::1000000000000001:oidc-provider/p";

/// The helper's own form with all that it has.
inline const std::string own_sample = R"(apiVersion: acr-credential-helper/v1
kind: Configuration
namespaces: [team-a, team-b]
serviceAccounts: all
renewBefore: 20m
email: ops@example.com
instances:
- id: cri-1
  region: cn-hangzhou
  domains: [a.example, b.example]
  identity:
    rrsa:
      role: acs:ram::1000000000000001:role/a
      provider: acs:ram::1000000000000001:oidc-provider/p
    assumeRoles:
    - role: acs:ram::1000000000000002:role/b
      externalId: word
    sessionDuration: 2h
- id: personal
)";

inline reading key(const std::string& name, const std::string& value) {
  return parse_config_map({{name, value}});
}
/// The list, with a good entry behind it: `cri-good`.
inline reading info(const std::string& list) {
  return key("acr-registry-info", list + "- instanceId: cri-good\n");
}

/// "W" (warning), "E" (entry rejected) or "F" (fatal), then the problem in words.
inline strings told(const reading& r) {
  strings all;
  for (const auto& problem : r.problems)
    all.push_back(std::string{"WEF"[static_cast<int>(problem.level)]} + " " + to_string(problem));
  return all;
}

inline strings names(const reading& r) {
  strings all;
  for (const auto& entry : r.value.value_or(configuration{}).instances)
    all.push_back(entry.name);
  return all;
}

inline void check(const reading& r, const strings& expected) {
  const auto all = told(r);
  BOOST_TEST(all == expected, boost::test_tools::per_element());
  const bool fatal = std::any_of(all.begin(), all.end(),
                                 [](const std::string& line) { return line.starts_with("F"); });
  BOOST_TEST(r.value.has_value() != fatal);
}

inline bool mentions(const reading& r, const std::string& text) {
  const auto all = told(r);
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

} // namespace acr::config
