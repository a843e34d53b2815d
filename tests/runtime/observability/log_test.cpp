#define BOOST_TEST_MODULE log
#include <boost/test/unit_test.hpp>

#include <vector>

#include "runtime/observability/log.hpp"

using namespace acr;

namespace {

const wall_time moment{std::chrono::milliseconds{1767323045678}}; // 2026-01-02T03:04:05.678Z

const log_record sample{
    log_level::warning,
    "token_failed",
    "the service said \"no\"",
    {{"instance", "cri-1"}, {"attempt", 3}, {"detail", "a b\nc"}, {"last", true}}};

} // namespace

BOOST_AUTO_TEST_CASE(a_text_line_has_time_level_event_fields_and_message) {
  BOOST_TEST(format_line(sample, moment, log_format::text) ==
             "2026-01-02T03:04:05.678Z WARNING token_failed instance=cri-1 attempt=3 "
             "detail=\"a b\\nc\" last=true \"the service said \\\"no\\\"\"");
}

BOOST_AUTO_TEST_CASE(a_json_line_keeps_types) {
  BOOST_TEST(
      format_line(sample, moment, log_format::json) ==
      "{\"time\":\"2026-01-02T03:04:05.678Z\",\"level\":\"warning\",\"event\":\"token_failed\","
      "\"message\":\"the service said \\\"no\\\"\",\"instance\":\"cri-1\",\"attempt\":3,"
      "\"detail\":\"a b\\nc\",\"last\":true}");
}

BOOST_AUTO_TEST_CASE(lines_below_the_level_are_not_written) {
  std::vector<std::string> seen;
  const logger log{[&](const log_record& record) { seen.emplace_back(record.event); },
                   log_level::warning};
  log.info("quiet", "");
  log.failed(log_level::error, "loud", "",
             failure{errc::denied, "sts AssumeRole", "no", {}, {}, 403, {}, {}, {}, {}});
  BOOST_TEST(seen == std::vector<std::string>{"loud"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(levels_are_read_by_name) {
  BOOST_TEST((parse_log_level("warn") == log_level::warning));
  BOOST_TEST((parse_log_level("error") == log_level::error));
  BOOST_TEST(!parse_log_level("loud"));
}
