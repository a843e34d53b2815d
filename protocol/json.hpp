/// JSON from the network: parsed with limits and without exceptions, into memory that is
/// overwritten when freed, since answers hold Secrets.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include "protocol/failure.hpp"

namespace acr {

/// For values that hold a secret while a request is being written.
boost::json::storage_ptr cleansing_storage();

/// Bytes of memory that a document may take while it is parsed. Small values grow most: `{},` is 3
/// bytes of text and 24 of memory, three times that while the list grows. No object that an API
/// server stores takes this much; a page of hostile ones would.
inline constexpr std::size_t most_of_a_document = std::size_t{64} << 20U;

/// Parses `text`. Errors: `malformed_answer`, its message has the position, and never quotes the
/// text; `response_too_big` if it would take more than `most` bytes of memory.
result<boost::json::value> parse_json(std::string_view text, std::size_t most = most_of_a_document);

/// As above, and it must be an object.
result<boost::json::object> parse_json_object(std::string_view text,
                                              std::size_t most = most_of_a_document);

/// The member of that name if it is an object; null if there is none, or `from` is null.
const boost::json::object* object_at(const boost::json::object* from, std::string_view key);

/// The member of that name if it is a string, else empty.
std::string string_at(const boost::json::object* from, std::string_view key);

/// `malformed_answer` with this message.
failure malformed(std::string message);

} // namespace acr
