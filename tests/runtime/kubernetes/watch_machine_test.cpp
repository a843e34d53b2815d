#define BOOST_TEST_MODULE watch_machine
#include <boost/test/unit_test.hpp>

#include <random>
#include <set>

#include "tests/runtime/kubernetes/watch_bench.hpp"

using namespace acr;
using namespace acr::kubernetes;
using namespace acr::testing;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(a_watch_that_ended_properly_is_resumed_at_once_from_the_last_version) {
  bench b;
  b.reach_watching();
  b.closed();
  BOOST_TEST(b.said() == "stream 2");
  BOOST_TEST(b.resumes_from("10"));
  b.opened();
  b.data(line("MODIFIED", "a", "12"));
  b.timer();
  b.closed();
  BOOST_TEST(b.said() == "+a stream 3");
  BOOST_TEST(b.resumes_from("12"));
  b.opened();
  b.data(bookmark("20"));
  b.timer();
  b.closed();
  BOOST_TEST(b.said() == "stream 4");
  BOOST_TEST(b.resumes_from("20"));
}

BOOST_AUTO_TEST_CASE(watches_are_asked_to_last_five_to_ten_minutes_and_do_not_end_together) {
  bench b;
  b.reach_watching();
  std::set<int> lives;
  for (int i = 0; i < 40; ++i) {
    const std::string_view asked{"timeoutSeconds="};
    const auto at = b.url.find(asked);
    BOOST_TEST_REQUIRE(at != std::string::npos);
    lives.insert(std::stoi(b.url.substr(at + asked.size())));
    b.opened();
    b.data(bookmark("10"));
    b.timer();
    b.closed();
  }
  BOOST_TEST(*lives.begin() >= 300);
  BOOST_TEST(*lives.rbegin() <= 600);
  BOOST_TEST(lives.size() > 30U);
}

BOOST_AUTO_TEST_CASE(a_deletion_moves_the_version_on) {
  bench b;
  b.reach_watching();
  b.data(line("DELETED", "a", "15"));
  b.closed();
  BOOST_TEST(b.resumes_from("15"));
}

BOOST_AUTO_TEST_CASE(a_broken_watch_is_resumed_soon_and_reported_only_if_that_fails_too) {
  for (const auto why : {errc::connection_lost, errc::stream_idle, errc::cancelled}) {
    bench b;
    b.reach_watching();
    b.closed(why);
    BOOST_TEST(b.said() == "");
    BOOST_TEST((b.delay >= 250ms && b.delay <= 500ms));
    b.timer();
    BOOST_TEST(b.said() == "stream 2");
    BOOST_TEST(b.resumes_from("10"));
    b.closed(errc::connect_failed);
    BOOST_TEST(b.said() == "trouble");
    BOOST_TEST((b.reason.code == errc::connect_failed));
    BOOST_TEST(b.reason.step == "watch namespaces");
    b.timer();
    b.opened();
    BOOST_TEST(b.said() == "stream 3");
    b.data(bookmark("11"));
    BOOST_TEST(b.said() == "recovered");
    b.data(bookmark("12"));
    BOOST_TEST(b.said() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_quiet_watch_has_recovered_once_it_has_lasted) {
  bench b;
  b.reach_watching();
  b.closed(errc::connection_lost);
  b.timer();
  b.refused(answer(503));
  b.timer();
  b.opened();
  BOOST_TEST(b.said() == "stream 2 trouble stream 3");
  BOOST_TEST((b.delay == b.tuning.stable_after));
  b.timer();
  BOOST_TEST(b.said() == "recovered");
}

BOOST_AUTO_TEST_CASE(a_server_that_opens_and_ends_at_once_meets_backoff) {
  bench b;
  b.reach_watching();
  b.closed();
  auto longest = 0ms;
  for (int i = 0; i < 20; ++i) {
    b.opened();
    b.data(line("MODIFIED", "a", "12")); // progress does not excuse it
    b.closed();
    BOOST_TEST((b.delay >= 250ms && b.delay <= 30s));
    longest = std::max(longest, b.delay);
    b.timer();
  }
  BOOST_TEST((longest > 5s));
}

BOOST_AUTO_TEST_CASE(trouble_is_reported_once_per_outage) {
  bench b;
  b.start();
  b.refused(answer(503, unavailable));
  BOOST_TEST(b.said() == "stream 1 trouble");
  for (int i = 0; i < 3; ++i) {
    b.timer();
    b.pages(make_failure(errc::connect_failed, "", "refused"));
    b.timer();
    b.closed(errc::dns_failed);
  }
  BOOST_TEST(b.said() == "page stream 2 page stream 3 page stream 4");
  b.timer();
  b.pages(answer(200, page({}, "10")));
  BOOST_TEST(b.said() == "page init done recovered stream 5");
}

BOOST_AUTO_TEST_CASE(
    the_backoff_doubles_to_its_cap_with_full_jitter_and_starts_over_after_a_success) {
  watch_tuning tuning;
  for (int n = 1; n <= 12; ++n) {
    auto least = 1h + 0ms;
    auto most = 0ms;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      bench b{tuning, seed};
      b.reach_watching();
      for (int failures = 0; failures < n; ++failures) {
        b.closed(errc::connect_failed);
        if (failures + 1 < n)
          b.timer();
      }
      least = std::min(least, b.delay);
      most = std::max(most, b.delay);
    }
    const auto ceiling = std::min<std::chrono::milliseconds>(500ms * (1 << (n - 1)), 30s);
    BOOST_TEST((least >= 250ms));
    BOOST_TEST((least <= std::max<std::chrono::milliseconds>(250ms, ceiling / 10)));
    BOOST_TEST((most <= ceiling));
    BOOST_TEST((most >= ceiling * 9 / 10));
  }
  bench b;
  b.reach_watching();
  for (int i = 0; i < 10; ++i) {
    b.closed(errc::connect_failed);
    b.timer();
  }
  b.opened();
  b.timer(); // it has lasted
  b.closed(errc::connection_lost);
  BOOST_TEST((b.delay <= 500ms));
}

BOOST_AUTO_TEST_CASE(retry_after_is_obeyed_and_spread) {
  for (const int status : {429, 503}) {
    std::set<std::chrono::milliseconds> delays;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      bench b{{}, seed};
      b.start();
      b.refused(answer(status, "", {{"Retry-After", "40"}}));
      BOOST_TEST((b.delay >= 40s && b.delay <= 50s));
      delays.insert(b.delay);
      b.timer();
      b.pages(answer(status, "", {{"retry-after", "50"}}));
      BOOST_TEST((b.delay >= 50s && b.delay <= 63s));
    }
    BOOST_TEST(delays.size() > 10U);
  }
}

BOOST_AUTO_TEST_CASE(a_refused_permission_is_tried_again_slowly_and_its_return_noticed) {
  bench b;
  b.start();
  b.refused(answer(403, R"({"kind":"Status","reason":"Forbidden","message":"no","code":403})"));
  BOOST_TEST(b.said() == "stream 1 trouble");
  BOOST_TEST((b.reason.code == errc::denied));
  BOOST_TEST((b.delay >= 250ms && b.delay <= 500ms));
  for (int i = 0; i < 10; ++i) {
    b.timer();
    b.pages(answer(403));
    b.timer();
    b.refused(answer(403));
    BOOST_TEST((i < 3 || (b.delay >= 15s && b.delay <= 30s)));
  }
  b.said();
  b.timer();
  b.pages(answer(200, page({"a"}, "10")));
  BOOST_TEST(b.said() == "page init (a done recovered stream 12");
}

BOOST_AUTO_TEST_CASE(a_server_that_starts_and_refuses_at_first_is_asked_again_soon) {
  bench b;
  b.reach_watching();
  for (int i = 0; i < 6; ++i) {
    b.closed(errc::connect_failed);
    b.timer();
  }
  b.said();
  b.refused(answer(403));
  BOOST_TEST((b.delay >= 250ms && b.delay <= 500ms));
  BOOST_TEST(b.said() == "");
  b.timer();
  b.refused(answer(403));
  BOOST_TEST((b.delay >= 500ms && b.delay <= 1s));
  // Not the start, then: that it is refused is told in place of what was told before.
  BOOST_TEST(b.said() == "stream 8 trouble");
  BOOST_TEST((b.reason.code == errc::denied));
  b.timer();
  b.refused(answer(403));
  BOOST_TEST(b.said() == "stream 9");
}

BOOST_AUTO_TEST_CASE(versions_that_are_too_old_again_and_again_meet_backoff) {
  bench b;
  b.reach_watching_by_pages();
  b.closed();
  b.refused(answer(410));
  b.pages(answer(200, page({"a"}, "11")));
  BOOST_TEST(b.said() == "stream 3 page init (a done stream 4");
  b.refused(answer(410));
  BOOST_TEST(b.said() == "trouble");
  BOOST_TEST((b.delay >= 250ms));
  b.timer();
  b.pages(answer(200, page({"a"}, "12")));
  BOOST_TEST(b.said() == "page init (a done recovered stream 5");
  b.opened();
  b.timer(); // it has lasted: the next time is the first again
  b.data(std::string{expired_event} + "\n");
  BOOST_TEST(b.said() == "stop 5 page");
}

BOOST_AUTO_TEST_CASE(a_refused_credential_is_renewed_by_a_call_since_a_stream_cannot) {
  bench b;
  b.reach_watching();
  b.closed();
  b.refused(answer(401));
  BOOST_TEST(b.said() == "stream 2 trouble");
  b.timer();
  BOOST_TEST(b.said() == "page");
  BOOST_TEST(b.url.find("limit=1") != std::string::npos);
  b.pages(answer(401)); // not yet
  b.timer();
  BOOST_TEST(b.said() == "page");
  b.pages(answer(200, page({"a"}, "30", "more")));
  BOOST_TEST(b.said() == "stream 3"); // what was seen stays seen: nothing is listed anew
  BOOST_TEST(b.resumes_from("10"));
  b.opened();
  b.data(line("ADDED", "b", "11"));
  BOOST_TEST(b.said() == "recovered +b");
}

BOOST_AUTO_TEST_CASE(a_version_that_is_gone_after_a_refused_credential_leads_to_a_new_list) {
  bench b;
  b.reach_watching();
  b.closed();
  b.refused(answer(401));
  b.timer();
  b.pages(answer(200, page({"a"}, "30")));
  b.said();
  b.refused(answer(410));
  BOOST_TEST(b.said() == "stream 4");
  BOOST_TEST(b.url.find("sendInitialEvents=true") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_error_event_of_another_kind_is_a_failure_and_the_watch_resumes) {
  bench b;
  b.reach_watching();
  b.data(
      line("ADDED", "b", "11") +
      R"({"type":"ERROR","object":{"kind":"Status","code":500,"message":"etcd","reason":"InternalError"}})" +
      "\n");
  BOOST_TEST(b.said() == "+b stop 1 trouble");
  BOOST_TEST((b.reason.code == errc::service_failed));
  b.timer();
  BOOST_TEST(b.resumes_from("11"));
}

BOOST_AUTO_TEST_CASE(a_line_that_cannot_be_read_leads_to_a_new_list) {
  for (const auto* bad : {"garbage", "{", "{}", R"({"type":"ADDED","object":{}})"}) {
    bench b;
    b.reach_watching();
    b.data(line("ADDED", "b", "11") + bad + "\n" + line("ADDED", "never", "12"));
    BOOST_TEST(b.said() == "+b stop 1 trouble");
    BOOST_TEST((b.reason.code == errc::malformed_answer));
    b.timer();
    BOOST_TEST(b.said() == "stream 2");
    BOOST_TEST(b.lists_streaming());
  }
}

BOOST_AUTO_TEST_CASE(empty_lines_mean_nothing) {
  bench b;
  b.reach_watching();
  b.data("\n\n" + line("ADDED", "b", "11") + "\n");
  BOOST_TEST(b.said() == "+b");
}

BOOST_AUTO_TEST_CASE(a_line_without_its_end_is_not_taken_when_the_stream_ends) {
  bench b;
  b.reach_watching();
  auto text = line("ADDED", "b", "11");
  text.pop_back();
  b.data(text);
  b.closed();
  BOOST_TEST(b.said() == "stream 2");
  BOOST_TEST(b.resumes_from("10"));
  b.opened();
  b.data(line("ADDED", "c", "12")); // not glued to what was left
  BOOST_TEST(b.said() == "+c");
}

BOOST_AUTO_TEST_CASE(a_line_may_be_as_long_as_the_limit_and_no_longer) {
  const auto text = line("ADDED", "b", "11");
  watch_tuning tuning;
  tuning.max_line = text.size() - 1;
  bench fits{tuning};
  fits.start();
  fits.opened();
  fits.data(text.substr(0, 10));
  fits.data(text.substr(10));
  BOOST_TEST(fits.said() == "stream 1 init (b");
  for (const bool whole : {true, false}) {
    --tuning.max_line;
    bench b{tuning};
    b.start();
    b.opened();
    if (whole) {
      b.data(text);
    } else {
      for (const char c : text.substr(0, text.size() - 1))
        b.data(std::string{c});
    }
    BOOST_TEST(b.said() == "stream 1 init stop 1 trouble");
    BOOST_TEST((b.reason.code == errc::response_too_big));
    ++tuning.max_line;
  }
}

BOOST_AUTO_TEST_CASE(what_a_line_that_is_too_long_would_have_said_is_listed) {
  watch_tuning tuning;
  tuning.max_line = 200;
  bench b{tuning};
  b.reach_watching();
  b.data(std::string(201, 'x'));
  BOOST_TEST(b.said() == "stop 1 trouble");
  b.timer();
  BOOST_TEST(b.lists_streaming());
}

BOOST_AUTO_TEST_CASE(however_a_recorded_stream_is_cut_it_tells_the_same) {
  const auto list =
      line("ADDED", "a", "3") + line("ADDED", "b\xC3\xA9", "4") + bookmark("10", true);
  const auto recording = list + line("MODIFIED", "a", "11") + "\n" + bookmark("12") +
                         line("DELETED", "a", "13") + line("ADDED", "c", "14") + expired_event +
                         "\n";
  const auto run = [&recording](const std::vector<std::size_t>& cuts) {
    bench b;
    b.start();
    b.opened();
    const auto first = b.stream;
    std::size_t from = 0;
    for (const auto cut : cuts) {
      b.take(b.machine.stream_data(first, recording.substr(from, cut - from)));
      from = cut;
    }
    b.take(b.machine.stream_data(first, recording.substr(from)));
    return b.said();
  };
  const auto whole = run({});
  BOOST_TEST(whole == "stream 1 init (a (b\xC3\xA9 done +a -a +c stop 1 stream 2");
  for (std::size_t cut = 0; cut <= recording.size(); ++cut)
    BOOST_REQUIRE_EQUAL(run({cut}), whole);
  std::vector<std::size_t> each;
  for (std::size_t cut = 1; cut < recording.size(); ++cut)
    each.push_back(cut);
  BOOST_TEST(run(each) == whole);
  std::minstd_rand random{1};
  for (int i = 0; i < 500; ++i) {
    std::vector<std::size_t> cuts;
    for (const auto cut : each)
      if (random() % 20 == 0)
        cuts.push_back(cut);
    BOOST_REQUIRE_EQUAL(run(cuts), whole);
  }
}

BOOST_AUTO_TEST_CASE(a_stream_without_any_sign_is_given_up) {
  bench b;
  b.start();
  b.timer();
  BOOST_TEST(b.said() == "stream 1 stop 1 trouble");
  BOOST_TEST((b.reason.code == errc::http_timeout));
}

BOOST_AUTO_TEST_CASE(silence_is_noticed_without_an_error) {
  bench b;
  b.reach_watching();
  BOOST_TEST((b.delay == b.tuning.silence_guard));
  b.data(bookmark("11"));
  b.timer();
  BOOST_TEST(b.said() == "");
  b.data(bookmark("12"));
  b.timer();
  BOOST_TEST(b.said() == "");
  b.timer();
  BOOST_TEST(b.said() == "stop 1");
  b.timer();
  BOOST_TEST(b.said() == "stream 2");
  BOOST_TEST(b.resumes_from("12"));
}

BOOST_AUTO_TEST_CASE(what_comes_too_late_is_ignored) {
  bench b;
  b.reach_watching();
  b.data(std::string{expired_event} + "\n");
  BOOST_TEST(b.said() == "stop 1 stream 2");
  b.take(b.machine.stream_opened(1));
  b.take(b.machine.stream_data(1, line("ADDED", "late", "11")));
  b.take(b.machine.stream_closed(1, make_failure(errc::cancelled, "", "")));
  b.take(b.machine.stream_refused(1, answer(500)));
  b.pages(answer(200, page({"late"}, "11")));
  BOOST_TEST(b.said() == "");
  b.closed(errc::connect_failed);
  BOOST_TEST(b.said() == "trouble");
  b.take(b.machine.stream_opened(2));
  b.take(b.machine.stream_data(2, line("ADDED", "late", "11")));
  b.take(b.machine.stream_closed(2, std::nullopt));
  BOOST_TEST(b.said() == "");
}

BOOST_AUTO_TEST_CASE(a_failure_names_what_was_watched) {
  watch_machine machine{{object_kind::secret, "team-a", "metadata.name=x"}, {}, 1};
  machine.start();
  const auto actions = machine.stream_refused(1, answer(503));
  BOOST_TEST(std::get<emit_trouble>(actions.at(0)).reason.step ==
             "list secrets in team-a with metadata.name=x");
}
