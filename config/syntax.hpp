/// The lines of a YAML text: where a value's content is, and why a text is not YAML.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace acr::config {

struct place;

/// The number of characters in a piece of UTF-8.
int characters(std::string_view text);

/// Line and column (0-based, bytes) of the first byte that is not UTF-8 text (NUL included);
/// nothing if all are.
std::optional<std::pair<int, int>> not_utf8(std::string_view text);

/// A text by lines. Lines and columns are 0-based here, columns in bytes, as yaml-cpp counts.
class source_lines {
public:
  explicit source_lines(std::string_view text); ///< The text must outlive it.

  std::size_t size() const { return lines_.size(); }
  /// Empty beyond the end.
  std::string_view line(int index) const;
  int characters_before(int index, int column) const;
  /// Where the content of the scalar at that mark is: after its quote, or below the sign of a
  /// literal block (`|`).
  place content_of(int index, int column, std::string_view value) const;

  /// Whether the scalar at that mark begins with a quote that is never closed. yaml-cpp accepts it.
  bool quote_left_open(int index, int column) const;
  /// The innermost `{` or `[` that is not closed until the end of the text.
  std::optional<std::pair<int, int>> bracket_left_open() const;
  /// The last non-blank character before that position: missing text belongs after it.
  std::pair<int, int> last_before(int index, int column) const;

private:
  std::string_view text_;
  std::vector<std::string_view> lines_;
  /// Where `characters_before` stopped last: it continues from there, in either direction. Counting
  /// from the start each time would be quadratic for one long line with many absent values.
  struct cursor {
    int line = -1;
    std::size_t column = 0;
    int characters = 0;
  };
  mutable cursor last_;
};

/// Why it is not YAML, for someone who knows the document but not the grammar.
struct syntax_cause {
  int line = 0;
  int column = 0;
  std::string message;
};

/// `line`, `column` and `complaint` are yaml-cpp's. Quotes nothing of the text.
syntax_cause explain_syntax(const source_lines& lines, int line, int column,
                            const std::string& complaint);

} // namespace acr::config
