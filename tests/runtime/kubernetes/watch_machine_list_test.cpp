#define BOOST_TEST_MODULE watch_machine_list
#include <boost/test/unit_test.hpp>

#include "tests/runtime/kubernetes/watch_bench.hpp"

using namespace acr;
using namespace acr::kubernetes;
using namespace acr::testing;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(a_streaming_list_becomes_the_watch) {
  bench b;
  b.start();
  BOOST_TEST(b.said() == "stream 1");
  BOOST_TEST(b.lists_streaming());
  BOOST_TEST((b.delay == b.tuning.open_guard));
  b.opened();
  BOOST_TEST(b.said() == "init");
  b.data(line("ADDED", "a", "3") + line("ADDED", "b", "2"));
  BOOST_TEST(b.said() == "(a (b");
  b.data(bookmark("10", true));
  BOOST_TEST(b.said() == "done");
  b.data(line("ADDED", "c", "11") + line("MODIFIED", "a", "12") + line("DELETED", "b", "13"));
  BOOST_TEST(b.said() == "+c +a -b");
}

BOOST_AUTO_TEST_CASE(changes_inside_a_streaming_list_belong_to_it) {
  bench b;
  b.start();
  b.opened();
  b.data(line("ADDED", "a", "3") + line("MODIFIED", "a", "4") + line("DELETED", "a", "5") +
         bookmark("5") + bookmark("10", true));
  BOOST_TEST(b.said() == "stream 1 init (a (a -a done");
}

BOOST_AUTO_TEST_CASE(an_empty_list_is_a_list) {
  bench b;
  b.start();
  b.opened();
  b.data(bookmark("10", true));
  BOOST_TEST(b.said() == "stream 1 init done");
}

BOOST_AUTO_TEST_CASE(
    a_server_that_does_not_know_streaming_lists_is_asked_for_pages_at_once_and_for_good) {
  for (const int status : {400, 404, 405, 422}) {
    bench b;
    b.start();
    b.refused(answer(status));
    BOOST_TEST(b.said() == "stream 1 page");
    BOOST_TEST(b.url == "/api/v1/namespaces?limit=500");
    b.pages(answer(200, page({"a", "b"}, "10", "next/1")));
    BOOST_TEST(b.said() == "init (a (b page");
    BOOST_TEST(b.url == "/api/v1/namespaces?limit=500&continue=next%2F1");
    b.pages(answer(200, page({"c"}, "10")));
    BOOST_TEST(b.said() == "(c done stream 2");
    BOOST_TEST(b.resumes_from("10"));
    b.opened();
    b.data(std::string{expired_event} + "\n");
    BOOST_TEST(b.said() == "stop 2 page");
  }
}

BOOST_AUTO_TEST_CASE(a_streaming_list_that_fails_is_followed_by_pages_once) {
  bench b;
  b.start();
  b.refused(answer(500));
  BOOST_TEST(b.said() == "stream 1 trouble");
  b.timer();
  BOOST_TEST(b.said() == "page");
  b.pages(answer(500));
  BOOST_TEST(b.said() == "");
  b.timer();
  BOOST_TEST(b.said() == "stream 2");
  BOOST_TEST(b.lists_streaming());
}

BOOST_AUTO_TEST_CASE(a_list_that_breaks_off_is_begun_again_without_an_end) {
  bench b;
  b.start();
  b.opened();
  b.data(line("ADDED", "a", "3"));
  b.closed(errc::connection_lost);
  BOOST_TEST(b.said() == "stream 1 init (a trouble");
  b.timer();
  b.pages(answer(200, page({"b"}, "10")));
  BOOST_TEST(b.said() == "page init (b done recovered stream 2");
}

BOOST_AUTO_TEST_CASE(a_server_that_watches_instead_of_listing_is_found_out) {
  bench b;
  b.start();
  b.opened();
  b.data(line("ADDED", "a", "3"));
  b.timer();
  b.closed(); // after its timeout, and never a word of an end
  b.timer();
  b.pages(answer(200, page({"a"}, "10")));
  b.opened();
  b.said();
  b.data(std::string{expired_event} + "\n");
  BOOST_TEST(b.said() == "stop 2 page");
}

BOOST_AUTO_TEST_CASE(a_version_that_is_too_old_leads_to_a_new_list_at_once) {
  for (const bool as_status : {true, false}) {
    bench b;
    b.reach_watching();
    b.closed();
    if (as_status) {
      b.refused(answer(410, R"({"kind":"Status","reason":"Expired","code":410})"));
      BOOST_TEST(b.said() == "stream 2 stream 3");
    } else {
      b.opened();
      b.data(line("ADDED", "b", "11") + expired_event + "\n" + line("ADDED", "never", "12"));
      BOOST_TEST(b.said() == "stream 2 +b stop 2 stream 3");
    }
    BOOST_TEST(b.lists_streaming());
    b.opened();
    b.data(line("ADDED", "c", "20") + bookmark("21", true));
    BOOST_TEST(b.said() == "init (c done"); // no trouble was told
  }
}

BOOST_AUTO_TEST_CASE(a_continue_token_that_has_expired_begins_the_list_again) {
  bench b;
  b.start();
  b.refused(answer(422));
  b.pages(answer(200, page({"a"}, "10", "token")));
  b.said();
  b.pages(answer(410));
  BOOST_TEST(b.said() == "page");
  BOOST_TEST(b.url == "/api/v1/namespaces?limit=500");
  b.pages(answer(200, page({"b"}, "11")));
  BOOST_TEST(b.said() == "init (b done stream 2");
  BOOST_TEST(b.resumes_from("11"));
}

BOOST_AUTO_TEST_CASE(a_page_that_fails_begins_the_list_again) {
  const std::vector<result<http_response>> failures = {
      answer(500),
      answer(429),
      answer(200, "{"),
      answer(200, "<html>"),
      answer(200, "{}"),
      make_failure(errc::http_timeout, "", "late"),
      make_failure(errc::connection_lost, "", "cut")};
  for (const auto& bad : failures) {
    bench b;
    b.start();
    b.refused(answer(422));
    b.pages(answer(200, page({"a"}, "10", "token")));
    b.pages(bad);
    BOOST_TEST(b.said() == "stream 1 page init (a page trouble");
    BOOST_TEST(b.reason.step == "list namespaces");
    b.timer();
    BOOST_TEST(b.url == "/api/v1/namespaces?limit=500");
    b.pages(answer(200, page({"b"}, "11")));
    BOOST_TEST(b.said() == "page init (b done recovered stream 2");
  }
}

BOOST_AUTO_TEST_CASE(a_page_that_is_too_big_is_halved) {
  bench b;
  b.start();
  b.refused(answer(422));
  for (const auto* limit : {"250", "125", "62", "31", "15", "7", "3", "1", "1"}) {
    b.pages(make_failure(errc::response_too_big, "", "too big"));
    b.timer();
    BOOST_TEST(b.url == std::string{"/api/v1/namespaces?limit="} + limit);
  }
}

// Users of a namespace may create accounts with lists of hundreds of thousands of empty references.
BOOST_AUTO_TEST_CASE(a_page_of_too_many_values_is_halved) {
  bench b;
  b.start();
  b.refused(answer(422));
  std::string hostile = R"({"metadata":{"resourceVersion":"10"},"items":[],"x":[{})";
  for (int i = 0; i < 4'000'000; ++i)
    hostile += ",{}";
  b.pages(answer(200, hostile + "]}"));
  b.timer();
  BOOST_TEST(b.url == "/api/v1/namespaces?limit=250");
}

BOOST_AUTO_TEST_CASE(pages_without_an_end_meet_backoff) {
  bench b;
  b.start();
  b.refused(answer(422));
  for (const auto* next : {"1", "2", "3", "4", "5", "6", "7", "8", "9"})
    b.pages(answer(200, page({}, "10", next)));
  b.said();
  b.pages(answer(200, page({}, "10", "10")));
  BOOST_TEST(b.said() == "trouble"); // and no page: the timer comes first
  b.timer();
  BOOST_TEST(b.url == "/api/v1/namespaces?limit=500");
  b.pages(answer(200, page({"a"}, "10", "same")));
  b.said();
  b.pages(answer(200, page({"b"}, "10", "same")));
  BOOST_TEST(b.said() == "(b");
  b.timer();
  b.pages(answer(200, page({"a"}, "10")));
  BOOST_TEST(b.said() == "page init (a done recovered stream 2");
}

BOOST_AUTO_TEST_CASE(events_of_one_read_are_one_batch_and_large_lists_are_several) {
  watch_tuning tuning;
  tuning.batch = 10;
  bench b{tuning};
  b.start();
  b.opened();
  std::string text;
  for (int i = 0; i < 25; ++i)
    text += line("ADDED", std::string{"n"}.append(std::to_string(i)), "3");
  b.data(text + bookmark("10", true));
  BOOST_TEST(b.batches == (std::vector<std::size_t>{1, 10, 10, 6}),
             boost::test_tools::per_element());
  b.batches.clear();
  b.data(line("MODIFIED", "n1", "11") + line("MODIFIED", "n2", "12"));
  BOOST_TEST(b.batches == (std::vector<std::size_t>{2}), boost::test_tools::per_element());
}
