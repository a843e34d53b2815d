#define BOOST_TEST_MODULE answers
#include <boost/test/unit_test.hpp>

#include "protocol/kubernetes/decode.hpp"

using namespace acr;
using namespace acr::kubernetes;
using namespace std::chrono_literals;

namespace {

http_response answer(int status, std::string body, std::vector<http_header> headers = {}) {
  return {status, std::move(headers), secret_string{std::move(body)}};
}

std::string status_text(int code, const std::string& reason, const std::string& more = "") {
  return R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":"it said no","reason":")" +
         reason + R"(","code":)" + std::to_string(code) + more + "}";
}

constexpr const char* terminating = R"(,"details":{"name":"s","kind":"secrets","causes":[
    {"reason":"NamespaceTerminating","message":"namespace a is being terminated"}]})";

} // namespace

BOOST_AUTO_TEST_CASE(each_status_has_its_meaning) {
  struct row {
    int status;
    errc patched;
    errc applied;
  };
  for (const auto& [status, patched, applied] :
       {row{400, errc::parameter_bad, errc::parameter_bad},
        row{401, errc::credentials_bad, errc::credentials_bad},
        row{403, errc::denied, errc::denied}, row{404, errc::not_found, errc::not_found},
        row{405, errc::rejected, errc::rejected}, row{409, errc::conflict, errc::conflict},
        row{410, errc::gone, errc::gone}, row{415, errc::rejected, errc::rejected},
        row{422, errc::conflict, errc::rejected}, row{429, errc::throttled, errc::throttled},
        row{500, errc::service_failed, errc::service_failed},
        row{503, errc::service_failed, errc::service_failed},
        row{504, errc::service_failed, errc::service_failed},
        row{302, errc::rejected, errc::rejected}}) {
    for (const auto& body : {status_text(status, "Reason"), std::string{"<html>"}, std::string{}}) {
      const auto patch = read_patched("patch", answer(status, body));
      BOOST_REQUIRE(patch.has_error());
      BOOST_TEST((patch.error().code == patched), status);
      BOOST_TEST(patch.error().status == status);
      BOOST_TEST(patch.error().step == "patch");
      BOOST_TEST(!patch.error().message.empty());
      const auto apply = read_applied("apply", answer(status, body));
      BOOST_REQUIRE(apply.has_error());
      BOOST_TEST((apply.error().code == applied), status);
      BOOST_TEST(apply.error().step == "apply");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_patch_that_admission_refuses_is_no_conflict) {
  constexpr auto causes = R"(,"details":{"name":"default","kind":"serviceaccounts","causes":[
      {"message":"ValidatingAdmissionPolicy 'p' with binding 'p' denied request: no"}]})";
  BOOST_TEST((read_patched("link", answer(422, status_text(422, "Invalid", causes))).error().code ==
              errc::rejected));
  BOOST_TEST((read_patched("link", answer(422, status_text(422, "Invalid", R"(,"details":{})")))
                  .error()
                  .code == errc::conflict));
}

BOOST_AUTO_TEST_CASE(the_servers_words_are_kept) {
  const auto reason =
      failure_of("patch service account a/default", answer(403, status_text(403, "Forbidden")));
  BOOST_TEST(to_string(reason) == "patch service account a/default: Forbidden (403): it said no");
}

BOOST_AUTO_TEST_CASE(a_terminating_namespace_is_distinguished_from_a_refusal) {
  for (const int status : {403, 409})
    BOOST_TEST(
        (failure_of("apply", answer(status, status_text(status, "Forbidden", terminating))).code ==
         errc::terminating));
}

BOOST_AUTO_TEST_CASE(a_version_from_the_future_is_like_one_that_is_too_old) {
  const auto reason = failure_of(
      "watch",
      answer(504, status_text(504, "Timeout", R"(,"details":{"retryAfterSeconds":1,"causes":[
      {"reason":"ResourceVersionTooLarge","message":"Too large resource version"}]})")));
  BOOST_TEST((reason.code == errc::gone));
}

BOOST_AUTO_TEST_CASE(the_wait_that_the_server_asks_for_is_obeyed_within_reason) {
  const auto wait = [](std::vector<http_header> headers, const std::string& more = "") {
    return failure_of("list",
                      answer(429, status_text(429, "TooManyRequests", more), std::move(headers)))
        .retry_after;
  };
  BOOST_TEST((wait({{"Retry-After", "3"}}) == 3s));
  BOOST_TEST((wait({{"retry-after", "3"}}) == 3s));
  BOOST_TEST((wait({}, R"(,"details":{"retryAfterSeconds":2})") == 2s));
  BOOST_TEST((wait({{"Retry-After", "3"}}, R"(,"details":{"retryAfterSeconds":2})") == 3s));
  BOOST_TEST((wait({{"Retry-After", "999999999"}}) == 600s));
  for (const auto* text : {"", "0", "-1", "1.5", "1 s", "soon", "99999999999999999999999"})
    BOOST_TEST(!wait({{"Retry-After", text}}), text);
  BOOST_TEST(!wait({}, R"(,"details":{"retryAfterSeconds":"2"})"));
}

BOOST_AUTO_TEST_CASE(a_message_is_cut_between_characters) {
  std::string text;
  for (int i = 0; i < 400; ++i)
    text += "\xC3\xA9";
  const auto message =
      failure_of("get", answer(404, R"({"kind":"Status","message":"x)" + text + "\"}")).message;
  BOOST_TEST(message.size() == 502U); // 499 bytes of whole characters, and "..."
  BOOST_TEST(message.substr(message.size() - 5) == "\xC3\xA9...");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_no_status_explains_nothing) {
  const auto reason = failure_of("get", answer(500, R"({"kind":"Secret","message":"marker"})"));
  BOOST_TEST(to_string(reason).find("marker") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(words_that_may_quote_our_document_are_not_kept) {
  for (const int status : {400, 415, 500, 503}) {
    const auto applied = read_applied(
        "apply",
        answer(status, R"({"kind":"Status","reason":"BadRequest","message":"marker-secret"})"));
    BOOST_REQUIRE(applied.has_error());
    BOOST_TEST(to_string(applied.error()).find("marker") == std::string::npos);
    BOOST_TEST(applied.error().service_code == "BadRequest");
  }
}

BOOST_AUTO_TEST_CASE(a_write_tells_the_new_version) {
  const std::string body =
      R"({"kind":"PartialObjectMetadata","metadata":{"name":"default","namespace":"a",
      "uid":"u","resourceVersion":"12"}})";
  for (const auto& meta :
       {read_patched("patch", answer(200, body)), read_applied("apply", answer(201, body))}) {
    BOOST_REQUIRE(meta.has_value());
    BOOST_TEST(meta->resource_version == "12");
    BOOST_TEST(meta->uid == "u");
    BOOST_TEST((meta->ref == object_ref{"a", "default"}));
  }
}

BOOST_AUTO_TEST_CASE(a_success_without_metadata_is_malformed) {
  for (const auto* body : {"", "{}", "truncated {", R"({"kind":"Status","status":"Success"})"}) {
    const auto meta = read_patched("patch", answer(200, body));
    BOOST_REQUIRE(meta.has_error());
    BOOST_TEST((meta.error().code == errc::malformed_answer));
    BOOST_TEST(meta.error().step == "patch");
    BOOST_TEST(meta.error().status == 200);
  }
}

BOOST_AUTO_TEST_CASE(deleting_what_is_gone_is_a_success) {
  BOOST_TEST(!read_deleted("delete", answer(200, "{}")));
  BOOST_TEST(!read_deleted("delete", answer(404, status_text(404, "NotFound"))));
  BOOST_TEST(
      (read_deleted("delete", answer(409, status_text(409, "Conflict")))->code == errc::conflict));
}

BOOST_AUTO_TEST_CASE(an_object_is_read_or_its_failure) {
  const auto value = read_object(object_kind::config_map, "get config map kube-system/c",
                                 answer(200, R"({"metadata":{"name":"c"},"data":{"k":"v"}})"));
  BOOST_REQUIRE(value.has_value());
  BOOST_TEST(std::get<config_map>(*value).data.at("k") == "v");
  const auto missing = read_object(object_kind::config_map, "get", answer(404, ""));
  BOOST_TEST((missing.error().code == errc::not_found));
  const auto broken = read_object(object_kind::config_map, "get", answer(200, "{"));
  BOOST_TEST((broken.error().code == errc::malformed_answer));
  BOOST_TEST(broken.error().step == "get");
}

BOOST_AUTO_TEST_CASE(a_token_is_read_with_its_expiry) {
  const auto token = read_token(
      "request token",
      answer(201, R"({"status":{"token":"a.b.c","expirationTimestamp":"2026-01-02T03:04:05Z"}})"));
  BOOST_REQUIRE(token.has_value());
  BOOST_TEST(token->token.reveal() == "a.b.c");
  BOOST_TEST(to_rfc3339(token->expires_at) == "2026-01-02T03:04:05Z");
}

BOOST_AUTO_TEST_CASE(a_token_answer_that_lacks_something_is_malformed) {
  for (const auto* body :
       {"", "{", "{}", R"({"status":{"token":"marker"}})", R"({"status":{"token":"marker",
        "expirationTimestamp":"tomorrow"}})",
        R"({"status":{"token":"","expirationTimestamp":"2026-01-02T03:04:05Z"}})",
        R"({"status":{"token":1,"expirationTimestamp":"2026-01-02T03:04:05Z"}})"}) {
    const auto token = read_token("request token", answer(201, body));
    BOOST_REQUIRE_MESSAGE(token.has_error(), body);
    BOOST_TEST((token.error().code == errc::malformed_answer));
    BOOST_TEST(to_string(token.error()).find("marker") == std::string::npos);
  }
  BOOST_TEST((read_token("request token", answer(403, "")).error().code == errc::denied));
}
