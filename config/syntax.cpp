#include "config/syntax.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "config/document.hpp"
#include "protocol/text.hpp"

namespace acr::config {

namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

constexpr std::string_view quotes = R"("')";

bool indented_by_tab(std::string_view line) {
  const auto first = line.find_first_not_of(" \t");
  return first != std::string_view::npos && line[first] != '#' &&
         line.substr(0, first).find('\t') != std::string_view::npos;
}

/// `domains: "a.example","b.example"`, as in old pages of the original's documentation.
bool is_list_of_quotes(std::string_view line) {
  const auto open = line.find_first_of(quotes);
  if (open == std::string_view::npos || line.substr(0, open).find(':') == std::string_view::npos)
    return false;
  const auto close = line.find(line[open], open + 1);
  const auto next =
      close == std::string_view::npos ? close : line.find_first_not_of(' ', close + 1);
  return next != std::string_view::npos && line[next] == ',' &&
         line.find_first_of(quotes, next) != std::string_view::npos;
}

constexpr auto wrong_indentation = "is not valid YAML: check the indentation here; every field of "
                                   "an entry begins in the column of "
                                   "its first one, and a space follows each `:` and each `-`";

struct wording {
  std::string_view complaint; ///< Part of yaml-cpp's message.
  std::string_view ours;
};
constexpr std::array<wording, 12> wordings{{
    {"end of map flow", "is not valid YAML: a `{` is not closed"},
    {"end of sequence flow", "is not valid YAML: a `[` is not closed"},
    {"illegal flow end", "is not valid YAML: a `]` or `}` closes nothing"},
    {"end of map", wrong_indentation},
    {"end of sequence", wrong_indentation},
    {"illegal map value", wrong_indentation},
    {"illegal map key", wrong_indentation},
    {"illegal block entry", wrong_indentation},
    {"EOF in scalar", "is not valid YAML: a quote is not closed"},
    {"unknown escape", R"(is not valid YAML: in "double quotes" a `\` must be written `\\`)"},
    {"referenced anchor", "is not valid YAML: nothing before this alias (`*name`) bears its name; "
                          "a value that begins with `*` needs quotes"},
    {"unknown token", "is not valid YAML: a value that begins with this character needs quotes"},
}};

} // namespace

int characters(std::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

std::optional<std::pair<int, int>> not_utf8(std::string_view text) {
  const auto bad =
      std::min(first_not_utf8(text).value_or(text.size()), std::min(text.find('\0'), text.size()));
  if (bad == text.size())
    return std::nullopt;
  const auto before = text.substr(0, bad);
  const auto line = std::count(before.begin(), before.end(), '\n');
  const auto start = before.rfind('\n') + 1; // 0 on the first line
  return std::pair{static_cast<int>(line), static_cast<int>(bad - start)};
}

source_lines::source_lines(std::string_view text) : text_{text} {
  while (true) {
    const auto end = text.find('\n');
    lines_.push_back(text.substr(0, end));
    if (end == std::string_view::npos)
      return;
    text.remove_prefix(end + 1);
  }
}

std::string_view source_lines::line(int index) const {
  return index >= 0 && static_cast<std::size_t>(index) < lines_.size()
             ? lines_[static_cast<std::size_t>(index)]
             : std::string_view{};
}

int source_lines::characters_before(int index, int column) const {
  const auto whole = line(index);
  const auto end = std::min(static_cast<std::size_t>(std::max(column, 0)), whole.size());
  if (last_.line != index)
    last_ = {index, 0, 0};
  if (end >= last_.column)
    last_.characters += characters(whole.substr(last_.column, end - last_.column));
  else
    last_.characters -= characters(whole.substr(end, last_.column - end));
  last_.column = end;
  return last_.characters;
}

place source_lines::content_of(int index, int column, std::string_view value) const {
  const auto start = line(index).substr(
      std::min(static_cast<std::size_t>(std::max(column, 0)), line(index).size()));
  const place here{index, characters_before(index, column), true};
  if (start.starts_with('|')) {
    // With an explicit indentation (`|2`) the first line may be indented further.
    if (start.find_first_of("123456789") < start.find('#'))
      return here;
    int first = index + 1;
    while (line(first).find_first_not_of(' ') == std::string_view::npos &&
           static_cast<std::size_t>(first) < lines_.size())
      ++first;
    const auto indent = line(first).find_first_not_of(' ');
    return {index + 1, indent == std::string_view::npos ? 0 : static_cast<int>(indent), false};
  }
  if (start.substr(0, value.size()) == value)
    return {here.line, here.column, false};
  const bool quoted = start.starts_with('"') || start.starts_with('\'');
  if (quoted && start.substr(1, value.size()) == value)
    return {here.line, here.column + 1, false};
  return here;
}

bool source_lines::quote_left_open(int index, int column) const {
  const auto start = line(index).substr(
      std::min(static_cast<std::size_t>(std::max(column, 0)), line(index).size()));
  if (!start.starts_with('"') && !start.starts_with('\''))
    return false;
  const auto rest = text_.substr(static_cast<std::size_t>(start.data() - text_.data()));
  const char quote = rest.front();
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == quote && (quote == '"' || i + 1 == rest.size() || rest[i + 1] != quote))
      return false;
    if (rest[i] == (quote == '"' ? '\\' : quote))
      ++i; // an escaped character, or a doubled quote
  }
  return true;
}

std::optional<std::pair<int, int>> source_lines::bracket_left_open() const {
  std::vector<std::pair<int, int>> open;
  char quote = 0;
  for (std::size_t number = 0; number < lines_.size(); ++number) {
    char before = ':'; // of the value that may begin here
    for (std::size_t i = 0; i < lines_[number].size(); ++i) {
      const char c = lines_[number][i];
      const bool begins = std::string_view{":-,[{?"}.find(before) != std::string_view::npos;
      if (quote != 0) {
        i += quote == '"' && c == '\\' ? 1 : 0;
        quote = c == quote ? '\0' : quote;
      } else if (c == '#' && (i == 0 || lines_[number][i - 1] == ' ')) {
        break;
      } else if (begins && quotes.find(c) != std::string_view::npos) {
        quote = c;
      } else if (begins && (c == '[' || c == '{')) {
        open.emplace_back(static_cast<int>(number), static_cast<int>(i));
      } else if ((c == ']' || c == '}') && !open.empty()) {
        open.pop_back();
      }
      if (c != ' ' && c != '\t')
        before = c;
    }
  }
  return open.empty() ? std::nullopt : std::optional{open.back()};
}

std::pair<int, int> source_lines::last_before(int index, int column) const {
  const std::pair given{index, column};
  for (auto part = line(index).substr(0, static_cast<std::size_t>(std::max(column, 0)));;
       part = line(--index)) {
    if (const auto last = part.find_last_not_of(" \t"); last != std::string_view::npos)
      return {index, static_cast<int>(last)};
    if (index <= 0)
      return given;
  }
}

syntax_cause explain_syntax(const source_lines& lines, int line, int column,
                            const std::string& complaint) {
  // The error is often reported a line late: the line before it is checked, too.
  for (int i = std::max(line - 1, 0); i <= line; ++i) {
    if (indented_by_tab(lines.line(i)))
      return {i, static_cast<int>(lines.line(i).find('\t')),
              "is not valid YAML: this line is indented with a tab; use spaces"};
    if (is_list_of_quotes(lines.line(i)))
      return {i, static_cast<int>(lines.line(i).find_first_of(quotes)),
              "is not valid YAML: put a list into one pair of quotes: \"a.example,b.example\""};
  }
  if (const auto open = lines.bracket_left_open();
      open && complaint.find("flow not found") != std::string::npos)
    std::tie(line, column) = *open; // the error is reported at the beginning of the document
  for (const auto& wording : wordings)
    if (complaint.find(wording.complaint) != std::string::npos)
      return {line, column, std::string{wording.ours}};
  return {line, column, "is not valid YAML (" + complaint + ")"};
}

} // namespace acr::config
