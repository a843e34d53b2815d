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

inline reading key(const std::string& name, const std::string& value) {
  return parse_config_map({{name, value}});
}
/// The list, with a good entry behind it: `cri-good`.
inline reading info(const std::string& list) {
  return key("acr-registry-info", list + "- instanceId: cri-good\n");
}
inline reading info_with_rrsa(const std::string& list) {
  return parse_config_map({{"rrsa", "enable: true"}, {"acr-registry-info", list}});
}
/// The same in a file of ours.
inline reading instances(const std::string& list) {
  return parse_file("instances:\n" + list + "- id: cri-good\n");
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

/// Only the good entry is left.
inline void check_rejected(const reading& r, const strings& expected) {
  check(r, expected);
  BOOST_TEST(names(r) == strings{"cri-good"}, boost::test_tools::per_element());
}

inline bool mentions(const reading& r, const std::string& text) {
  const auto all = told(r);
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

/// What is told when the first entry is rejected for a field.
inline std::string first(const std::string& where, const std::string& value,
                         const std::string& message) {
  return "E acr-registry-info[0]." + where + ": \"" + value + "\": " + message;
}

} // namespace acr::config
