#include "runtime/http/answer_reader.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "protocol/text.hpp"

namespace acr {

namespace {

constexpr std::string_view blanks = " \t\r\n";

// "HTTP/1.1 200 OK" and "HTTP/2 200": the number after the first blank.
int status_of(std::string_view line) {
  const auto blank = line.find(' ');
  int status = 0;
  if (blank != std::string_view::npos) {
    const auto number = trim_ascii(line.substr(blank)).substr(0, 3);
    std::from_chars(number.data(), number.data() + number.size(), status);
  }
  return status;
}

} // namespace

void wiping_buffer::append(std::string_view bytes) {
  const auto needed = text_.size() + bytes.size();
  if (needed > text_.capacity()) {
    std::string larger;
    larger.reserve(std::max(needed, 2 * text_.capacity()));
    larger += text_;
    wipe(text_);
    text_ = std::move(larger);
  }
  text_ += bytes;
}

secret_string wiping_buffer::take() { return secret_string{std::exchange(text_, {})}; }

bool answer_reader::take_header_line(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > max_header_bytes)
    return false;
  if (complete_)
    return true;
  if (line.starts_with("HTTP/")) {
    status_ = status_of(line);
    headers_.clear();
    return true;
  }
  const auto text = trim_ascii(line);
  if (text.empty()) {
    complete_ = status_ >= 200;
    return true;
  }
  if (blanks.find(line.front()) != std::string_view::npos) { // RFC 9112, 5.2: a folded line
    if (!headers_.empty())
      headers_.back().value.append(" ").append(text);
    return true;
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos)
    return true;
  if (headers_.size() == max_header_count)
    return false;
  headers_.push_back({std::string{trim_ascii(text.substr(0, colon))},
                      std::string{trim_ascii(text.substr(colon + 1))}});
  return true;
}

bool answer_reader::take_body(std::string_view bytes) {
  if (bytes.size() > max_body_ - std::min(body_.size(), max_body_))
    return false;
  body_.append(bytes);
  return true;
}

http_response answer_reader::finish() { return {status_, std::move(headers_), body_.take()}; }

} // namespace acr
