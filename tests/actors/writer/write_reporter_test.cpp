#define BOOST_TEST_MODULE write_reporter
#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>
#include <string>

#include "actors/writer/desired_secrets.hpp"
#include "actors/writer/observed_state.hpp"
#include "actors/writer/workqueue.hpp"
#include "actors/writer/write_reporter.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

struct fixture {
  /// `by_us`: this process has begun to write there; the answer may be still to come.
  void serve(int number, bool by_us) {
    observed_namespace record;
    secret_content content;
    content.first_end = wall_time{1h};
    record.secrets[0] = std::make_unique<observed_secret>();
    record.secrets[0]->ours = true;
    record.secrets[0]->content = std::make_shared<const secret_content>(std::move(content));
    record.worked_on = by_us;
    reporter_.synced("team-" + std::to_string(number), record, 0ms);
  }
  void report(write_reporter::ms at) {
    reporter_.report(observed_, desired_, queue_, {at, wall_time{}}, true);
  }

  std::map<std::string, int> lines;
  logger log_{[this](const log_record& line) {
                ++lines[std::string{to_string(line.level)} + " " + std::string{line.event}];
              },
              log_level::debug};
  write_reporter reporter_{log_, {}};
  observed_state observed_;
  desired_secrets desired_;
  workqueue queue_{1};
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_restart_with_many_namespaces_is_a_handful_of_lines, fixture) {
  for (int i = 0; i < 2000; ++i)
    serve(i, false);
  BOOST_TEST(lines["info namespace_served"] == 10);
  BOOST_TEST(lines["debug namespace_served"] == 1990);
  report(500ms);
  BOOST_TEST(lines["info namespaces_found"] == 0);
  BOOST_TEST(reporter_.next().has_value());
  report(1s);
  report(2s);
  BOOST_TEST(lines["info namespaces_found"] == 1);
}

BOOST_FIXTURE_TEST_CASE(what_this_process_writes_is_a_line_each, fixture) {
  for (int i = 0; i < 2000; ++i)
    serve(i, true);
  report(1s);
  BOOST_TEST(lines["info namespace_served"] == 2000);
  BOOST_TEST(lines["info namespaces_found"] == 0);
}
