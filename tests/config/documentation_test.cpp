// What docs/configuration.md says of tests is so; its rows are held against the tests by
// themselves.
#define BOOST_TEST_MODULE documentation
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <iterator>

#include "tests/config/validation/rows.hpp"

using namespace acr;
using namespace acr::config;

BOOST_AUTO_TEST_CASE(every_row_of_the_table_names_a_test) {
  std::string tests;
  const std::filesystem::path folder{std::string{ACR_TEST_DATA} + "/../config/validation"};
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    std::ifstream file{entry.path()};
    tests.append(std::istreambuf_iterator<char>{file}, {});
  }
  BOOST_TEST(documented_rows().size() > 70U);
  for (const auto& [name, row] : documented_rows())
    BOOST_TEST((tests.find("BOOST_AUTO_TEST_CASE(" + name + ")") != std::string::npos), name);
}
