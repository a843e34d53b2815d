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

std::string page_of(const helper_status& of, const namespaces_shown& shown = namespaces_shown()) {
  return status_page(of, shown, "1.2.3", now);
}

namespaces_shown shown_with(const std::string& find, std::optional<namespaces_reply> found) {
  namespaces_shown out;
  out.wish.find = find;
  out.found = std::move(found);
  return out;
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

BOOST_AUTO_TEST_CASE(the_namespaces_that_an_instance_is_limited_to_are_shown) {
  BOOST_TEST(!holds(page_of(state()), "Limited"));
  auto of = state();
  of.instances["cri-good"].limited_to = "team-*,!<b>";
  BOOST_TEST(holds(page_of(of), "Limited to namespaces: team-*,!&lt;b&gt;</p>"));
  for (auto i = 0; i < 10; ++i) {
    auto& one = of.instances["cri-" + std::to_string(i)];
    one.limited_to = "team-" + std::to_string(i);
    one.expires_at = now + 45min;
  }
  BOOST_TEST(holds(page_of(of), "<br>Limited to namespaces: team-9</td>")); // in the table
  const auto text = boost::json::serialize(status_json(of, "1.2.3", now));
  BOOST_TEST(holds(text, R"("limitedTo":"team-9")"));
  BOOST_TEST(holds(text, R"("limitedTo":null)"));
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
                           "watch-namespace, line 2", "withdrawn: the last credential has expired",
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

BOOST_AUTO_TEST_CASE(a_credential_written_before_the_restart_is_reported_with_its_end) {
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
  const auto shown = shown_with(
      "\"<te",
      namespaces_reply{{{"team-a", namespace_state::failing, "denied <b>", 3, 1, {"x", "y"}},
                        {"team-b", namespace_state::served, "", 1, 1, {}}},
                       9});
  const auto page = page_of(state(), shown);
  for (const auto* part :
       {"value=\"&quot;&lt;te\"", "<th scope=\"row\">team-a</th>", "failing: denied &lt;b&gt;",
        "1 of 3", "not: x, y</span>", "class=\"good\">served", "2 of 9"})
    BOOST_TEST(holds(page, part), part);
  BOOST_TEST(holds(page_of(state()), "does not answer"));
  BOOST_TEST(holds(page_of(state(), shown_with("x", namespaces_reply{})), "none has such a name"));
}

BOOST_AUTO_TEST_CASE(what_happened_last_stands_there_with_its_time) {
  auto of = state();
  BOOST_TEST(holds(page_of(of), "nothing yet"));
  of.happened = {{now - 5min, false, "cri-<bad>", "it failed"}};
  BOOST_TEST(
      holds(page_of(of), "5 min ago</time></td><td class=\"bad\">cri-&lt;bad&gt;: it failed"));
  BOOST_TEST(status_json(of, "1", now).at("happened").as_array().size() == 1U);
}

namespace {

helper_status many() {
  auto of = state();
  for (int i = 0; i < 400; ++i) {
    auto& one = of.instances["cri-" + std::to_string(1000 + i)];
    one.domains = {std::string{"r"}.append(std::to_string(i)).append(".example")};
    one.issued_at = now - 15min;
    one.expires_at = now + 45min;
  }
  of.instances["cri-1399"].failures = 2;
  of.instances["cri-1398"].endpoints = {
      {"internet", true, "acl_closed", "It admits nobody", "Add"}};
  return of;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

} // namespace

BOOST_AUTO_TEST_CASE(of_many_instances_those_in_trouble_come_first_and_the_others_are_rows) {
  const auto page = page_of(many());
  BOOST_TEST(holds(page, "1 of 402 instances without a valid credential, 2 more in trouble"));
  BOOST_TEST(count(page, "<article") == 3U);
  BOOST_TEST(page.find("cri-bad") < page.find("cri-1398"));
  BOOST_TEST(holds(page, "It admits nobody."));
  BOOST_TEST(page.find("cri-1399") < page.find("<caption>Instances without trouble"));
  BOOST_TEST(count(page, "<tr><th scope=\"row\">cri-") == 22U);
  BOOST_TEST(holds(page, "page 1 of 17"));
  BOOST_TEST(holds(page, "href=\"/?instances=2\">next"));
  BOOST_TEST(page.size() < 20'000U);
}

BOOST_AUTO_TEST_CASE(each_page_of_instances_is_found_and_no_page_is_beyond_the_last) {
  namespaces_shown shown;
  shown.wish.instances = 17;
  auto page = page_of(many(), shown);
  BOOST_TEST(count(page, "<tr><th scope=\"row\">cri-") == 2U);
  BOOST_TEST(holds(page, "href=\"/?instances=16\">previous"));
  BOOST_TEST(!holds(page, ">next<"));
  shown.wish.instances = 1000;
  BOOST_TEST(holds(page_of(many(), shown), "page 17 of 17"));
  page = page_of(many(), shown_with("r39", {})); // r39 and r390 to r399, by domain
  BOOST_TEST(holds(page, "11 of 402"));
  BOOST_TEST(!holds(page, "page 1"));
}

BOOST_AUTO_TEST_CASE(it_refreshes_itself_only_if_that_is_wished_and_then_has_no_field_to_type_in) {
  auto shown = shown_with("a&b", namespaces_reply{});
  auto page = page_of(state(), shown);
  BOOST_TEST(!holds(page, "http-equiv=\"refresh\""));
  BOOST_TEST(holds(page, "<input name=\"find\""));
  BOOST_TEST(holds(page, "href=\"/?find=a%26b&amp;live=1\">Refresh every 15 seconds"));
  shown.wish.live = true;
  page = page_of(state(), shown);
  BOOST_TEST(holds(page, "http-equiv=\"refresh\" content=\"15\""));
  BOOST_TEST(!holds(page, "<input"));
  BOOST_TEST(holds(page, "href=\"/?find=a%26b\">Stop that"));
}

BOOST_AUTO_TEST_CASE(a_reader_that_sees_nothing_can_walk_it) {
  const auto page = page_of(
      many(),
      shown_with("", namespaces_reply{{{"a", namespace_state::served, "", 1, 1, {}}}, 200}));
  for (const auto* part :
       {"<main>", "</main>", "<h1>", "<h2 id=\"instances\">", "<h3>cri-bad</h3>", "scope=\"col\"",
        "<caption>", "<nav aria-label=\"Pages of instances\">",
        "<nav aria-label=\"Pages of namespaces\">", "role=\"search\"", "page 1 of 4"})
    BOOST_TEST(holds(page, part), part);
  const auto opened = [&page](const std::string& tag) {
    auto bare = tag;
    auto with_attributes = tag;
    return count(page, bare.insert(0, "<").append(">")) +
           count(page, with_attributes.insert(0, "<").append(" "));
  };
  for (const std::string tag :
       {"section", "article", "table", "main", "header", "nav", "div", "form"}) {
    auto end = tag;
    BOOST_TEST(opened(tag) == count(page, end.insert(0, "</").append(">")), tag);
  }
}
