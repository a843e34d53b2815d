#define BOOST_TEST_MODULE selection
#include <boost/test/unit_test.hpp>

#include <random>
#include <regex>

#include "protocol/selection.hpp"

using namespace acr;

BOOST_AUTO_TEST_CASE(names_patterns_and_exclusions) {
  const selection some{false, {"a", "b"}, {"team-*", "x*z"}, {"*-old", "team-x"}};
  for (const auto* name : {"a", "b", "team-", "team-1", "xz", "x-1-z"})
    BOOST_TEST(some.contains(name), name);
  for (const auto* name : {"", "c", "team", "team-x", "team-1-old", "xzy", "ateam-1"})
    BOOST_TEST(!some.contains(name), name);
  const selection but{true, {}, {}, {"kube-*"}};
  BOOST_TEST(but.contains("default"));
  BOOST_TEST(!but.contains("kube-system"));
  BOOST_TEST(!selection{}.contains("a"));
}

BOOST_AUTO_TEST_CASE(only_names_alone_are_known_beforehand) {
  BOOST_TEST(!(selection{false, {"a"}}).open());
  BOOST_TEST((selection{true, {}}).open());
  BOOST_TEST((selection{false, {"a"}, {"b*"}}).open());
}

BOOST_AUTO_TEST_CASE(in_words_it_is_what_a_configuration_says) {
  BOOST_TEST(in_words({true, {}}) == "all");
  BOOST_TEST(in_words({true, {}, {}, {"kube-*"}}) == "all,!kube-*");
  BOOST_TEST(in_words({false, {"a", "b"}, {"c*"}, {"cx"}}, ", ") == "a, b, c*, !cx");
  BOOST_TEST(in_words({false, {"all"}}) == "\"all\"");
}

BOOST_AUTO_TEST_CASE(a_pattern_means_the_same_as_its_expression) {
  std::mt19937 random{7};
  const auto made = [&](std::string_view from) {
    std::string text;
    for (auto left = random() % 7; left > 0; --left)
      text += from[random() % from.size()];
    return text;
  };
  int matched = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto pattern = made("ab-*.");
    const auto name = made("ab-.");
    const bool expected = std::regex_match(name, std::regex{as_expression(pattern)});
    matched += expected ? 1 : 0;
    BOOST_TEST_REQUIRE(matches(pattern, name) == expected, pattern << " " << name);
  }
  BOOST_TEST(matched > 500);
}

BOOST_AUTO_TEST_CASE(a_hostile_pattern_is_matched_at_once) {
  std::string pattern;
  for (int i = 0; i < 120; ++i)
    pattern += "a*";
  BOOST_TEST(!matches(pattern + "b", std::string(253, 'a')));
}

BOOST_AUTO_TEST_CASE(a_narrowed_selection_is_a_list_where_it_can_be) {
  const selection all{true};
  const selection names{false, {"a", "b", "c"}};
  const selection pattern{false, {}, {"team-*"}};
  BOOST_TEST(
      (narrowed(names, {{false, {"b", "x"}}, {false, {"c"}}}) == selection{false, {"b", "c"}}));
  BOOST_TEST((narrowed(selection{true, {}, {}, {"b"}}, {names}) == selection{false, {"a", "c"}}));
  BOOST_TEST((narrowed(names, {{true, {}, {}, {"a"}}}) == selection{false, {"b", "c"}}));
  BOOST_TEST((narrowed(names, {pattern, all}) == names)); // one goes everywhere
}

BOOST_AUTO_TEST_CASE(a_narrowed_selection_selects_what_both_do) {
  const auto some =
      narrowed({true, {}, {}, {"team-x"}}, {{false, {}, {"team-*"}}, {false, {"shop"}}});
  BOOST_TEST(some.open());
  BOOST_TEST(some.contains("team-a"));
  BOOST_TEST(some.contains("shop"));
  BOOST_TEST(!some.contains("team-x"));
  BOOST_TEST(!some.contains("other"));
  const auto none = narrowed({false, {"a"}}, {{false, {"b"}}});
  BOOST_TEST(!none.contains("a"));
  BOOST_TEST(!none.contains("b"));
}
