#define BOOST_TEST_MODULE docker_config
#include <boost/test/unit_test.hpp>

#include "protocol/registry/docker_config.hpp"

using namespace acr;
using namespace acr::registry;

namespace {

auth_entry entry(std::string host, std::string user, std::string_view password,
                 std::string email = "") {
  return {std::move(host), std::move(user), secret_string{password}, std::move(email)};
}

secret_string text(std::string_view document) { return secret_string{document}; }

} // namespace

BOOST_AUTO_TEST_CASE(the_document_has_the_shape_that_a_kubelet_reads) {
  const auto document =
      render_docker_config({entry("r.example.com", "cr_temp_user", "p:w", "a@b.c")});
  BOOST_TEST(document.reveal() ==
             R"({"auths":{"r.example.com":{"username":"cr_temp_user",)"
             R"("password":"p:w","auth":"Y3JfdGVtcF91c2VyOnA6dw==","email":"a@b.c"}}})");
}

BOOST_AUTO_TEST_CASE(the_same_entries_give_the_same_bytes_in_any_order) {
  const auto a = entry("a.example.com", "u", "1");
  const auto b = entry("b.example.com", "u", "2");
  BOOST_TEST((render_docker_config({a, b}) == render_docker_config({b, a})));
  BOOST_TEST(render_docker_config({b, a}).reveal().find("a.example") <
             render_docker_config({b, a}).reveal().find("b.example"));
}

BOOST_AUTO_TEST_CASE(a_withdrawn_entry_keeps_its_host_and_is_empty) {
  const auto blank = blank_entry("r.example.com");
  BOOST_TEST(blank.blank());
  BOOST_TEST(render_docker_config({blank}).reveal() ==
             R"({"auths":{"r.example.com":{"username":"","password":"","auth":"Og=="}}})");
}

BOOST_AUTO_TEST_CASE(no_entries_still_make_a_valid_document) {
  BOOST_TEST(render_docker_config({}).reveal() == R"({"auths":{}})");
}

BOOST_AUTO_TEST_CASE(of_two_entries_with_one_host_the_first_counts) {
  BOOST_TEST((render_docker_config({entry("r", "u", "1"), entry("r", "u", "2")}) ==
              render_docker_config({entry("r", "u", "1")})));
}

BOOST_AUTO_TEST_CASE(a_host_that_no_image_can_have_is_left_out) {
  BOOST_TEST((render_docker_config({entry("R.example.com", "u", "1"), entry("r", "u", "2")}) ==
              render_docker_config({entry("r", "u", "2")})));
}

BOOST_AUTO_TEST_CASE(what_was_written_is_read_back) {
  const std::vector<auth_entry> entries = {
      entry("*.cn-hangzhou.cr.aliyuncs.com", "u", "p"), blank_entry("b.example.com:5000"),
      entry("c.example.com", "u\"ser", "quote\" colon: percent% plus+ \xC3\xA9", "a@b.c")};
  const auto read = parse_docker_config(render_docker_config(entries));
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST((*read == entries));
}

BOOST_AUTO_TEST_CASE(auth_wins_over_user_and_password) {
  const auto read = parse_docker_config(
      text(R"({"auths":{"r":{"username":"x","password":"y","auth":"dTpwOnE="}},"more":1})"));
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->at(0).user == "u");
  BOOST_TEST(read->at(0).password.reveal() == "p:q");
}

BOOST_AUTO_TEST_CASE(an_entry_without_auth_is_read) {
  const auto read =
      parse_docker_config(text(R"({"auths":{"b":{},"a":{"username":"x","password":"y"}}})"));
  BOOST_REQUIRE(read.has_value());
  BOOST_REQUIRE_EQUAL(read->size(), 2U);
  BOOST_TEST(read->at(0).user == "x");
  BOOST_TEST(read->at(1).blank());
}

BOOST_AUTO_TEST_CASE(what_a_kubelet_could_not_read_is_refused_without_quoting_it) {
  for (const auto* document :
       {"", "marker", "{}", R"({"auths":[]})", R"({"auths":null})", R"({"auths":{"r":"marker"}})",
        R"({"auths":{"r":{"auth":"marker!"}}})", R"({"auths":{"r":{"auth":"bWFya2Vy"}}})",
        R"({"auths":{"r":{"auth":"dTpw////"}}})", R"({"auths":{"r":{"username":"mark:er"}}})"}) {
    const auto read = parse_docker_config(text(document));
    BOOST_REQUIRE_MESSAGE(read.has_error(), document);
    BOOST_TEST((read.error().code == errc::malformed_answer));
    BOOST_TEST(to_string(read.error()).find("marker") == std::string::npos);
  }
}
