#include "protocol/secret_json.hpp"

#include <array>
#include <cstddef>
#include <string_view>

#include <boost/json/serializer.hpp>
#include <openssl/crypto.h>

namespace acr {

namespace {

/// The pieces of the text; they are gone afterwards.
template <class Take>
void each_piece(const boost::json::object& document, Take take) {
  std::array<char, 4096> buffer{};
  boost::json::serializer out;
  out.reset(&document);
  while (!out.done())
    take(out.read(buffer.data(), buffer.size()));
  OPENSSL_cleanse(buffer.data(), buffer.size());
}

} // namespace

std::string serialize_secret(const boost::json::object& document) {
  std::size_t size = 0;
  each_piece(document, [&](std::string_view piece) { size += piece.size(); });
  std::string text;
  text.reserve(size);
  each_piece(document, [&](std::string_view piece) { text += piece; });
  return text;
}

} // namespace acr
