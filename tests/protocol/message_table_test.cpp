// README.md tells who says what to whom: every message of the actors' interfaces stands there.
#define BOOST_TEST_MODULE message_table
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace {

const std::filesystem::path root = std::filesystem::path{ACR_TEST_DATA} / "../..";

std::string content(const std::filesystem::path& file) {
  std::ifstream stream{file};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

/// What the interfaces take and answer, but for what is marked as private.
std::set<std::string> messages() {
  static const std::regex signature{"(?:reacts_to|replies_to)<(\\w+)>(?:::with<(\\w+)>)?"};
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator{root / "protocol/messages"}) {
    std::ifstream stream{entry.path()};
    bool hidden = false;
    for (std::string line; std::getline(stream, line);) {
      if (line.find("    // ") == 0)
        hidden = line.find("// Private.") != std::string::npos;
      std::smatch match;
      if (!hidden && std::regex_search(line, match, signature))
        for (const auto part : {1U, 2U})
          if (match[part].matched)
            found.insert(match[part]);
    }
  }
  return found;
}

/// Outside of examples: what stands in backquotes, and where links lead.
std::set<std::string> names_in(const std::string& text) {
  static const std::regex block{"```[^`]*```"};
  static const std::regex name{"`[^`\\n]+`|\\]\\([^)]+\\)"};
  const auto prose = std::regex_replace(text, block, "");
  return {std::sregex_token_iterator{prose.begin(), prose.end(), name}, {}};
}

} // namespace

BOOST_AUTO_TEST_CASE(every_message_stands_in_the_table_of_the_readme) {
  const auto readme = content(root / "README.md");
  const auto all = messages();
  BOOST_TEST(all.size() > 25U);
  for (const auto& name : all)
    BOOST_TEST((readme.find('`' + name + '`') != std::string::npos), name);
}

/// As a word of its own in a name or a link: `run` is not named by `tools/testcluster/run.sh`.
bool names(const std::set<std::string>& all, const std::string& wanted) {
  const std::regex whole{"(^|[^\\w.-])(tools/|docs/)?" +
                         std::regex_replace(wanted, std::regex{"[.]"}, "[.]") + "($|[^\\w.-])"};
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& name) { return std::regex_search(name, whole); });
}

BOOST_AUTO_TEST_CASE(every_tool_and_document_is_named_in_the_readme) {
  const auto readme = names_in(content(root / "README.md"));
  BOOST_TEST(!names(readme, "ru"));
  BOOST_TEST(!names(readme, "no_such_tool"));
  const std::set<std::string> unnamed{"cmake", "lib", "fuzz", "data", "support", "pictures"};
  for (const auto* place : {"tools", "docs"})
    for (const auto& entry : std::filesystem::directory_iterator{root / place}) {
      const auto name = entry.path().filename().string();
      if ((entry.is_directory() && !unnamed.contains(name) && name[0] != '_') ||
          entry.path().extension() == ".md")
        BOOST_TEST(names(readme, name), name);
    }
}

BOOST_AUTO_TEST_CASE(the_chinese_readme_names_what_the_english_one_does) {
  auto english = names_in(content(root / "README.md"));
  auto chinese = names_in(content(root / "README.zh-CN.md"));
  BOOST_TEST(english.size() > 100U);
  BOOST_TEST(english.erase("](README.zh-CN.md)") == 1U);
  BOOST_TEST(chinese.erase("](README.md)") == 1U);
  BOOST_TEST(english == chinese, boost::test_tools::per_element());
}
