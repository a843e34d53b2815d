#define BOOST_TEST_MODULE status_page
#include <boost/test/unit_test.hpp>

#include <boost/json/serialize.hpp>

#include "protocol/json.hpp"
#include "runtime/observability/status_json.hpp"
#include "runtime/observability/status_page.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

constexpr wall_time now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1} + 12h};

helper_status state() {
  helper_status made;
  made.started_at = now - 26h;
  made.configuration.read = made.configuration.in_force = made.writing.warm = true;
  made.configuration.verdict = configuration_verdict::accepted;
  made.configuration.source = "kube-system/acr-configuration";
  made.configuration.accepted_at = now - 3min;
  made.configuration.threshold = 900s;
  auto& good = made.instances["cri-good"];
  good.domains = {"a.example", "b.example"};
  good.issued_at = now - 15min;
  good.expires_at = now + 45min;
  auto& bad = made.instances["cri-bad"];
  bad.failures = 3;
  bad.failed_at = now - 20s;
  bad.renew_at = now + 40s;
  bad.last_failure = make_failure(errc::denied, "sts AssumeRole", "no <b>right</b> & \"none\"");
  bad.last_failure->cause = "The trust policy.";
  bad.last_failure->remedy = "Mend it.";
  return made;
}

std::string page_of(const helper_status& of, const namespaces_shown& shown = {}) {
  return status_page(of, shown, "1.2.3", now);
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_page_tells_each_instance_with_what_is_left_of_its_password) {
  const auto page = page_of(state());
  BOOST_TEST(page.starts_with("<!doctype html>"));
  for (const auto* part :
       {"<b>ready</b>", "cri-good", "expires in 45 min", "width:75%", "a.example, b.example",
        "up 1 d 2 h", "Accepted 3 min ago", "cri-bad", "no password", "Failed 3 times in a row",
        "Cause:</b> The trust policy.</p>", "Remedy:</b> Mend it.</p>", "20 s ago last",
        "tried again in 40 s"})
    BOOST_TEST(holds(page, part), part);
}

BOOST_AUTO_TEST_CASE(what_others_said_cannot_become_markup) {
  auto of = state();
  of.configuration.problems = {"\"<script>alert(1)</script>\""};
  of.instances["<img src=x>"];
  const auto page = page_of(of);
  BOOST_TEST(holds(page, "no &lt;b&gt;right&lt;/b&gt; &amp; &quot;none&quot;"));
  BOOST_TEST(!holds(page, "<script"));
  BOOST_TEST(!holds(page, "<img"));
}

BOOST_AUTO_TEST_CASE(it_asks_for_nothing_from_elsewhere) {
  const auto page = page_of(state());
  for (const auto* part : {"http:", "https:", "src=", "@import", "url("})
    BOOST_TEST(!holds(page, part), part);
}

BOOST_AUTO_TEST_CASE(trouble_stands_where_it_belongs) {
  auto of = state();
  of.configuration.verdict = configuration_verdict::rejected;
  of.configuration.problems = {"watch-namespace, line 2"};
  of.instances["cri-good"].withdrawn = true;
  of.writing.foreign = 2;
  of.writing.unserved_since = now - 6min;
  const auto page = page_of(of);
  for (const auto* part : {"rejected", "the last good one stays in force",
                           "watch-namespace, line 2", "withdrawn: the last password has expired",
                           "with a foreign Secret</dt><dd class=\"bad\">2", "waiting for 6 min"})
    BOOST_TEST(holds(page, part), part);
  BOOST_TEST(!holds(page, "style=\"width:"));
}

BOOST_AUTO_TEST_CASE(an_empty_state_is_a_page_too) {
  const auto page = page_of({});
  for (const auto* part : {"not ready", "not read yet", "none", "Not everything has been listed"})
    BOOST_TEST(holds(page, part), part);
}

BOOST_AUTO_TEST_CASE(the_json_has_it_all) {
  const auto text = boost::json::serialize(status_json(state(), "1.2.3", now));
  const auto read = parse_json_object(text);
  BOOST_REQUIRE(read);
  BOOST_TEST(read->at("ready").as_bool());
  BOOST_TEST(read->at("now").as_string() == "2026-01-01T12:00:00Z");
  const auto& instances = read->at("instances").as_array();
  BOOST_REQUIRE_EQUAL(instances.size(), 2U);
  const auto& bad = instances[0].as_object();
  BOOST_TEST(bad.at("state").as_string() == "failing");
  BOOST_TEST(bad.at("expiresAt").is_null());
  BOOST_TEST(bad.at("lastFailure").as_object().at("step").as_string() == "sts AssumeRole");
  const auto& good = instances[1].as_object();
  BOOST_TEST(good.at("state").as_string() == "valid");
  BOOST_TEST(good.at("expiresAt").as_string() == "2026-01-01T12:45:00Z");
  BOOST_TEST(good.at("lastFailure").is_null());
}

BOOST_AUTO_TEST_CASE(an_instance_has_one_word_the_worst_that_is_true) {
  const auto word = [](instance_status one) {
    helper_status of;
    of.instances["x"] = std::move(one);
    return std::string{
        status_json(of, "", now).at("instances").as_array()[0].at("state").as_string()};
  };
  instance_status one;
  BOOST_TEST(word(one) == "pending");
  one.failures = 1;
  BOOST_TEST(word(one) == "failing");
  one.expires_at = now + 1h;
  BOOST_TEST(word(one) == "renewal failing");
  one.failures = 0;
  BOOST_TEST(word(one) == "valid");
  one.withdrawn = true;
  BOOST_TEST(word(one) == "withdrawn");
}

BOOST_AUTO_TEST_CASE(a_credential_written_before_the_restart_is_told_with_its_end) {
  auto of = state();
  auto& one = of.instances["cri-bad"];
  one.found_until = now + 58min;
  one.domains = {"c.example"};
  const auto page = page_of(of);
  for (const auto* part : {"valid, but renewal is failing (written before the restart)",
                           "expires in 58 min", "c.example", "Remedy:</b> Mend it."})
    BOOST_TEST(holds(page, part), part);
  BOOST_TEST(!holds(page, "no password"));
  const auto told = status_json(of, "", now).at("instances").as_array()[0].as_object();
  BOOST_TEST(told.at("state").as_string() == "renewal failing");
  BOOST_TEST(told.at("expiresAt").as_string() == "2026-01-01T12:58:00Z");
  BOOST_TEST(told.at("writtenBeforeStart").as_bool());
  one.found_until = now;
  BOOST_TEST(holds(page_of(of), "no password"));
}

BOOST_AUTO_TEST_CASE(single_namespaces_are_listed_with_what_is_wrong) {
  const namespaces_shown shown{
      "\"<te",
      namespaces_reply{{{"team-a", namespace_state::failing, "denied <b>", 3, 1, {"x", "y"}},
                        {"team-b", namespace_state::served, "", 1, 1, {}}},
                       9}};
  const auto page = page_of(state(), shown);
  for (const auto* part : {"value=\"&quot;&lt;te\"", "<td>team-a</td>", "failing: denied &lt;b&gt;",
                           "1 of 3", "not: x, y</span>", "class=\"good\">served", "2 of 9"})
    BOOST_TEST(holds(page, part), part);
  BOOST_TEST(holds(page_of(state()), "does not answer"));
  BOOST_TEST(holds(page_of(state(), {"x", namespaces_reply{}}), "none has such a name"));
}

BOOST_AUTO_TEST_CASE(what_happened_last_stands_there_with_its_time) {
  auto of = state();
  BOOST_TEST(holds(page_of(of), "nothing yet"));
  of.happened = {{now - 5min, false, "cri-<bad>", "it failed"}};
  BOOST_TEST(
      holds(page_of(of), "5 min ago</time></td><td class=\"bad\">cri-&lt;bad&gt;: it failed"));
  BOOST_TEST(status_json(of, "1", now).at("happened").as_array().size() == 1U);
}
