/// Parsing of wire formats: targets, parameters, Host headers, Base64.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "protocol/aliyun/signature.hpp"

namespace acr::simkit {

using aliyun::form_decode;
using aliyun::parameters;

/// Decodes `%XX` in a path. A malformed escape stays.
std::string percent_decode(std::string_view text);

/// The value of the first parameter of that name (exact case), or an empty text.
std::string_view value_of(const parameters& list, std::string_view name);
bool has(const parameters& list, std::string_view name);

/// Path and query of a request target; the query without its `?`.
std::pair<std::string_view, std::string_view> split_target(std::string_view target);

/// The name in a Host header: lower case, without port and without IPv6 brackets.
std::string host_name(std::string_view host);

std::string lower(std::string_view text);
bool same_word(std::string_view a, std::string_view b); ///< Equal, case-insensitively.

/// Encodes as standard Base64 with padding, and as the URL form without.
std::string base64(std::string_view bytes);
std::string base64url(std::string_view bytes);
/// Decodes both alphabets, padded or not. False if `text` is neither.
bool base64_decode(std::string_view text, std::string& bytes);

} // namespace acr::simkit
