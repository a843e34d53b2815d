/// Text that must not be disclosed: a password, a token, a key, or a document that holds one.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace acr {

/// Immutable text whose buffer is overwritten when the last copy is destroyed. Copies share the
/// buffer. It has no stream operator, no inspect and no conversion: code that prints it does not
/// compile.
class secret_string {
public:
  secret_string() = default;
  /// Takes ownership of the text; the buffer of `text` is overwritten, too.
  explicit secret_string(std::string&& text);
  explicit secret_string(std::string_view text);

  /// The only accessor: every use of it can be found by name.
  std::string_view reveal() const noexcept {
    return buffer_ ? std::string_view{*buffer_} : std::string_view{};
  }
  bool empty() const noexcept { return !buffer_ || buffer_->empty(); }
  std::size_t size() const noexcept { return buffer_ ? buffer_->size() : 0; }

  /// Compares contents.
  friend bool operator==(const secret_string& a, const secret_string& b) noexcept {
    return a.reveal() == b.reveal();
  }

private:
  std::shared_ptr<const std::string> buffer_;
};

/// Overwrites the buffer of `text`, all of it, and empties it.
void wipe(std::string& text) noexcept;

} // namespace acr
