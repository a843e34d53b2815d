#define BOOST_TEST_MODULE syntax
#include <boost/test/unit_test.hpp>

#include <string>

#include "config/document.hpp"
#include "config/problems.hpp"
#include "config/syntax.hpp"

using namespace acr::config;

BOOST_AUTO_TEST_CASE(characters_before_a_place_are_counted_in_both_directions) {
  const std::string text = "aé中b\n";
  const source_lines lines{text};
  for (const auto& [column, expected] : {std::pair{7, 4}, {3, 2}, {6, 3}, {0, 0}, {99, 4}, {1, 1}})
    BOOST_TEST(lines.characters_before(0, column) == expected);
  BOOST_TEST(lines.characters_before(1, 5) == 0);
  BOOST_TEST(lines.characters_before(0, 3) == 2);
}

// Hours, if each step walked the line.
BOOST_AUTO_TEST_CASE(a_long_line_is_not_walked_for_each_of_its_places) {
  const std::string text(std::size_t{1} << 20U, 'x');
  const source_lines lines{text};
  const auto end = static_cast<int>(text.size());
  int wrong = 0;
  for (int i = 0; i < 10'000'000; ++i)
    wrong += lines.characters_before(0, end - i % 2) == end - i % 2 ? 0 : 1;
  BOOST_TEST(wrong == 0);
}
