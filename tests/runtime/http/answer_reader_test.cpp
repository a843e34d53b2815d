#define BOOST_TEST_MODULE answer_reader
#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "runtime/http/answer_reader.hpp"

using namespace acr;

namespace {

struct reader_fixture {
  bool take(std::initializer_list<std::string_view> lines) {
    return std::all_of(lines.begin(), lines.end(),
                       [this](std::string_view line) { return reader.take_header_line(line); });
  }

  answer_reader reader{10};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(answer_reader_suite, reader_fixture)

BOOST_AUTO_TEST_CASE(reads_status_and_headers_of_both_versions) {
  BOOST_TEST(take({"HTTP/2 204 \r\n", "date:today\r\n", "X:  a: b \r\n", "\r\n"}));
  BOOST_TEST(reader.status() == 204);
  BOOST_TEST(reader.successful());
  BOOST_TEST(reader.headers_complete());
  const auto answer = reader.finish();
  const std::vector<http_header> expected{{"date", "today"}, {"X", "a: b"}};
  BOOST_TEST((answer.headers == expected));
}

BOOST_AUTO_TEST_CASE(an_interim_answer_completes_nothing_and_leaves_no_headers) {
  BOOST_TEST(take({"HTTP/1.1 100 Continue\r\n", "A: b\r\n", "\r\n"}));
  BOOST_TEST(!reader.headers_complete());
  BOOST_TEST(take({"HTTP/1.1 500 Oops\r\n", "\r\n"}));
  BOOST_TEST(reader.headers_complete());
  BOOST_TEST(!reader.successful());
  BOOST_TEST(reader.finish().headers.empty());
}

BOOST_AUTO_TEST_CASE(a_folded_line_belongs_to_the_one_before) {
  BOOST_TEST(take({"HTTP/1.1 200 OK\r\n", " first\r\n", "A: b\r\n", "\tc\r\n", "\r\n"}));
  const std::vector<http_header> expected{{"A", "b c"}};
  BOOST_TEST((reader.finish().headers == expected));
}

BOOST_AUTO_TEST_CASE(a_status_that_is_no_number_is_none) {
  BOOST_TEST(take({"HTTP/1.1\r\n", "\r\n"}));
  BOOST_TEST(reader.status() == 0);
  BOOST_TEST(!reader.headers_complete());
}

BOOST_AUTO_TEST_CASE(trailers_are_dropped) {
  BOOST_TEST(take({"HTTP/1.1 200 OK\r\n", "\r\n", "Late: x\r\n"}));
  BOOST_TEST(reader.finish().headers.empty());
}

BOOST_AUTO_TEST_CASE(too_many_headers_are_refused) {
  BOOST_TEST(take({"HTTP/1.1 200 OK\r\n"}));
  for (std::size_t i = 0; i < answer_reader::max_header_count; ++i)
    BOOST_REQUIRE(take({"A: b\r\n"}));
  BOOST_TEST(!take({"A: b\r\n"}));
}

BOOST_AUTO_TEST_CASE(too_many_bytes_of_headers_are_refused_also_over_interim_answers) {
  const std::string line = "A: " + std::string(1000, 'x') + "\r\n";
  std::size_t taken = 0;
  while (take({"HTTP/1.1 100 Continue\r\n", line, "\r\n"}))
    BOOST_REQUIRE(++taken < 100);
  BOOST_TEST(taken >= 60U);
}

BOOST_AUTO_TEST_CASE(a_body_fits_to_the_byte) {
  BOOST_TEST(reader.take_body("12345"));
  BOOST_TEST(reader.take_body("67890"));
  BOOST_TEST(!reader.take_body("x"));
  BOOST_TEST(reader.finish().body.reveal() == "1234567890");
}

BOOST_AUTO_TEST_CASE(a_piece_is_what_came_since_the_last_one) {
  BOOST_TEST(reader.take_body("123"));
  BOOST_TEST(reader.take_chunk().reveal() == "123");
  BOOST_TEST(reader.take_body("4567890"));
  BOOST_TEST(reader.take_chunk().reveal() == "4567890");
  BOOST_TEST(reader.body_size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_buffer_holds_whatever_is_appended) {
  wiping_buffer buffer;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const auto piece = std::to_string(i);
    buffer.append(piece);
    expected += piece;
  }
  BOOST_TEST(buffer.take().reveal() == expected);
  BOOST_TEST(buffer.size() == 0U);
}
