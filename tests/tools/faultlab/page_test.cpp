#define BOOST_TEST_MODULE faultlab_page
#include <boost/test/unit_test.hpp>

#include "tools/faultlab/report/page.hpp"

using namespace acr::faultlab;
using namespace std::chrono_literals;

namespace {

/// The cloud is away for longer than passwords are valid; then the helper vanishes, unexpectedly.
scenario eventful() {
  scenario about;
  about.name = "more < less";
  about.about = "An hour & a half.";
  about.lasts = 4h;
  about.timeline = {{40min, 90min, "cloud", "blackhole", {}},
                    {30min, {}, "do", "delete-secret", {{"namespace", "team-1"}}},
                    {3h, {}, "helper", "vanishes", {}}};
  return about;
}

struct played {
  explicit played(const scenario& about) {
    run_wishes wishes;
    wishes.trace = true;
    wishes.record = &seen;
    out = run(about, wishes);
    text = write_page(about, out, seen);
  }

  bool shows(const std::string& what) const { return text.find(what) != std::string::npos; }

  chronicle seen;
  outcome out;
  std::string text;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_chronicle_tells_when_passwords_were_there_and_who_pulled) {
  const played it{eventful()};
  BOOST_REQUIRE_EQUAL(it.seen.instances.size(), 2U);
  for (const auto& one : it.seen.instances) {
    const auto none_at = [&](std::chrono::milliseconds from, std::chrono::milliseconds until) {
      return std::any_of(one.standings.begin(), one.standings.end(), [&](const auto& s) {
        return s.of > 0 && s.valid == 0 && s.at >= from && s.at < until;
      });
    };
    BOOST_TEST(!none_at(1min, 59min));
    BOOST_TEST(none_at(59min, 131min)); // an hour after the first passwords were given out
    for (std::size_t i = 1; i < one.standings.size(); ++i)
      BOOST_TEST(!one.standings[i - 1].same(one.standings[i]));
    BOOST_TEST(std::count_if(one.attempts.begin(), one.attempts.end(),
                             [](const auto& a) { return a.worked; }) >= 2);
    BOOST_TEST(std::any_of(one.attempts.begin(), one.attempts.end(),
                           [](const auto& a) { return !a.worked && a.at > 40min; }));
    BOOST_TEST(std::any_of(one.pulls.begin(), one.pulls.end(),
                           [](const auto& p) { return !p.worked && p.at > 59min; }));
    BOOST_TEST(std::any_of(one.pulls.begin(), one.pulls.end(),
                           [](const auto& p) { return p.worked && p.at < 59min; }));
  }
}

BOOST_AUTO_TEST_CASE(a_page_shows_the_run_and_what_went_wrong_in_it) {
  const played it{eventful()};
  BOOST_REQUIRE(!it.out.good()); // the checkers were not told that it vanished
  BOOST_TEST(it.shows("<h1>more &lt; less <span class=\"verdict bad\">failed"));
  BOOST_TEST(it.shows("An hour &amp; a half."));
  BOOST_TEST(it.shows("cloud: blackhole"));
  BOOST_TEST(it.shows("do: delete-secret, namespace team-1"));
  for (const auto& one : it.seen.instances)
    BOOST_TEST(it.shows(one.name));
  const auto& first = it.out.violations.front();
  BOOST_TEST(it.shows("Around the first violation"));
  BOOST_TEST(it.shows(first.invariant + " at " + write_span(first.at)));
  BOOST_TEST(it.shows("at: 40m, for: 1h30m, cloud: blackhole")); // the scenario itself
}

BOOST_AUTO_TEST_CASE(a_page_needs_nothing_from_outside) {
  const played it{eventful()};
  for (const char* outside : {"<script", "http://", "src=", "<link", "@import", "url("})
    BOOST_TEST(!it.shows(outside));
}

BOOST_AUTO_TEST_CASE(where_nothing_went_wrong_no_messages_are_shown) {
  scenario quiet;
  quiet.name = "quiet";
  quiet.lasts = 2h;
  const played it{quiet};
  BOOST_TEST(it.out.good());
  BOOST_TEST(it.shows("<span class=\"verdict good\">passed"));
  BOOST_TEST(!it.shows("Around the first violation"));
}

BOOST_AUTO_TEST_CASE(the_same_run_gives_the_same_trace_with_and_without_a_page) {
  run_wishes plain;
  plain.trace = true;
  BOOST_TEST((run(eventful(), plain).trace == played{eventful()}.out.trace));
}
