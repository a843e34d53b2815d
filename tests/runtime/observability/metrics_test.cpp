#define BOOST_TEST_MODULE metrics
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include <unistd.h>

#include "runtime/observability/exposition.hpp"
#include "runtime/observability/metrics.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

/// A state in which every metric has a sample.
helper_status everything() {
  helper_status state;
  state.started_at = wall_time{1500ms};
  state.configuration.read = state.configuration.in_force = true;
  state.configuration.verdict = configuration_verdict::accepted;
  state.configuration.threshold = 900s;
  auto& one = state.instances["cri-1"];
  one.domains = {"a.example", "b.example"};
  one.expires_at = wall_time{3600s};
  one.failures = 2;
  one.failures_by[{"sts AssumeRole", "denied"}] = 2;
  one.durations.add(300ms);
  state.writing.warm = true;
  state.writing.namespaces = 3;
  state.api_requests[{"patch", "secrets", "200"}] = 7;
  state.watches[{"secrets", "gone"}] = 1;
  state.deaths["instance"] = 4;
  state.left_out.push_back({"cri-9", "z.example", true});
  return state;
}

std::string all() {
  return metrics_text(everything(), "1.2.3", process_usage{1.5, 4096, 9, 0, -2.5});
}

bool holds(const std::string& line) { return all().find("\n" + line + "\n") != std::string::npos; }

std::set<std::string> matches(const std::string& text, const std::string& pattern) {
  const std::regex expression{pattern};
  std::set<std::string> found;
  for (auto at = std::sregex_iterator{text.begin(), text.end(), expression};
       at != std::sregex_iterator{}; ++at)
    found.insert((*at)[1].str());
  return found;
}

std::string documentation() {
  std::ifstream file{ACR_TEST_DATA "/../../docs/observability.md"};
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

BOOST_AUTO_TEST_CASE(values_and_labels_are_as_prometheus_reads_them) {
  BOOST_TEST(holds("acr_helper_clock_behind_seconds -2.5"));
  BOOST_TEST(holds(R"(acr_helper_build_info{version="1.2.3"} 1)"));
  BOOST_TEST(holds(R"(acr_helper_credential_expiry_timestamp_seconds{acr_instance="cri-1",)"
                   R"(domain="a.example"} 3600)"));
  BOOST_TEST(holds(R"(acr_helper_refresh_failures_total{acr_instance="cri-1",)"
                   R"(step="sts AssumeRole",code="denied"} 2)"));
  BOOST_TEST(holds(R"(acr_helper_api_requests_total{verb="patch",resource="secrets",)"
                   R"(code="200"} 7)"));
  BOOST_TEST(holds(R"(acr_helper_watch_restarts_total{resource="secrets",reason="gone"} 1)"));
  BOOST_TEST(holds("acr_helper_namespaces 3"));
  BOOST_TEST(holds("acr_helper_credentials_left_out 1"));
  BOOST_TEST(holds("process_start_time_seconds 1.5"));
  BOOST_TEST(holds("acr_helper_configuration_expiring_threshold_seconds 900"));
}

BOOST_AUTO_TEST_CASE(after_a_restart_the_expiry_is_that_of_the_credential_in_the_secrets) {
  auto state = everything();
  auto& one = state.instances["cri-1"];
  one.expires_at.reset();
  one.found_until = wall_time{3000s};
  const auto text = metrics_text(state, "1", {});
  BOOST_TEST(text.find(R"(acr_helper_credential_expiry_timestamp_seconds{acr_instance="cri-1",)"
                       R"(domain="a.example"} 3000)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_histogram_counts_upwards_and_ends_with_all) {
  BOOST_TEST(
      holds(R"(acr_helper_refresh_duration_seconds_bucket{acr_instance="cri-1",le="0.25"} 0)"));
  BOOST_TEST(
      holds(R"(acr_helper_refresh_duration_seconds_bucket{acr_instance="cri-1",le="0.5"} 1)"));
  BOOST_TEST(
      holds(R"(acr_helper_refresh_duration_seconds_bucket{acr_instance="cri-1",le="10.0"} 1)"));
  BOOST_TEST(
      holds(R"(acr_helper_refresh_duration_seconds_bucket{acr_instance="cri-1",le="+Inf"} 1)"));
  BOOST_TEST(holds(R"(acr_helper_refresh_duration_seconds_sum{acr_instance="cri-1"} 0.3)"));
  BOOST_TEST(holds(R"(acr_helper_refresh_duration_seconds_count{acr_instance="cri-1"} 1)"));
}

BOOST_AUTO_TEST_CASE(an_empty_state_has_no_sample_of_a_password) {
  const auto text = metrics_text({}, "1", {});
  BOOST_TEST(text.find("credential_expiry_timestamp_seconds{") == std::string::npos);
  BOOST_TEST(text.find("\nacr_helper_configuration_in_force 0\n") != std::string::npos);
  BOOST_TEST(text.find("\nacr_helper_configuration_rejected 0\n") != std::string::npos);
  BOOST_TEST(text.find("process_cpu") == std::string::npos); // cannot be measured
}

BOOST_AUTO_TEST_CASE(label_values_cannot_break_out) {
  exposition out;
  out.family("a", "gauge", "one\\two\nthree");
  out.sample(1, {{"x", "quote \" back \\ line \n end"}});
  BOOST_TEST(out.take() == "# HELP a one\\\\two\\nthree\n# TYPE a gauge\n"
                           "a{x=\"quote \\\" back \\\\ line \\n end\"} 1\n");
}

BOOST_AUTO_TEST_CASE(numbers_are_exact_whatever_their_size) {
  exposition out;
  out.family("a", "gauge", "h");
  out.sample(1767225600.123);
  out.sample(0.1);
  out.sample(123456789012345.0);
  BOOST_TEST(out.take().ends_with("a 1767225600.123\na 0.1\na 123456789012345\n"));
}

BOOST_AUTO_TEST_CASE(the_process_can_be_measured) {
  const auto usage = measure_process();
  BOOST_REQUIRE(usage);
  BOOST_TEST(usage->resident_bytes > 100000);
  BOOST_TEST(usage->open_files >= 3);
}

BOOST_AUTO_TEST_CASE(the_limit_of_memory_is_that_of_the_control_group) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("acr-cgroup-" + std::to_string(getpid()));
  const auto limit_with = [&](const std::string& name, const std::string& text) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories((folder / name).parent_path());
    std::ofstream{folder / name} << text;
    return memory_limit(folder);
  };
  BOOST_TEST(limit_with("memory.max", "134217728\n") == 134217728.0);
  BOOST_TEST(limit_with("memory.max", "max\n") == 0.0);
  BOOST_TEST(limit_with("memory/memory.limit_in_bytes", "134217728\n") == 134217728.0);
  BOOST_TEST(limit_with("memory/memory.limit_in_bytes", "9223372036854771712\n") == 0.0);
  BOOST_TEST(limit_with("other", "1") == 0.0);
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(the_documentation_lists_every_metric_and_no_other) {
  const auto served = matches(all(), "# TYPE (\\w+) ");
  auto documented = matches(documentation(), R"(\n\| `((?:acr_helper|process)_\w+)` )");
  // Of the webhook's server, which counts by itself: tests/e2e/test_webhook.py.
  std::erase_if(documented,
                [](const auto& name) { return name.starts_with("acr_helper_admission_"); });
  BOOST_TEST(served.size() > 30U);
  BOOST_TEST(served == documented, boost::test_tools::per_element());
}
