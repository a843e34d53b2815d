#include "config/document.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

#include <boost/algorithm/string/erase.hpp>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "config/parse.hpp"

namespace acr::config {

namespace {

struct refused {
  YAML::Mark mark;
  std::string message;
};

/// Walks over a document without building it: an alias bomb must not be built to be refused.
class guard final : public YAML::EventHandler {
public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { check(mark, anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw refused{mark, "aliases (`*name`) are not supported: write the value out"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string&) override {
    check(mark, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    enter(mark, anchor);
  }
  void OnSequenceEnd() override { --depth_; }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    enter(mark, anchor);
  }
  void OnMapEnd() override { --depth_; }

private:
  static void check(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor)
      throw refused{mark, "anchors (`&name`) are not supported: write the value out"};
  }
  void enter(const YAML::Mark& mark, YAML::anchor_t anchor) {
    check(mark, anchor);
    if (++depth_ > most_depth)
      throw refused{mark, "nested more than " + std::to_string(most_depth) + " levels deep"};
  }

  int depth_ = 0;
};

void scan(const std::string& text) {
  std::istringstream stream{text};
  YAML::Parser parser{stream};
  guard handler;
  while (parser.HandleNextDocument(handler)) {
  }
}

std::string explained(const std::string& why) {
  if (why.find("end of map") != std::string::npos || why.find("end of seq") != std::string::npos)
    return "not valid YAML (" + why +
           "): check the indentation, and quote a list of domains as "
           "one text: domains: \"a.example,b.example\"";
  return "not valid YAML (" + why + ")";
}

} // namespace

void problem_list::add(severity level, std::string key, const YAML::Mark& mark, const place& where,
                       std::string_view value, std::string message) {
  problem made;
  made.level = level;
  made.key = std::move(key);
  if (!mark.is_null()) {
    made.line = mark.line + 1 + where.line;
    made.column = mark.column + 1 + where.column;
  }
  made.value = shortened(value);
  made.message = std::move(message);
  list_.push_back(std::move(made));
}

void problem_list::add(severity level, std::string key, std::string message) {
  add(level, std::move(key), YAML::Mark::null_mark(), {}, "", std::move(message));
}

bool problem_list::fatal() const {
  return std::any_of(list_.begin(), list_.end(),
                     [](const problem& p) { return p.level == severity::fatal; });
}

std::string normalized(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark))
    text.remove_prefix(byte_order_mark.size());
  return boost::erase_all_copy(std::string{text}, "\r");
}

YAML::Node load(const std::string& text, const std::string& key, const place& where,
                problem_list& problems) {
  const auto refuse = [&](const YAML::Mark& mark, std::string message) {
    problems.add(severity::fatal, key, mark, where, "", std::move(message));
    return YAML::Node{YAML::NodeType::Undefined};
  };
  try {
    scan(text);
    return YAML::Load(text);
  } catch (const refused& e) {
    return refuse(e.mark, e.message);
  } catch (const YAML::Exception& e) {
    return refuse(e.mark, explained(e.msg));
  }
}

place place_of(const YAML::Node& scalar, const std::string& document) {
  const auto mark = scalar.Mark();
  std::istringstream stream{document};
  std::string line;
  for (int i = 0; i <= mark.line; ++i)
    std::getline(stream, line);
  const auto sign = static_cast<std::size_t>(mark.column);
  if (sign < line.size() && (line[sign] == '"' || line[sign] == '\''))
    return {mark.line, mark.column + 1};
  // The mark of a block is that of its sign, or that of its first line, as yaml-cpp pleases.
  if (sign < line.size() && (line[sign] == '|' || line[sign] == '>')) {
    std::getline(stream, line);
    const auto indent = line.find_first_not_of(' ');
    return {mark.line + 1, indent == std::string::npos ? 0 : static_cast<int>(indent)};
  }
  return {mark.line, mark.column};
}

std::string shortened(std::string_view text) {
  constexpr std::size_t most = 60;
  std::string made{text.substr(0, most)};
  std::replace_if(
      made.begin(), made.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return text.size() > most ? made + "..." : made;
}

} // namespace acr::config
