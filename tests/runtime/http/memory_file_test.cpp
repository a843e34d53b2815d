#define BOOST_TEST_MODULE memory_file
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "runtime/http/memory_file.hpp"

using namespace acr;

namespace {

std::string read(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

BOOST_AUTO_TEST_CASE(it_is_read_by_its_path_as_often_as_wanted) {
  const std::string content = std::string(300'000, 'x') + '\0' + "end";
  const memory_file file{content};
  BOOST_TEST((read(file.path()) == content));
  BOOST_TEST((read(file.path()) == content));
}

BOOST_AUTO_TEST_CASE(it_is_gone_with_its_object) {
  std::string path;
  {
    const memory_file file{""};
    path = file.path();
    BOOST_TEST(std::filesystem::exists(path));
  }
  BOOST_TEST(!std::filesystem::exists(path));
}
