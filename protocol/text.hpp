/// Makes text safe to show and to write: one line, and UTF-8.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace acr {

/// The text as UTF-8 on one line: a blank instead of each control character (C0, DEL, C1), line
/// separator and mark that changes the direction of writing, and U+FFFD for each byte that is not
/// UTF-8. Untrusted text must neither control a reader's terminal nor be displayed as something
/// else than it is.
std::string one_line(std::string_view text);

/// The beginning of a UTF-8 text: at most `most` bytes, cut between characters.
std::string_view beginning(std::string_view text, std::size_t most);

/// The position of the first byte that is not UTF-8 (RFC 3629: no surrogates, no overlong forms,
/// nothing beyond U+10FFFF); nothing if all are.
std::optional<std::size_t> first_not_utf8(std::string_view text);

/// Without ASCII white space (space, tab, line ends, form feed, vertical tab) around it.
std::string_view trim_ascii(std::string_view text);

} // namespace acr
