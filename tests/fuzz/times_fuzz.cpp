// RFC 3339, HTTP dates and durations.
#include "config/values.hpp"
#include "tests/fuzz/target.hpp"

void acr::fuzz::target(std::string_view input) {
  using std::chrono::floor;
  using std::chrono::seconds;
  if (const auto time = parse_rfc3339(input)) {
    const auto again = parse_rfc3339(to_rfc3339(*time));
    FUZZ_CHECK(again && floor<seconds>(*again) == floor<seconds>(*time));
  }
  if (const auto time = parse_http_date(input)) {
    const auto again = parse_http_date(to_http_date(*time));
    FUZZ_CHECK(again && *again == *time);
  }
  if (const auto span = config::parse_duration(input))
    FUZZ_CHECK(*span <= std::chrono::hours{24 * 366});
}
