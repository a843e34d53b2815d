#define BOOST_TEST_MODULE text
#include <boost/test/unit_test.hpp>

#include "protocol/failure.hpp"
#include "protocol/text.hpp"

using namespace acr;

BOOST_AUTO_TEST_CASE(control_characters_become_blanks) {
  BOOST_TEST(one_line("a\nb\x1b[2Jc\x7f"
                      "d\t\xe4\xbd\xa0") == "a b [2Jc d \xe4\xbd\xa0");
}

BOOST_AUTO_TEST_CASE(what_steers_a_terminal_or_the_direction_becomes_a_blank) {
  for (const auto* mark : {"\u0085", "\u009b", "\u061c", "\u200e", "\u200f", "\u2028", "\u2029",
                           "\u202a", "\u202e", "\u2066", "\u2069"})
    BOOST_TEST(one_line(std::string{mark}.append("b")) == " b", mark);
  for (const auto* text : {"\u00a0", "\u00e9", "\u4f60", "\u200b", "\U0001f511"})
    BOOST_TEST(one_line(text) == text);
}

BOOST_AUTO_TEST_CASE(what_is_not_utf8_is_marked_and_nothing_else_is_lost) {
  BOOST_TEST(one_line("a\xff\xfe z") == "a\ufffd\ufffd z");
  BOOST_TEST(one_line("\xe4\xbd") == "\ufffd\ufffd");
  BOOST_TEST(one_line("\xe4\xbd\xa0\xc0\xafq") == "\u4f60\ufffd\ufffdq");
}

BOOST_AUTO_TEST_CASE(a_failure_is_one_line_whatever_its_source) {
  auto reason = make_failure(errc::denied, "sts\x1b", "no\r\nway");
  reason.service_code = "No\x7fPermission";
  BOOST_TEST(to_string(reason) == "sts : No Permission: no  way");
}

BOOST_AUTO_TEST_CASE(utf8_is_what_rfc_3629_says) {
  for (const auto* good : {"", "a", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xf0\x90\x80\x80",
                           "\xf4\x8f\xbf\xbf", "a\xe4\xbd\xa0z"})
    BOOST_TEST(!first_not_utf8(good).has_value(), good);
  for (const auto* bad :
       {"a\x80", "a\xc1\xbf", "a\xe0\x9f\xbf", "a\xed\xa0\x80", "a\xf0\x8f\xbf\xbf",
        "a\xf4\x90\x80\x80", "a\xf5\x80\x80\x80", "a\xe4\xbd", "a\xe4\xbdz", "a\xff"})
    BOOST_TEST(first_not_utf8(bad).value_or(99) == 1U, bad);
}

BOOST_AUTO_TEST_CASE(a_beginning_ends_between_characters) {
  BOOST_TEST(beginning("ab", 2) == "ab");
  BOOST_TEST(beginning("abc", 2) == "ab");
  BOOST_TEST(beginning("a\xe4\xbd\xa0z", 3) == "a");
  BOOST_TEST(beginning("a\xe4\xbd\xa0z", 4) == "a\xe4\xbd\xa0");
}

BOOST_AUTO_TEST_CASE(white_space_around_a_text_is_cut_off) {
  BOOST_TEST(trim_ascii(" \t\r\n\f\va b\n") == "a b");
  BOOST_TEST(trim_ascii(" \n").empty());
  BOOST_TEST(trim_ascii("").empty());
}
