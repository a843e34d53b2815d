#define BOOST_TEST_MODULE desired_secrets
#include <boost/test/unit_test.hpp>

#include "actors/writer/desired_secrets.hpp"

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
  seen.labels = {{managed_by_label, from.content->label}};
  seen.annotations = {{instances_annotation, from.content->annotation}};
  seen.docker_config = from.content->document;
  return seen;
}

const registry::auth_entry* entry_of(const desired_secret& secret, const std::string& host) {
  for (const auto& entry : secret.entries)
    if (entry.host == host)
      return &entry;
  return nullptr;
}

struct two_instances {
  two_instances() { secrets.expect({{{"a", {}}, {"b", {}}}, ""}); }
  desired_secrets secrets;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(desired_secrets_suite, two_instances)

BOOST_AUTO_TEST_CASE(all_domains_of_all_instances_are_in_one_secret) {
  secrets.issue(token("a", {"a.example", "a-vpc.example"}));
  BOOST_TEST(secrets.has_pending());
  secrets.issue(token("b", {"b.example"}));
  BOOST_TEST(!secrets.has_pending());
  BOOST_REQUIRE_EQUAL(secrets.secrets_in("team").size(), 1U);
  const auto& secret = *secrets.secrets_in("team")[0];
  BOOST_TEST(secret.name == "acr-credential-secret-aggregation");
  BOOST_TEST(secret.entries.size() == 3U);
  BOOST_TEST(secret.content->label == "acr-credential-helper");
}

BOOST_AUTO_TEST_CASE(the_annotation_tells_each_instance_and_no_secret) {
  secrets.issue(token("a", {"a.example"}, "marker-password"));
  const auto& text = secrets.secrets_in("team")[0]->content->annotation;
  BOOST_TEST(text == "[{\"instance\":\"a\",\"domains\":[\"a.example\"],\"state\":\"valid\","
                     "\"expiresAt\":\"2026-01-02T01:00:00Z\"}]");
  BOOST_TEST((read_rows(text) == std::vector<instance_row>{{"a", {"a.example"}, start + 60min}}));
}

BOOST_AUTO_TEST_CASE(a_withdrawn_instance_keeps_its_hosts_and_loses_user_and_password) {
  secrets.issue(token("a", {"a.example"}));
  BOOST_TEST(secrets.withdraw("a"));
  const auto* entry = entry_of(*secrets.secrets_in("team")[0], "a.example");
  BOOST_REQUIRE(entry);
  BOOST_TEST(entry->blank());
  BOOST_TEST(!read_rows(secrets.secrets_in("team")[0]->content->annotation)[0].expires_at);
}

BOOST_AUTO_TEST_CASE(what_has_expired_is_withdrawn_whether_or_not_someone_says_so) {
  secrets.issue(token("a", {"a.example"}, "secret", 10min));
  secrets.issue(token("b", {"b.example"}, "secret", 20min));
  BOOST_TEST((secrets.next_expiry() == start + 10min));
  BOOST_TEST(!secrets.expire(start + 10min - 1ms));
  BOOST_TEST(secrets.expire(start + 10min));
  BOOST_TEST(entry_of(*secrets.secrets_in("team")[0], "a.example")->blank());
  BOOST_TEST(!entry_of(*secrets.secrets_in("team")[0], "b.example")->blank());
  BOOST_TEST((secrets.next_expiry() == start + 20min));
  BOOST_TEST(!secrets.withdraw("a")); // is so already
}

BOOST_AUTO_TEST_CASE(a_second_entry_for_a_domain_goes_to_the_second_secret) {
  secrets.issue(token("a", {"x.example", "a.example"}, "from-a"));
  secrets.issue(token("b", {"x.example"}, "from-b"));
  BOOST_REQUIRE_EQUAL(secrets.secrets_in("team").size(), 2U);
  BOOST_TEST(secrets.secrets_in("team")[1]->name == "acr-credential-secret-aggregation-2");
  BOOST_TEST(entry_of(*secrets.secrets_in("team")[0], "x.example")->password.reveal() == "from-a");
  BOOST_TEST(entry_of(*secrets.secrets_in("team")[1], "x.example")->password.reveal() == "from-b");
}

BOOST_AUTO_TEST_CASE(the_place_of_a_pending_instance_is_kept_free) {
  secrets.expect({{{"a", {"x.example"}}, {"b", {"x.example"}}}, ""});
  secrets.issue(token("b", {"x.example"}));
  BOOST_REQUIRE_EQUAL(secrets.secrets_in("team").size(), 2U);
  BOOST_TEST(secrets.secrets_in("team")[0]->entries.empty());
  BOOST_TEST(entry_of(*secrets.secrets_in("team")[1], "x.example") != nullptr);
}

BOOST_AUTO_TEST_CASE(a_fifth_entry_for_a_domain_is_reported) {
  expect_instances five;
  for (const auto* name : {"a", "b", "c", "d", "e"})
    five.instances.push_back({name, {"x.example"}});
  secrets.expect(five);
  for (const auto& instance : five.instances)
    secrets.issue(token(instance.name, instance.domains));
  BOOST_TEST(secrets.secrets_in("team").size() == 4U);
  BOOST_TEST((secrets.left_out() == std::vector<left_out_domain>{{"e", "x.example", false}}));
}

BOOST_AUTO_TEST_CASE(the_same_credentials_have_the_same_digest_as_what_the_server_shows) {
  secrets.issue(token("a", {"a.example"}));
  auto seen = as_observed(*secrets.secrets_in("team")[0]);
  BOOST_TEST((digest_of(seen) == secrets.secrets_in("team")[0]->digest()));
  seen.labels["team"] = "other people's labels do not count";
  BOOST_TEST((digest_of(seen) == secrets.secrets_in("team")[0]->digest()));
  seen.labels.erase(managed_by_label);
  BOOST_TEST((digest_of(seen) != secrets.secrets_in("team")[0]->digest()));
}

BOOST_AUTO_TEST_CASE(what_is_not_expected_is_not_published) {
  BOOST_TEST(!secrets.issue(token("stranger", {"s.example"})));
  secrets.issue(token("a", {"a.example"}));
  secrets.expect({{{"b", {}}}, ""});
  BOOST_TEST(secrets.secrets_in("team")[0]->entries.empty());
}

BOOST_AUTO_TEST_CASE(entries_of_a_pending_instance_are_carried_over_until_they_expire) {
  secrets.issue(token("a", {"a.example"}, "old-a", 30min));
  secrets.issue(token("b", {"b.example"}, "old-b", 30min));
  const auto& before = *secrets.secrets_in("team")[0]->content;

  desired_secrets restarted;
  restarted.expect({{{"a", {}}, {"b", {}}}, ""});
  restarted.issue(token("a", {"a.example"}, "new-a"));
  std::optional<wall_time> until;
  auto merged = restarted.carry_over("team", 0, before, start + 10min, until);
  BOOST_TEST(entry_of(merged, "a.example")->password.reveal() == "new-a");
  BOOST_TEST(entry_of(merged, "b.example")->password.reveal() == "old-b");
  BOOST_TEST((until == start + 30min));

  until.reset();
  merged = restarted.carry_over("team", 0, before, start + 30min, until);
  BOOST_TEST(entry_of(merged, "b.example")->blank());
  BOOST_TEST(!until);
}

BOOST_AUTO_TEST_CASE(no_annotation_makes_a_password_live_longer_than_any_can) {
  secrets.issue(token("b", {"b.example"}, "old-b", 30min));
  auto before = *secrets.secrets_in("team")[0]->content;
  before.annotation = write_rows({{"b", {"b.example"}, start + std::chrono::hours{24 * 365 * 70}}});

  desired_secrets restarted;
  restarted.expect({{{"a", {}}, {"b", {}}}, ""});
  std::optional<wall_time> until;
  const auto merged = restarted.carry_over("team", 0, before, start, until);
  BOOST_TEST(entry_of(merged, "b.example")->password.reveal() == "old-b");
  BOOST_REQUIRE(until.has_value());
  BOOST_TEST((*until == start + 12h));
  // What is written says so, too: the next look does not move it on.
  BOOST_TEST((read_rows(merged.content->annotation).back().expires_at == start + 12h));
}

BOOST_AUTO_TEST_CASE(what_an_earlier_release_called_otherwise_stays_until_it_is_replaced) {
  desired_secrets earlier;
  earlier.expect({{{"cri-1", {}}, {"cri-1#2", {}}}, ""});
  earlier.issue(token("cri-1", {"a.example"}, "old-a"));
  earlier.issue(token("cri-1#2", {"b.example"}, "old-b"));
  const auto& before = *earlier.secrets_in("team")[0]->content;
  desired_secrets now;
  now.expect({{{"cri-1#5e0c1a7f", {}}, {"cri-1#07a9b3c1", {}}}, ""});
  std::optional<wall_time> until;
  auto merged = now.carry_over("team", 0, before, start, until);
  BOOST_TEST(entry_of(merged, "a.example")->password.reveal() == "old-a");
  BOOST_TEST(entry_of(merged, "b.example")->password.reveal() == "old-b");
  now.issue(token("cri-1#5e0c1a7f", {"a.example"}, "new-a"));
  merged = now.carry_over("team", 0, before, start, until);
  BOOST_TEST(entry_of(merged, "a.example")->password.reveal() == "new-a");
  BOOST_TEST(entry_of(merged, "b.example")->password.reveal() == "old-b");
  now.issue(token("cri-1#07a9b3c1", {"c.example"}, "new-c"));
  merged = now.carry_over("team", 0, before, start, until);
  BOOST_TEST(!entry_of(merged, "b.example"));
}

BOOST_AUTO_TEST_CASE(entries_of_an_instance_that_is_no_longer_configured_are_not_carried_over) {
  secrets.issue(token("a", {"a.example"}));
  const auto& before = *secrets.secrets_in("team")[0]->content;
  desired_secrets restarted;
  restarted.expect({{{"b", {}}}, ""});
  std::optional<wall_time> until;
  BOOST_TEST(restarted.carry_over("team", 0, before, start, until).entries.empty());
}

BOOST_AUTO_TEST_CASE(the_email_is_written_where_it_is_configured) {
  secrets.expect({{{"a", {}}}, "ops@example.com"});
  secrets.issue(token("a", {"a.example"}));
  BOOST_TEST(secrets.secrets_in("team")[0]->entries[0].email == "ops@example.com");
}

BOOST_AUTO_TEST_CASE(credentials_of_another_leader_s_time_count_as_pending) {
  secrets.issue(token("a", {"a.example"}));
  secrets.expect({{{"a", {}}, {"b", {}}}, "", true});
  BOOST_TEST(secrets.pending().size() == 2U);
  BOOST_TEST(!secrets.next_expiry());
  BOOST_TEST(secrets.secrets_in("team")[0]->entries.empty());
}

// Only the hosts are removed: the rows stay, which tell readers and successors whose they are.
BOOST_AUTO_TEST_CASE(what_has_expired_is_removed_where_that_is_wanted) {
  desired_secrets removing{{}, on_expiry::remove};
  removing.expect({{{"a", {}}, {"b", {}}}, ""});
  removing.issue(token("a", {"a.example"}, "secret", 10min));
  removing.issue(token("b", {"b.example"}, "secret", 20min));
  removing.expire(start + 10min);
  const auto& one = *removing.secrets_in("team")[0];
  BOOST_TEST(!entry_of(one, "a.example"));
  BOOST_TEST(entry_of(one, "b.example")->password.reveal() == "secret");
  BOOST_TEST(
      (read_rows(one.content->annotation)[0] == instance_row{"a", {"a.example"}, std::nullopt}));
  removing.withdraw("b");
  BOOST_TEST(removing.secrets_in("team")[0]->content->document.reveal() == R"({"auths":{}})");
  BOOST_TEST(!removing.secrets_in("team")[0]->empty());
  removing.issue(token("a", {"a.example"}, "again", 90min));
  BOOST_TEST(entry_of(*removing.secrets_in("team")[0], "a.example")->password.reveal() == "again");
}

BOOST_AUTO_TEST_CASE(a_second_secret_stays_when_all_in_it_is_removed) {
  desired_secrets removing{{}, on_expiry::remove};
  removing.expect({{{"a", {}}, {"b", {}}}, ""});
  removing.issue(token("a", {"x.example"}, "from-a", 90min));
  removing.issue(token("b", {"x.example"}, "from-b", 10min));
  removing.expire(start + 10min);
  BOOST_REQUIRE_EQUAL(removing.secrets_in("team").size(), 2U);
  BOOST_TEST(removing.secrets_in("team")[1]->entries.empty());
}

BOOST_AUTO_TEST_CASE(what_a_predecessor_wrote_is_removed_at_its_end) {
  secrets.issue(token("a", {"a.example"}, "old-a", 30min));
  const auto& before = *secrets.secrets_in("team")[0]->content;
  desired_secrets removing{{}, on_expiry::remove};
  removing.expect({{{"a", {}}, {"b", {}}}, ""});
  std::optional<wall_time> until;
  auto merged = removing.carry_over("team", 0, before, start + 10min, until);
  BOOST_TEST(entry_of(merged, "a.example")->password.reveal() == "old-a");
  until.reset();
  merged = removing.carry_over("team", 0, before, start + 30min, until);
  BOOST_TEST(merged.entries.empty());
  BOOST_TEST(!merged.empty());
  BOOST_TEST(!until);
  // And the other way round: who keeps hosts has them back.
  const auto removed = *merged.content;
  desired_secrets blanking;
  blanking.expect({{{"a", {}}, {"b", {}}}, ""});
  BOOST_TEST(entry_of(blanking.carry_over("team", 0, removed, start + 31min, until), "a.example")
                 ->blank());
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// What a real API server accepts: 1 MiB of data, 256 KiB of annotations.
bool accepted(const desired_secret& secret) {
  return secret.content->document.size() <= 1024UL * 1024 &&
         secret.content->annotation.size() <= 256UL * 1024;
}

desired_secrets many(int instances, int domains, std::size_t password) {
  expect_instances all;
  for (int i = 0; i < instances; ++i)
    all.instances.push_back({"cri-" + std::to_string(i), {}});
  desired_secrets secrets;
  secrets.expect(all);
  for (int i = 0; i < instances; ++i) {
    std::vector<std::string> hosts;
    for (int d = 0; d < domains; ++d)
      hosts.push_back("host-" + std::to_string(d) + "-of-" + std::to_string(i) +
                      "-registry-vpc.cn-hangzhou.cr.aliyuncs.com");
    secrets.issue(token("cri-" + std::to_string(i), std::move(hosts), std::string(password, 'p')));
  }
  return secrets;
}

std::size_t entries_in(const desired_secrets& all) {
  std::size_t count = 0;
  for (const auto& secret : all.secrets_in("team"))
    count += secret->entries.size();
  return count;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sizes)

BOOST_AUTO_TEST_CASE(what_one_secret_has_no_room_for_goes_to_the_next) {
  const auto secrets = many(170, 3, 900);
  BOOST_TEST(secrets.secrets_in("team").size() == 2U);
  BOOST_TEST(secrets.left_out().empty());
  BOOST_TEST(entries_in(secrets) == 510U);
  for (const auto& secret : secrets.secrets_in("team"))
    BOOST_TEST(accepted(*secret));
}

BOOST_AUTO_TEST_CASE(what_one_annotation_has_no_room_for_goes_to_the_next_secret) {
  const auto secrets = many(90, 62, 2);
  BOOST_TEST(secrets.secrets_in("team").size() > 1U);
  BOOST_TEST(secrets.left_out().empty());
  for (const auto& secret : secrets.secrets_in("team"))
    BOOST_TEST(accepted(*secret));
}

BOOST_AUTO_TEST_CASE(what_four_secrets_have_no_room_for_is_left_out_and_the_others_are_served) {
  const auto secrets = many(200, 3, 3600);
  BOOST_TEST(secrets.secrets_in("team").size() == 4U);
  for (const auto& secret : secrets.secrets_in("team"))
    BOOST_TEST(accepted(*secret));
  BOOST_REQUIRE(!secrets.left_out().empty());
  BOOST_TEST(secrets.left_out().front().no_room);
  BOOST_TEST(entries_in(secrets) + secrets.left_out().size() == 600U);
  BOOST_TEST(entries_in(secrets) > 400U);
}

BOOST_AUTO_TEST_CASE(every_entry_of_a_domain_without_room_is_reported_as_such) {
  secret_limits narrow; // one entry each
  narrow.document = 2000;
  desired_secrets secrets{narrow};
  expect_instances all;
  for (const auto* name : {"a", "b", "c", "d", "e", "f", "g"})
    all.instances.push_back({name, {}});
  secrets.expect(all);
  for (const auto* name : {"a", "b", "c", "d"}) // fill them
    secrets.issue(token(name, {std::string{name} + ".example"}, std::string(600, 'p')));
  for (const auto* name : {"e", "f", "g"})
    secrets.issue(token(name, {"x.example"}, std::string(600, 'p')));
  secrets.secrets_in("team");
  BOOST_TEST((secrets.left_out() == std::vector<left_out_domain>{{"e", "x.example", true},
                                                                 {"f", "x.example", true},
                                                                 {"g", "x.example", true}}));
}

BOOST_AUTO_TEST_CASE(who_finds_only_the_last_secret_leaves_no_place_but_lack_of_room) {
  secret_limits narrow; // one entry each
  narrow.document = 2000;
  desired_secrets secrets{narrow};
  secrets.expect({{{"a", {}}, {"b", {}}, {"c", {}}, {"d", {}}, {"e", {}}}, ""});
  for (const auto* name : {"a", "b", "c"}) // fill three
    secrets.issue(token(name, {std::string{name} + ".example"}, std::string(600, 'p')));
  for (const auto* name : {"d", "e"})
    secrets.issue(token(name, {"x.example"}, std::string(600, 'p')));
  BOOST_TEST(secrets.secrets_in("team").size() == 4U);
  BOOST_TEST((secrets.left_out() == std::vector<left_out_domain>{{"e", "x.example", true}}));
}

BOOST_AUTO_TEST_CASE(a_password_that_is_a_few_bytes_longer_moves_nothing) {
  const auto before = many(170, 3, 900);
  const auto after = many(170, 3, 904);
  BOOST_TEST(before.secrets_in("team")[0]->entries.size() ==
             after.secrets_in("team")[0]->entries.size());
}

struct limited {
  limited() {
    secrets.expect({{{"everywhere", {}},
                     {"teams", {}, {false, {}, {"team-*"}}},
                     {"shop", {}, {false, {"shop"}}}},
                    ""});
  }
  std::vector<std::string> held(const std::string& ns) const {
    std::vector<std::string> all;
    for (const auto& secret : secrets.secrets_in(ns))
      for (const auto& row : secret->rows)
        all.push_back(row.instance);
    return all;
  }
  void issue_all() {
    for (const auto* name : {"everywhere", "teams", "shop"})
      secrets.issue(token(name, {std::string{name} + ".example"}));
  }
  desired_secrets secrets;
};

BOOST_FIXTURE_TEST_CASE(each_namespace_holds_what_is_meant_for_it, limited) {
  issue_all();
  using list = std::vector<std::string>;
  BOOST_TEST((held("team-a") == list{"everywhere", "teams"}));
  BOOST_TEST((held("shop") == list{"everywhere", "shop"}));
  BOOST_TEST((held("other") == list{"everywhere"}));
}

BOOST_FIXTURE_TEST_CASE(namespaces_with_the_same_entries_share_one_document, limited) {
  issue_all();
  BOOST_TEST(secrets.secrets_in("team-a")[0] == secrets.secrets_in("team-b")[0]);
  BOOST_TEST(secrets.secrets_in("team-a")[0] != secrets.secrets_in("shop")[0]);
  BOOST_TEST(secrets.group_of("team-a") == secrets.group_of("team-b"));
}

BOOST_FIXTURE_TEST_CASE(a_renewal_changes_only_where_the_credential_goes, limited) {
  issue_all();
  const auto team = secrets.secrets_in("team-a")[0];
  const auto shop = secrets.secrets_in("shop")[0];
  secrets.issue(token("shop", {"shop.example"}, "renewed"));
  BOOST_TEST(secrets.secrets_in("team-a")[0] == team);
  BOOST_TEST((secrets.secrets_in("shop")[0]->digest() != shop->digest()));
}

BOOST_AUTO_TEST_CASE(a_namespace_without_entries_has_no_secret) {
  desired_secrets some;
  some.expect({{{"a", {}, {false, {"team-a"}}}}, ""});
  some.issue(token("a", {"a.example"}));
  BOOST_TEST(some.secrets_in("team-b").empty());
  BOOST_TEST(some.secrets_in("team-a").size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_a_restart_finds_goes_if_it_is_not_meant_for_the_namespace, limited) {
  issue_all();
  const auto before = *secrets.secrets_in("team-a")[0]->content;
  desired_secrets restarted;
  restarted.expect({{{"everywhere", {}}, {"teams", {}, {false, {"shop"}}}}, ""});
  BOOST_TEST(restarted.misplaced_in("team-a", before.annotation));
  BOOST_TEST(!restarted.misplaced_in("shop", before.annotation));
  std::optional<wall_time> until;
  const auto kept = restarted.carry_over("team-a", 0, before, start, until);
  BOOST_TEST(entry_of(kept, "everywhere.example") != nullptr);
  BOOST_TEST(entry_of(kept, "teams.example") == nullptr);
}

BOOST_AUTO_TEST_CASE(the_same_domain_needs_a_second_secret_only_where_both_go) {
  desired_secrets some;
  some.expect({{{"a", {}}, {"b", {}, {false, {"team-a"}}}}, ""});
  some.issue(token("a", {"x.example"}));
  some.issue(token("b", {"x.example"}));
  BOOST_TEST(some.secrets_in("team-a").size() == 2U);
  BOOST_TEST(some.secrets_in("team-b").size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
