#define BOOST_TEST_MODULE sts
#include <boost/test/unit_test.hpp>

#include "protocol/aliyun/sts.hpp"

using namespace acr;
using namespace acr::aliyun;
using namespace std::chrono_literals;

namespace {

const wall_time now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 3h};

secret_string answer(const std::string& credentials) {
  return secret_string{R"({"RequestId":"1","AssumedRoleUser":{"Arn":"a"},"Credentials":)" +
                       credentials + "}"};
}

std::string message(const secret_string& body) {
  const auto session = read_session(body, now);
  BOOST_REQUIRE(!session);
  BOOST_TEST((session.error().code == errc::malformed_answer));
  BOOST_TEST(session.error().step == "sts session");
  BOOST_TEST(session.error().message.find("MARK") == std::string::npos);
  return session.error().message;
}

const std::string good = R"({"AccessKeyId":"STS.id","AccessKeySecret":"MARKsecret",)"
                         R"("SecurityToken":"MARKtoken","Expiration":"2026-01-02T04:00:00Z"})";

std::string with(const std::string& from, const std::string& to) {
  auto text = good;
  const auto at = text.find(from);
  BOOST_REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_session_is_read_whole) {
  const auto session = read_session(answer(good), now);
  BOOST_REQUIRE(session.has_value());
  BOOST_TEST(session->access_key_id == "STS.id");
  BOOST_TEST(session->access_key_secret.reveal() == "MARKsecret");
  BOOST_TEST(session->security_token.reveal() == "MARKtoken");
  BOOST_TEST((session->expires_at == now + 1h));
}

BOOST_AUTO_TEST_CASE(any_rfc3339_expiration_is_understood) {
  for (const auto* text : {"2026-01-02T04:00:00.000Z", "2026-01-02T12:00:00+08:00"}) {
    const auto session = read_session(answer(with("2026-01-02T04:00:00Z", text)), now);
    BOOST_REQUIRE(session.has_value());
    BOOST_TEST((session->expires_at == now + 1h));
  }
}

BOOST_AUTO_TEST_CASE(tokens_of_any_length_are_taken) {
  const std::string token(20000, 't');
  const auto session = read_session(answer(with("MARKtoken", token)), now);
  BOOST_REQUIRE(session.has_value());
  BOOST_TEST(session->security_token.reveal() == token);
}

BOOST_AUTO_TEST_CASE(bad_answers_name_the_field_and_never_its_content) {
  BOOST_TEST(message(secret_string{std::string{R"({"RequestId":"1"})"}}) ==
             "Credentials is missing");
  BOOST_TEST(message(answer("null")) == "Credentials is missing");
  BOOST_TEST(message(answer("\"MARK\"")) == "Credentials is not an object");
  BOOST_TEST(message(answer(with(R"("AccessKeyId":"STS.id",)", ""))) ==
             "Credentials.AccessKeyId is missing");
  BOOST_TEST(message(answer(with("MARKsecret", ""))) == "Credentials.AccessKeySecret is empty");
  BOOST_TEST(message(answer(with("\"MARKtoken\"", "17"))) ==
             "Credentials.SecurityToken is not a string");
  BOOST_TEST(message(answer(with("2026-01-02T04:00:00Z", "MARK"))) ==
             "Credentials.Expiration is not a time");
  BOOST_TEST(message(answer(with("T04:00:00Z", "T03:00:00Z")))
                 .starts_with("Credentials.Expiration is in the past"));
}

BOOST_AUTO_TEST_CASE(what_is_not_json_is_reported_without_quoting_it) {
  BOOST_TEST(message(secret_string{std::string{""}}).starts_with("not JSON"));
  BOOST_TEST(message(secret_string{std::string{R"({"Credentials":{"A":"MARK)"}})
                 .starts_with("not JSON: incomplete"));
  BOOST_TEST(message(secret_string{std::string{"<html>MARK</html>"}}).starts_with("not JSON"));
  BOOST_TEST(message(secret_string{std::string{"[1]"}}) == "not a JSON object");
}
