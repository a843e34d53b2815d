/// Collects an answer piece by piece, within bounds, and leaves no copy of it behind.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/http.hpp"
#include "protocol/secret_string.hpp"

namespace acr {

/// Bytes that may be secret: buffers are overwritten when growing and on destruction.
class wiping_buffer {
public:
  wiping_buffer() = default;
  wiping_buffer(const wiping_buffer&) = delete;
  wiping_buffer& operator=(const wiping_buffer&) = delete;
  ~wiping_buffer() { wipe(text_); }

  void append(std::string_view bytes);
  std::size_t size() const noexcept { return text_.size(); }
  /// Returns the bytes and is empty afterwards.
  secret_string take();

private:
  std::string text_;
};

class answer_reader {
public:
  /// More bytes of status lines, headers and trailers, or more headers, are refused.
  static constexpr std::size_t max_header_bytes = std::size_t{64} << 10;
  static constexpr std::size_t max_header_count = 256;

  explicit answer_reader(std::size_t max_body) : max_body_{max_body} {}

  /// One line as received, with its line end: a status line begins a new block (an interim answer
  /// such as 100 precedes the real one), an empty one ends it, trailers are counted and dropped.
  /// False if it exceeds a bound.
  bool take_header_line(std::string_view line);

  /// False if it exceeds the bound; then nothing of it is kept.
  bool take_body(std::string_view bytes);

  std::size_t max_body() const noexcept { return max_body_; }
  /// 0 before the first status line.
  int status() const noexcept { return status_; }
  bool successful() const noexcept { return status_ >= 200 && status_ < 300; }
  /// The headers of the final answer are complete.
  bool headers_complete() const noexcept { return complete_; }
  std::size_t body_size() const noexcept { return body_.size(); }
  const std::vector<http_header>& headers() const noexcept { return headers_; }

  /// The bytes of the body since the last call; for streams.
  secret_string take_chunk() { return body_.take(); }
  /// The complete answer; leaves the reader empty.
  http_response finish();

private:
  std::size_t max_body_;
  std::size_t header_bytes_ = 0;
  int status_ = 0;
  bool complete_ = false;
  std::vector<http_header> headers_;
  wiping_buffer body_;
};

} // namespace acr
