#include "protocol/secret_string.hpp"

#include <utility>

#include <openssl/crypto.h>

namespace acr {

namespace {

std::shared_ptr<const std::string> adopt(std::string text) {
  // A plain deleter would free the characters without overwriting them.
  return {new std::string{std::move(text)}, [](std::string* owned) {
            wipe(*owned);
            delete owned;
          }};
}

} // namespace

void wipe(std::string& text) noexcept {
  text.resize(text.capacity()); // a longer earlier value has left characters behind
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

secret_string::secret_string(std::string&& text) : buffer_{adopt(std::move(text))} {
  wipe(text); // a short text was copied, and its characters are still in place
}

secret_string::secret_string(std::string_view text) : buffer_{adopt(std::string{text})} {}

} // namespace acr
