#include "config/document.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <tuple>
#include <utility>

#include <boost/algorithm/string/erase.hpp>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "config/parse.hpp"
#include "config/syntax.hpp"

namespace acr::config {

namespace {

struct refused {
  YAML::Mark mark;
  const char* message;
};

static_assert(most_depth == 16 && most_nodes == 100'000 && most_bytes == std::size_t{1} << 20);
constexpr auto too_deep = "is nested too deep: at most 16 levels are supported";
constexpr auto quote_open = "is not valid YAML: a quote is not closed";
constexpr auto too_many = "has too many values: at most 100000 are supported";
constexpr auto too_long =
    "its aliases stand for too much text: at most 1048576 bytes are supported";
constexpr auto of_itself = "is an alias (`*name`) within what it stands for";
constexpr auto no_mapping = "`<<` takes an alias of a mapping, or a list of such";
constexpr std::string_view merge_key = "<<";

/// The size of a node with all below it.
struct extent {
  std::size_t nodes = 1;
  std::size_t bytes = 0;
  std::size_t depth = 0; ///< Levels of lists and mappings.
};

extent extent_of(const node& value) {
  extent all;
  all.bytes = value.text.size();
  for (const auto* parts : {&value.keys, &value.items})
    for (const auto& part : *parts) {
      const auto one = extent_of(part);
      all.nodes += one.nodes;
      all.bytes += one.bytes;
      all.depth = std::max(all.depth, one.depth);
    }
  all.depth += value.is_list() || value.is_mapping() ? 1 : 0;
  return all;
}

/// Builds the tree during parsing; stops at the first fatal problem before more is read.
class builder final : public YAML::EventHandler {
public:
  builder(const source_lines& lines, const place& where) : lines_{lines}, where_{where} {
    root_.at = at(YAML::Mark::null_mark()); // an empty document has no node
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0)
      throw refused{mark, "a second document begins here (`---`): give one"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto value = made(node::kind::null, mark, "");
    YAML::Mark last = mark; // yaml-cpp's is that of the following token
    std::tie(last.line, last.column) = lines_.last_before(mark.line, mark.column);
    value.at = at(last);
    remember(anchor, value, mark);
    leaf(std::move(value));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end())
      throw refused{mark, of_itself};
    leaf(copied(found->second, mark));
  }
  void OnScalar(const YAML::Mark& begin, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const auto mark = anchor == YAML::NullAnchor ? begin : behind_anchor(begin);
    if (lines_.quote_left_open(mark.line, mark.column))
      throw refused{mark, quote_open};
    auto scalar = made(node::kind::text, mark, tag);
    scalar.text = value;
    scalar.inside = within(lines_.content_of(mark.line, mark.column, value));
    remember(anchor, scalar, mark);
    leaf(std::move(scalar));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    enter(made(node::kind::list, mark, tag), anchor, mark);
  }
  void OnSequenceEnd() override { leave(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    enter(made(node::kind::mapping, mark, tag), anchor, mark);
  }
  void OnMapEnd() override { leave(); }

  node take() { return std::move(root_); }

  position at(const YAML::Mark& mark) const {
    if (where_.fixed || mark.is_null())
      return {where_.line + 1, where_.column + 1};
    return {where_.line + mark.line + 1,
            where_.column + lines_.characters_before(mark.line, mark.column) + 1};
  }

private:
  node made(node::kind type, const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") // these two are yaml-cpp's own: plain, quoted
      throw refused{mark, "tags (`!name`) are not supported: leave it out"};
    if (++nodes_ > most_nodes)
      throw refused{mark, too_many};
    node value;
    value.type = type;
    value.at = at(mark);
    return value;
  }

  place within(place inner) const {
    if (where_.fixed)
      return where_;
    return {inner.line + where_.line, inner.column + where_.column, inner.fixed};
  }

  /// Where the value of `&name value` begins, if it is on that line.
  YAML::Mark behind_anchor(YAML::Mark mark) const {
    const auto rest = lines_.line(mark.line).substr(static_cast<std::size_t>(mark.column));
    const auto end = rest.starts_with('&') ? rest.find(' ') : std::string_view::npos;
    const auto value = end == std::string_view::npos ? end : rest.find_first_not_of(' ', end);
    if (value != std::string_view::npos)
      mark.column += static_cast<int>(value);
    return mark;
  }

  /// A copy counts at full size: aliases of aliases grow without bound otherwise.
  node copied(const node& value, const YAML::Mark& mark) {
    const auto size = extent_of(value);
    nodes_ += size.nodes;
    copied_bytes_ += size.bytes;
    if (nodes_ > most_nodes)
      throw refused{mark, too_many};
    if (copied_bytes_ > most_bytes)
      throw refused{mark, too_long};
    if (open_.size() + size.depth > static_cast<std::size_t>(most_depth))
      throw refused{mark, too_deep};
    return value;
  }
  void remember(YAML::anchor_t anchor, const node& value, const YAML::Mark& mark) {
    if (anchor != YAML::NullAnchor)
      anchored_.insert_or_assign(anchor, copied(value, mark));
  }

  struct container {
    node value;
    YAML::anchor_t anchor;
    YAML::Mark mark;
  };
  void enter(node value, YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (open_.size() >= static_cast<std::size_t>(most_depth))
      throw refused{mark, too_deep};
    open_.push_back({std::move(value), anchor, mark});
  }
  void leave() {
    auto [value, anchor, mark] = std::move(open_.back());
    open_.pop_back();
    if (value.find(merge_key) != nullptr)
      merge(value, mark);
    remember(anchor, value, mark);
    leaf(std::move(value));
  }

  /// A mapping gets, in place of its `<<`, the fields of those that it names: its own take
  /// precedence, then those of the earlier ones (https://yaml.org/type/merge.html).
  static void merge(node& mapping, const YAML::Mark& mark) {
    node whole;
    std::vector<node> sources;
    for (std::size_t i = 0; i < mapping.keys.size(); ++i) {
      auto& item = mapping.items[i];
      if (mapping.keys[i].text != merge_key) {
        whole.keys.push_back(std::move(mapping.keys[i]));
        whole.items.push_back(std::move(item));
      } else if (item.is_list()) {
        std::move(item.items.begin(), item.items.end(), std::back_inserter(sources));
      } else {
        sources.push_back(std::move(item));
      }
    }
    std::set<std::string> known;
    for (const auto& key : whole.keys)
      known.insert(key.text);
    for (auto& source : sources) {
      if (!source.is_mapping())
        throw refused{mark, no_mapping};
      for (std::size_t i = 0; i < source.keys.size(); ++i)
        if (known.insert(source.keys[i].text).second) {
          whole.keys.push_back(std::move(source.keys[i]));
          whole.items.push_back(std::move(source.items[i]));
        }
    }
    mapping.keys = std::move(whole.keys);
    mapping.items = std::move(whole.items);
  }

  void leaf(node value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    auto& parent = open_.back().value;
    const bool key = parent.is_mapping() && parent.keys.size() == parent.items.size();
    (key ? parent.keys : parent.items).push_back(std::move(value));
  }

  const source_lines& lines_;
  place where_;
  std::vector<container> open_;
  std::map<YAML::anchor_t, node> anchored_;
  node root_;
  std::size_t nodes_ = 0;
  std::size_t copied_bytes_ = 0;
  int documents_ = 0;
};

} // namespace

const node* node::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i].is_text() && keys[i].text == key)
      return &items[i];
  return nullptr;
}

position node::position_of(std::size_t offset) const {
  if (inside.fixed)
    return {inside.line + 1, inside.column + 1};
  const auto before = std::string_view{text}.substr(0, offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const auto start = before.rfind('\n');
  const auto rest = start == std::string_view::npos ? before : before.substr(start + 1);
  return {inside.line + static_cast<int>(lines) + 1, inside.column + characters(rest) + 1};
}

node text_node(std::string text) {
  node made;
  made.type = node::kind::text;
  made.text = std::move(text);
  made.at = {1, 1};
  return made;
}

std::string normalized(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark))
    text.remove_prefix(byte_order_mark.size());
  return boost::erase_all_copy(std::string{text}, "\r");
}

std::optional<node> load(const std::string& text, const std::string& key, const place& where,
                         problem_list& problems) {
  const source_lines lines{text};
  builder handler{lines, where};
  const auto refuse = [&](const YAML::Mark& mark, std::string message) {
    problems.add(severity::fatal, key, handler.at(mark), "", std::move(message));
    return std::nullopt;
  };
  if (const auto bad = not_utf8(text)) {
    YAML::Mark mark;
    std::tie(mark.line, mark.column) = *bad;
    return refuse(mark, "is not UTF-8 text: save it with that encoding");
  }
  try {
    std::istringstream stream{text};
    YAML::Parser parser{stream};
    while (parser.HandleNextDocument(handler)) {
    }
    return handler.take();
  } catch (const refused& e) {
    return refuse(e.mark, e.message);
  } catch (const YAML::Exception& e) {
    const auto cause = explain_syntax(lines, e.mark.line, e.mark.column, e.msg);
    YAML::Mark mark = e.mark;
    mark.line = cause.line;
    mark.column = cause.column;
    return refuse(mark, cause.message);
  }
}

} // namespace acr::config
