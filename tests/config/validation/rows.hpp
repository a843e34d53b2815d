/// The rows of the table in docs/configuration.md: each tried in the spellings that it applies to,
/// and held against what the document says of it.
#pragma once

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <boost/algorithm/string.hpp>
#include <boost/test/unit_test.hpp>

#include "config/parse.hpp"
#include "config/syntax.hpp"
#include "tests/config/reading.hpp"

namespace acr::config {

/// A row as the document has it.
struct documented {
  std::string outcome;
  std::string spellings; ///< "all", "any" (whatever the spelling), or "ConfigMap, add-on, own".
};

/// By the names of the tests.
inline const std::map<std::string, documented>& documented_rows() {
  static const auto rows = [] {
    std::map<std::string, documented> found;
    std::ifstream file{std::string{ACR_TEST_DATA} + "/../../docs/configuration.md"};
    for (std::string line; std::getline(file, line);) {
      strings cells;
      boost::split(cells, line, boost::is_any_of("|"));
      if (cells.size() != 6 || cells[4].find('`') == std::string::npos)
        continue;
      for (auto& cell : cells)
        boost::trim(cell);
      found[boost::trim_copy_if(cells[4], boost::is_any_of("`"))] = {cells[2], cells[3]};
    }
    return found;
  }();
  return rows;
}

/// What the spellings call the same thing: `{list}` and so on in a text or an expected problem.
inline std::string in_spelling(std::string text, spelling form) {
  using names = std::array<std::string_view, 3>;
  static const std::vector<std::pair<std::string_view, names>> words{
      {"{list}", {"acr-registry-info", "AcrInstanceInfo", "instances"}},
      {"{namespaces}", {"watch-namespace", "watchNamespace", "namespaces"}},
      {"{NAMESPACES}", {"Watch-Namespace", "WatchNamespace", "Namespaces"}},
      {"{accounts}", {"service-account", "serviceAccount", "serviceAccounts"}},
      {"{threshold}", {"expiring-threshold", "expiringThreshold", "renewBefore"}},
      {"{email}", {"notify-email", "notifyEmail", "email"}},
      {"{rrsa on}", {"rrsa: 'enable: true'\n", "enableRRSA: true\n", ""}},
      {"{turn on}",
       {"give the key `rrsa` the value `enable: true`", "give `enableRRSA` the value true", ""}},
      {"{id}", {"instanceId", "instanceId", "id"}},
      {"{region}", {"regionId", "regionId", "region"}},
      {"{personal}", {"\"\"", "\"\"", "personal"}},
      {"{for personal}", {" for Personal edition", " for Personal edition", ""}},
      {"{or personal}", {"or empty", "or empty", "or `personal`"}},
      {"{assume role}",
       {"assumeRoleARN: {role}", "assumeRoleARN: {role}",
        "identity: {assumeRoles: [{role: '{role}'}]}"}},
      {"{role}", {role, role, role}},
      {"{provider}", {provider, provider, provider}},
  };
  for (const auto& [word, in] : words)
    boost::replace_all(text, word, in.at(static_cast<std::size_t>(form)));
  return text;
}

/// The same as the manifest of a ConfigMap: lists and `rrsa` are texts there.
inline std::string as_manifest(const std::string& text) {
  std::string manifest = "kind: ConfigMap\ndata:\n";
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.starts_with('^') ? 2U : 0U; // behind a mark
    const bool key = line.size() > first && std::string_view{"- #\t"}.find(line[first]) > 3;
    manifest.append(key ? 2U : 4U, ' ').append(line).append(line.ends_with(':') && key ? " |" : "");
    manifest += '\n';
  }
  return manifest;
}

/// `^1` in a text marks where the problem is that is expected at `@1` (or, its line alone, `@l1`).
class marked_text {
public:
  explicit marked_text(const std::string& text) {
    for (std::size_t i = 0; i < text.size(); ++i)
      if (text[i] == '^') {
        const auto line = std::count(text_.begin(), text_.end(), '\n') + 1;
        const auto column = characters(text_.substr(text_.rfind('\n') + 1)) + 1;
        marks_[text[++i]] = {std::to_string(line), std::to_string(column)};
      } else {
        text_ += text[i];
      }
  }

  const std::string& text() const { return text_; }
  std::string expected(std::string problem) const {
    for (const auto& [number, at] : marks_) {
      boost::replace_all(problem, std::string{"@l"} + number, "line " + at.first);
      boost::replace_all(problem, std::string{"@"} + number,
                         "line " + at.first + ", column " + at.second);
    }
    return problem;
  }

private:
  std::string text_;
  std::map<char, std::pair<std::string, std::string>> marks_;
};

/// The fixture of all rows.
class row {
public:
  using readings = std::vector<reading>;

  /// Each spelling; the ConfigMap's also as a manifest with texts in it. `{doc}` before a place
  /// stands for the key whose text is the document. Returns what was read.
  readings in_all(const std::string& text, const strings& expected = {}) {
    auto all = in_original(text, expected);
    all.push_back(in_file(text, expected));
    return all;
  }
  /// The two spellings of the original.
  readings in_original(const std::string& text, const strings& expected = {}) {
    auto all = in_config_map(text, expected);
    all.push_back(in_add_on(text, expected));
    return all;
  }
  readings in_config_map(const std::string& text, const strings& expected = {}) {
    return {tried(spelling::config_map, text, expected, false),
            tried(spelling::config_map, text, expected, true)};
  }
  reading in_add_on(const std::string& text, const strings& expected = {}) {
    return tried(spelling::add_on, text, expected, false);
  }
  reading in_file(const std::string& text, const strings& expected = {}) {
    return tried(spelling::file, text, expected, false);
  }
  /// Each spelling, but not as a manifest: what is wrong is about the file itself.
  readings in_files(const std::string& text, const strings& expected = {}) {
    return {tried(spelling::config_map, text, expected, false), in_add_on(text, expected),
            in_file(text, expected)};
  }
  /// Each spelling, whatever is told: for the test to look at.
  readings in_all_as_told(const std::string& text) {
    readings all;
    for (const auto form : {spelling::config_map, spelling::add_on, spelling::file}) {
      tried_in(form);
      all.push_back(parse_file(in_spelling(text, form)));
      noticed(all.back(), told(all.back()));
    }
    return all;
  }
  /// For what has nothing to do with spellings.
  void in_any(const reading& r, const strings& expected) {
    spellings_.insert("any");
    noticed(r, expected);
  }

  /// Entries that are rejected, in a list with a good one behind them, which is left.
  void rejects(const std::string& entries, const strings& expected) {
    only_good(in_all(list_of(entries), expected));
  }
  void rejects_in_original(const std::string& entries, const strings& expected) {
    only_good(in_original(list_of(entries), expected));
  }
  void rejects_in_file(const std::string& entries, const strings& expected) {
    only_good({in_file(list_of(entries), expected)});
  }
  static std::string list_of(const std::string& entries) {
    return "{list}:\n" + entries + "- {id}: cri-good\n";
  }

  /// What the document says is what was seen.
  void teardown() {
    const std::string name = boost::unit_test::framework::current_test_case().p_name;
    const auto& rows = documented_rows();
    const auto found = rows.find(name);
    BOOST_TEST_REQUIRE((found != rows.end()), name << " is no row of docs/configuration.md");
    const std::string all = "ConfigMap, add-on, own";
    BOOST_TEST(boost::replace_all_copy(found->second.spellings, "all", all) ==
                   boost::join(spellings_, ", "),
               name);
    const auto& outcome = found->second.outcome;
    if (outcome.starts_with("no secret"))
      return;
    for (const std::string word : {"fatal", "entry rejected", "warning"})
      BOOST_TEST((outcome.find(word) != std::string::npos) == outcomes_.contains(word),
                 name << ": " << word);
    BOOST_TEST((!outcomes_.empty() || outcome.starts_with("read")), name);
  }

protected:
  void noticed(const reading& r, const strings& expected) {
    check(r, expected);
    for (const auto& problem : r.problems)
      outcomes_.insert(problem.level == severity::fatal            ? "fatal"
                       : problem.level == severity::entry_rejected ? "entry rejected"
                                                                   : "warning");
  }
  void tried_in(spelling form) {
    spellings_.insert(form == spelling::file     ? "own"
                      : form == spelling::add_on ? "add-on"
                                                 : "ConfigMap");
  }

private:
  reading tried(spelling form, const std::string& text, const strings& expected, bool manifest) {
    tried_in(form);
    auto written = in_spelling(text, form);
    if (manifest)
      written = as_manifest(written);
    const marked_text marked{written};
    strings problems;
    for (const auto& problem : expected)
      problems.push_back(marked.expected(boost::replace_all_copy(
          in_spelling(problem, form), "{doc}", manifest ? "acr-registry-info, " : "")));
    auto r = parse_file(marked.text());
    BOOST_TEST_CONTEXT(marked.text().substr(0, 500))
    noticed(r, problems);
    return r;
  }

  static void only_good(const readings& all) {
    for (const auto& r : all)
      BOOST_TEST(names(r) == strings{"cri-good"}, boost::test_tools::per_element());
  }

  /// In this order: ConfigMap, add-on, own; "any" alone.
  struct order {
    bool operator()(const std::string& a, const std::string& b) const {
      const auto place = [](const std::string& s) {
        return s == "ConfigMap" ? 0 : s == "add-on" ? 1 : 2;
      };
      return place(a) != place(b) ? place(a) < place(b) : a < b;
    }
  };
  std::set<std::string, order> spellings_;
  std::set<std::string> outcomes_;
};

} // namespace acr::config
