// Header lines and body of an answer, one line at a time.
#include "runtime/http/answer_reader.hpp"
#include "tests/fuzz/target.hpp"

void acr::fuzz::target(std::string_view input) {
  answer_reader reader{1024};
  bool fine = true;
  while (fine && !input.empty()) {
    const auto end = input.find('\n');
    const auto line = input.substr(0, end == std::string_view::npos ? input.size() : end + 1);
    input.remove_prefix(line.size());
    if (reader.headers_complete() && line.front() == '>')
      fine = reader.take_body(line.substr(1));
    else
      fine = reader.take_header_line(line);
    FUZZ_CHECK(reader.body_size() <= reader.max_body());
  }
  const auto answer = reader.finish();
  FUZZ_CHECK(answer.headers.size() <= answer_reader::max_header_count);
  FUZZ_CHECK(answer.body.size() <= 1024);
}
