#define BOOST_TEST_MODULE config_sizes
#include <boost/test/unit_test.hpp>

#include "config/explain.hpp"
#include "config/sizes.hpp"
#include "protocol/registry/docker_config.hpp"
#include "tests/config/reading.hpp"

using namespace acr;
using namespace acr::config;

namespace {

/// `count` entries with `domains` domains each.
std::string file_of(int count, int domains) {
  std::string out = "instances:\n";
  for (int i = 0; i < count; ++i) {
    out += "- id: cri-" + std::to_string(i) + "\n";
    for (int j = 0; j < domains; ++j)
      out += (j == 0 ? "  domains: [d" : ", d") + std::to_string(j) + ".cri-" + std::to_string(i) +
             ".example.com";
    out += domains > 0 ? "]\n" : "";
  }
  return out;
}

configuration of(const std::string& text) {
  const auto read = parse_file(text);
  BOOST_TEST_REQUIRE(read.value.has_value());
  return *read.value;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_estimate_is_that_of_the_document_with_such_passwords) {
  const auto configured = of("email: a@b.example\n" + file_of(20, 3));
  std::vector<registry::auth_entry> entries;
  for (const auto& one : configured.instances)
    for (const auto& domain : one.domains)
      entries.push_back({domain, "cr_temp_user",
                         secret_string{std::string(usual_password_bytes, 'x')}, "a@b.example"});
  const auto size = registry::render_docker_config(entries).size();
  const auto estimated = estimate_size(configured);
  BOOST_TEST(estimated.domains == 60U);
  BOOST_TEST(estimated.bytes <= size + 100);
  BOOST_TEST(estimated.bytes + 100 >= size);
}

BOOST_AUTO_TEST_CASE(what_was_seen_on_a_real_server_fits_or_does_not) {
  // 150 entries of three domains were 986 531 bytes.
  const auto seen = estimate_size(of(file_of(150, 3))).bytes;
  BOOST_TEST(seen > 950'000U);
  BOOST_TEST(seen < 1'020'000U);
}

BOOST_AUTO_TEST_CASE(an_entry_without_domains_has_two) {
  const auto size = estimate_size(of(file_of(10, 0)));
  BOOST_TEST(size.domains == 20U);
  BOOST_TEST(size.entries == 10U);
  BOOST_TEST(size.entries_fitting == 10U);
}

BOOST_AUTO_TEST_CASE(entries_beyond_four_secrets_are_a_warning_with_numbers) {
  BOOST_TEST(parse_file(file_of(600, 3)).problems.empty());
  const auto read = parse_file(file_of(700, 3));
  BOOST_TEST((judge(read) == verdict::warnings));
  BOOST_REQUIRE(read.problems.size() == 1U);
  BOOST_TEST(
      explain(read.problems[0], "acr.yaml") ==
      "acr.yaml: warning: needs about 4.4 MiB in each namespace (700 entries, 2100 domains, "
      "passwords of 900 bytes), and the four Secrets hold 4.0 MiB: about 64 entries will be left "
      "out; give `domains` only those that are used");
  BOOST_TEST(read.value->instances.size() == 700U);
}

BOOST_AUTO_TEST_CASE(a_config_map_is_checked_as_a_file_is) {
  std::string entries;
  for (int i = 0; i < 1000; ++i)
    entries += "- instanceId: cri-" + std::to_string(i) + "\n  domains: a" + std::to_string(i) +
               ".example,b" + std::to_string(i) + ".example\n";
  const auto read = parse_config_map({{"acr-registry-info", entries}});
  BOOST_REQUIRE(read.value.has_value());
  BOOST_REQUIRE(read.problems.size() == 1U);
  BOOST_TEST(read.problems[0].message.starts_with(
      "needs about 4.2 MiB in each namespace (1000 entries, 2000 "));
}
