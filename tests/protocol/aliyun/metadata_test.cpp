#define BOOST_TEST_MODULE metadata
#include <boost/test/unit_test.hpp>

#include <variant>
#include <vector>

#include "protocol/aliyun/metadata.hpp"

using namespace acr;
using namespace acr::aliyun;
using namespace std::chrono_literals;

namespace {

http_response response(int status, std::string body) {
  return {status, {}, secret_string{std::move(body)}};
}

// One question with scripted answers; the requests are kept.
struct conversation {
  metadata_policy policy;
  metadata_token token;
  std::chrono::milliseconds now = 1h;
  std::vector<http_request> sent;

  result<secret_string> ask(std::vector<result<http_response>> answers,
                            const std::string& path = "region-id") {
    metadata_exchange exchange{policy, path};
    auto step = exchange.begin(token, now);
    for (auto next = answers.begin();; ++next) {
      if (const auto* end = std::get_if<result<secret_string>>(&step)) {
        BOOST_TEST((next == answers.end()), "an answer was not asked for");
        return *end;
      }
      sent.push_back(std::get<http_request>(step));
      BOOST_REQUIRE_MESSAGE(next != answers.end(), "one more request than expected");
      step = exchange.next(*next, token, now);
    }
  }

  std::string token_sent(std::size_t at) const {
    return std::string{find_header(sent.at(at).headers, "x-aliyun-ecs-metadata-token")};
  }
};

result<http_response> no_answer(errc code) { return make_failure(code, "GET x", "as told"); }

std::string credentials_text(const std::string& code = "Success",
                             const std::string& ends = "2026-01-02T09:04:05Z") {
  return R"({"Code":")" + code + R"(","AccessKeyId":"STS.k","AccessKeySecret":"MARKsecret",)" +
         R"("SecurityToken":"MARKtoken","Expiration":")" + ends + R"("})";
}

secret_string secret(std::string text) { return secret_string{std::move(text)}; }

const wall_time before = *parse_rfc3339("2026-01-02T09:04:04Z");
const wall_time end = *parse_rfc3339("2026-01-02T09:04:05Z");

} // namespace

BOOST_AUTO_TEST_CASE(a_token_is_asked_for_with_its_life) {
  const auto request = metadata_token_request(default_metadata_url, 300s);
  BOOST_TEST(request.method == "PUT");
  BOOST_TEST(request.url == "http://100.100.100.200/latest/api/token");
  BOOST_TEST(find_header(request.headers, "x-aliyun-ecs-metadata-token-ttl-seconds") == "300");
}

BOOST_AUTO_TEST_CASE(some_services_have_no_tokens) {
  for (const int status : {403, 404, 405})
    BOOST_TEST(without_metadata_tokens(response(status, "")));
  for (const int status : {200, 400, 401, 500})
    BOOST_TEST(!without_metadata_tokens(response(status, "")));
}

BOOST_AUTO_TEST_CASE(what_is_read_is_trimmed) {
  BOOST_TEST(read_metadata_token(response(200, " AQAA==\n")).value().reveal() == "AQAA==");
  BOOST_TEST(read_region(secret("cn-hangzhou\r\n")).value() == "cn-hangzhou");
  BOOST_TEST(read_role_name(secret("KubernetesWorkerRole-1\n")).value() ==
             "KubernetesWorkerRole-1");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_token_is_refused) {
  for (const auto& body :
       {std::string{}, std::string{" "}, std::string{"a\r\nb: c"}, std::string(5000, 'x')}) {
    const auto token = read_metadata_token(response(200, body));
    BOOST_REQUIRE(!token);
    BOOST_TEST((token.error().code == errc::malformed_answer));
  }
  BOOST_TEST((read_metadata_token(response(500, "")).error().code == errc::http_status));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_name_is_refused) {
  for (const auto* text : {"<html>MARK", "", "MARK/../x"}) {
    BOOST_TEST((read_region(secret(text)).error().code == errc::malformed_answer));
    const auto role = read_role_name(secret(text));
    BOOST_REQUIRE(!role);
    BOOST_TEST((role.error().code == errc::malformed_answer));
    BOOST_TEST(to_string(role.error()).find("MARK") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_question_is_asked_with_a_token_that_serves_further_questions) {
  conversation talk;
  BOOST_TEST(talk.ask({response(200, "tok"), response(200, "cn-x")}).value().reveal() == "cn-x");
  BOOST_TEST(talk.sent[0].method == "PUT");
  BOOST_TEST(find_header(talk.sent[0].headers, "x-aliyun-ecs-metadata-token-ttl-seconds") ==
             "21600");
  BOOST_TEST(talk.sent[1].url == "http://100.100.100.200/latest/meta-data/region-id");
  BOOST_TEST(talk.token_sent(1) == "tok");
  talk.now += 17279s; // 80 % of six hours, less a second
  BOOST_TEST(talk.ask({response(200, "cn-x")}).has_value());
  BOOST_TEST(talk.token_sent(2) == "tok");
  talk.now += 1s;
  BOOST_TEST(talk.ask({response(200, "new"), response(200, "cn-x")}).has_value());
  BOOST_TEST(talk.token_sent(4) == "new");
}

BOOST_AUTO_TEST_CASE(a_kept_token_that_is_refused_is_replaced_once) {
  conversation talk;
  talk.token = {secret("old"), 24h};
  BOOST_TEST(
      talk.ask({response(401, ""), response(200, "new"), response(200, "cn-x")}).has_value());
  BOOST_TEST(talk.token_sent(0) == "old");
  BOOST_TEST(talk.token_sent(2) == "new");
  const auto refused = talk.ask({response(403, ""), response(200, "newer"), response(403, "MARK")});
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == errc::denied));
  BOOST_TEST(to_string(refused.error()).find("MARK") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(where_there_are_no_tokens_it_is_asked_without) {
  for (const int status : {403, 404, 405}) {
    conversation talk;
    BOOST_TEST(talk.ask({response(status, ""), response(200, "cn-x")}).has_value());
    BOOST_TEST(talk.sent[1].headers.empty());
  }
  conversation behind_a_hop_limit;
  BOOST_TEST(
      behind_a_hop_limit.ask({no_answer(errc::http_timeout), response(200, "cn-x")}).has_value());
}

BOOST_AUTO_TEST_CASE(hardened_mode_alone_can_be_demanded) {
  conversation talk;
  talk.policy.hardened_only = true;
  const auto refused = talk.ask({response(404, "")});
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == errc::denied));
  BOOST_TEST(refused.error().message.find("ALIBABA_CLOUD_IMDSV1_DISABLED") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(normal_mode_alone_can_be_demanded) {
  conversation with;
  with.policy.without_token = true;
  BOOST_TEST(with.ask({response(200, "cn-beijing")}).value().reveal() == "cn-beijing");
  BOOST_TEST(with.token_sent(0).empty());
  const auto refused = with.ask({response(403, "")});
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == errc::denied));
  BOOST_TEST(refused.error().message.find("IMDSV2_DISABLED") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_causes_of_no_answer_are_distinguished) {
  const auto told = [](std::vector<result<http_response>> answers) {
    conversation talk;
    const auto told_of = talk.ask(std::move(answers));
    BOOST_REQUIRE(!told_of);
    return std::string{to_string(told_of.error().code)} + ": " + told_of.error().message;
  };
  const auto starts = [&](std::vector<result<http_response>> answers, const std::string& with,
                          const std::string& holds) {
    const auto text = told(std::move(answers));
    BOOST_TEST(text.starts_with(with), text);
    BOOST_TEST(text.find(holds) != std::string::npos, text);
  };
  starts({no_answer(errc::connect_failed)}, "unavailable", "this is no ECS instance");
  starts({no_answer(errc::http_timeout), no_answer(errc::http_timeout)}, "unavailable",
         "no metadata service");
  starts({response(403, ""), response(403, "")}, "unavailable", "HttpEndpoint");
  starts({response(404, ""), response(403, "")}, "denied", "HttpTokens");
  starts({no_answer(errc::http_timeout), response(403, "")}, "denied", "HttpPutResponseHopLimit");
  starts({response(200, "tok"), response(404, "")}, "not_found", "does not know it");
  starts({response(200, "tok"), response(500, "")}, "service_failed", "failed");
}

BOOST_AUTO_TEST_CASE(a_service_that_is_switched_off_is_not_asked) {
  conversation talk;
  talk.policy.disabled = true;
  const auto refused = talk.ask({});
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(credentials_of_a_role_are_read) {
  const auto session = read_role_credentials(secret(credentials_text()), before);
  BOOST_REQUIRE(session.has_value());
  BOOST_TEST(session->access_key_id == "STS.k");
  BOOST_TEST(session->access_key_secret.reveal() == "MARKsecret");
  BOOST_TEST(session->security_token.reveal() == "MARKtoken");
  BOOST_TEST((session->expires_at == end));
}

BOOST_AUTO_TEST_CASE(credentials_that_do_not_serve_are_refused_without_being_shown) {
  const auto refused = [](const std::string& text) {
    const auto session = read_role_credentials(secret(text), end);
    BOOST_REQUIRE(!session);
    BOOST_TEST(to_string(session.error()).find("MARK") == std::string::npos);
    return to_string(session.error());
  };
  BOOST_TEST(refused(credentials_text()) ==
             "metadata credentials: credentials_bad: what the metadata service gives expired at "
             "2026-01-02T09:04:05Z");
  BOOST_TEST(refused(credentials_text("AssumeRoleUnauthorized"))
                 .starts_with("metadata credentials: AssumeRoleUnauthorized"));
  BOOST_TEST(refused(credentials_text("Success", "soon")).ends_with("Expiration is not a time"));
  BOOST_TEST(refused("<html>MARK").starts_with("metadata credentials: malformed_answer"));
  BOOST_TEST(refused(R"({"Code":"Success"})").ends_with("AccessKeyId is missing"));
}
