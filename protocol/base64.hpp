/// Base64 (RFC 4648, section 4): padded, in one line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace acr {

std::string encode_base64(std::string_view bytes);

/// Decodes; line ends are skipped, as PEM and YAML fold long values; any other character outside of
/// the alphabet, or a wrong padding, gives nothing.
std::optional<std::string> decode_base64(std::string_view text);

} // namespace acr
