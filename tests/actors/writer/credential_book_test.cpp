#define BOOST_TEST_MODULE credential_book
#include <boost/test/unit_test.hpp>

#include "actors/writer/credential_book.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

const wall_time start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2}};

token_issued token(const std::string& instance, std::vector<std::string> domains,
                   const std::string& password = "secret", std::chrono::minutes life = 60min) {
  return {
      instance,
      {"cr_temp_user", secret_string{std::string_view{password}}, start + life, std::move(domains)},
      start + life / 2};
}

kubernetes::secret as_observed(const desired_secret& from) {
  kubernetes::secret seen;
  seen.type = "kubernetes.io/dockerconfigjson";
  seen.labels = from.labels;
  seen.annotations = from.annotations;
  seen.docker_config = from.document;
  return seen;
}

const registry::auth_entry* entry_of(const desired_secret& secret, const std::string& host) {
  for (const auto& entry : secret.entries)
    if (entry.host == host)
      return &entry;
  return nullptr;
}

struct two_instances {
  two_instances() { book.expect({{{"a", {}}, {"b", {}}}, ""}); }
  credential_book book;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(credential_book_suite, two_instances)

BOOST_AUTO_TEST_CASE(all_domains_of_all_instances_are_in_one_secret) {
  book.issue(token("a", {"a.example", "a-vpc.example"}));
  BOOST_TEST(book.has_pending());
  book.issue(token("b", {"b.example"}));
  BOOST_TEST(!book.has_pending());
  BOOST_REQUIRE_EQUAL(book.secrets().size(), 1U);
  const auto& secret = book.secrets()[0];
  BOOST_TEST(secret.name == "acr-credential-secret-aggregation");
  BOOST_TEST(secret.entries.size() == 3U);
  BOOST_TEST(secret.labels.at(managed_by_label) == "acr-credential-helper");
}

BOOST_AUTO_TEST_CASE(the_annotation_tells_each_instance_and_no_secret) {
  book.issue(token("a", {"a.example"}, "marker-password"));
  const auto& text = book.secrets()[0].annotations.at(instances_annotation);
  BOOST_TEST(text == "[{\"instance\":\"a\",\"domains\":[\"a.example\"],\"state\":\"valid\","
                     "\"expiresAt\":\"2026-01-02T01:00:00Z\"}]");
  BOOST_TEST((read_rows(text) == std::vector<instance_row>{{"a", {"a.example"}, start + 60min}}));
}

BOOST_AUTO_TEST_CASE(a_withdrawn_instance_keeps_its_hosts_and_loses_user_and_password) {
  book.issue(token("a", {"a.example"}));
  BOOST_TEST(book.withdraw("a"));
  const auto* entry = entry_of(book.secrets()[0], "a.example");
  BOOST_REQUIRE(entry);
  BOOST_TEST(entry->blank());
  BOOST_TEST(!read_rows(book.secrets()[0].annotations.at(instances_annotation))[0].expires_at);
}

BOOST_AUTO_TEST_CASE(what_has_expired_is_withdrawn_whether_or_not_someone_says_so) {
  book.issue(token("a", {"a.example"}, "secret", 10min));
  book.issue(token("b", {"b.example"}, "secret", 20min));
  BOOST_TEST((book.next_expiry() == start + 10min));
  BOOST_TEST(!book.expire(start + 10min - 1ms));
  BOOST_TEST(book.expire(start + 10min));
  BOOST_TEST(entry_of(book.secrets()[0], "a.example")->blank());
  BOOST_TEST(!entry_of(book.secrets()[0], "b.example")->blank());
  BOOST_TEST((book.next_expiry() == start + 20min));
  BOOST_TEST(!book.withdraw("a")); // is so already
}

BOOST_AUTO_TEST_CASE(a_second_entry_for_a_domain_goes_to_the_second_secret) {
  book.issue(token("a", {"x.example", "a.example"}, "from-a"));
  book.issue(token("b", {"x.example"}, "from-b"));
  BOOST_REQUIRE_EQUAL(book.secrets().size(), 2U);
  BOOST_TEST(book.secrets()[1].name == "acr-credential-secret-aggregation-2");
  BOOST_TEST(entry_of(book.secrets()[0], "x.example")->password.reveal() == "from-a");
  BOOST_TEST(entry_of(book.secrets()[1], "x.example")->password.reveal() == "from-b");
}

BOOST_AUTO_TEST_CASE(the_place_of_a_pending_instance_is_kept_free) {
  book.expect({{{"a", {"x.example"}}, {"b", {"x.example"}}}, ""});
  book.issue(token("b", {"x.example"}));
  BOOST_REQUIRE_EQUAL(book.secrets().size(), 2U);
  BOOST_TEST(book.secrets()[0].entries.empty());
  BOOST_TEST(entry_of(book.secrets()[1], "x.example") != nullptr);
}

BOOST_AUTO_TEST_CASE(a_fifth_entry_for_a_domain_is_reported) {
  expect_instances five;
  for (const auto* name : {"a", "b", "c", "d", "e"})
    five.instances.push_back({name, {"x.example"}});
  book.expect(five);
  for (const auto& instance : five.instances)
    book.issue(token(instance.name, instance.domains));
  BOOST_TEST(book.secrets().size() == 4U);
  BOOST_TEST(book.overflow() == std::vector<std::string>{"x.example (e)"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_same_credentials_have_the_same_digest_as_what_the_server_shows) {
  book.issue(token("a", {"a.example"}));
  auto seen = as_observed(book.secrets()[0]);
  BOOST_TEST((digest_of(seen) == book.secrets()[0].digest));
  seen.labels["team"] = "other people's labels do not count";
  BOOST_TEST((digest_of(seen) == book.secrets()[0].digest));
  seen.labels.erase(managed_by_label);
  BOOST_TEST((digest_of(seen) != book.secrets()[0].digest));
}

BOOST_AUTO_TEST_CASE(what_is_not_expected_is_not_published) {
  BOOST_TEST(!book.issue(token("stranger", {"s.example"})));
  book.issue(token("a", {"a.example"}));
  book.expect({{{"b", {}}}, ""});
  BOOST_TEST(book.secrets()[0].entries.empty());
}

BOOST_AUTO_TEST_CASE(entries_of_a_pending_instance_are_carried_over_until_they_expire) {
  book.issue(token("a", {"a.example"}, "old-a", 30min));
  book.issue(token("b", {"b.example"}, "old-b", 30min));
  const auto before = as_observed(book.secrets()[0]);

  credential_book restarted;
  restarted.expect({{{"a", {}}, {"b", {}}}, ""});
  restarted.issue(token("a", {"a.example"}, "new-a"));
  std::optional<wall_time> until;
  auto merged = restarted.carry_over(0, before, start + 10min, until);
  BOOST_TEST(entry_of(merged, "a.example")->password.reveal() == "new-a");
  BOOST_TEST(entry_of(merged, "b.example")->password.reveal() == "old-b");
  BOOST_TEST((until == start + 30min));

  until.reset();
  merged = restarted.carry_over(0, before, start + 30min, until);
  BOOST_TEST(entry_of(merged, "b.example")->blank());
  BOOST_TEST(!until);
}

BOOST_AUTO_TEST_CASE(what_an_earlier_release_called_otherwise_stays_until_it_is_replaced) {
  credential_book earlier;
  earlier.expect({{{"cri-1", {}}, {"cri-1#2", {}}}, ""});
  earlier.issue(token("cri-1", {"a.example"}, "old-a"));
  earlier.issue(token("cri-1#2", {"b.example"}, "old-b"));
  const auto before = as_observed(earlier.secrets()[0]);
  credential_book now;
  now.expect({{{"cri-1#5e0c1a7f", {}}, {"cri-1#07a9b3c1", {}}}, ""});
  std::optional<wall_time> until;
  auto merged = now.carry_over(0, before, start, until);
  BOOST_TEST(entry_of(merged, "a.example")->password.reveal() == "old-a");
  BOOST_TEST(entry_of(merged, "b.example")->password.reveal() == "old-b");
  now.issue(token("cri-1#5e0c1a7f", {"a.example"}, "new-a"));
  merged = now.carry_over(0, before, start, until);
  BOOST_TEST(entry_of(merged, "a.example")->password.reveal() == "new-a");
  BOOST_TEST(entry_of(merged, "b.example")->password.reveal() == "old-b");
  now.issue(token("cri-1#07a9b3c1", {"c.example"}, "new-c"));
  merged = now.carry_over(0, before, start, until);
  BOOST_TEST(!entry_of(merged, "b.example"));
}

BOOST_AUTO_TEST_CASE(all_is_pending_again_after_the_lead_was_lost) {
  book.issue(token("a", {"a.example"}, "ours"));
  const auto theirs = as_observed(book.secrets()[0]);
  book.expect({{{"a", {}}, {"b", {}}}, "", true});
  BOOST_TEST(book.has_pending());
  BOOST_TEST(book.secrets()[0].entries.empty());
  BOOST_TEST(!book.next_expiry());
  std::optional<wall_time> until;
  BOOST_TEST(book.carry_over(0, theirs, start, until).entries.size() == 1U);
}

BOOST_AUTO_TEST_CASE(entries_of_an_instance_that_is_no_longer_configured_are_not_carried_over) {
  book.issue(token("a", {"a.example"}));
  const auto before = as_observed(book.secrets()[0]);
  credential_book restarted;
  restarted.expect({{{"b", {}}}, ""});
  std::optional<wall_time> until;
  BOOST_TEST(restarted.carry_over(0, before, start, until).entries.empty());
}

BOOST_AUTO_TEST_CASE(the_email_is_written_where_it_is_configured) {
  book.expect({{{"a", {}}}, "ops@example.com"});
  book.issue(token("a", {"a.example"}));
  BOOST_TEST(book.secrets()[0].entries[0].email == "ops@example.com");
}

BOOST_AUTO_TEST_SUITE_END()
