#define BOOST_TEST_MODULE pull
#include <boost/test/unit_test.hpp>

#include <map>

#include "protocol/registry/pull.hpp"

using namespace acr;
using namespace acr::registry;

namespace {

const image_name web{"a.example", "team/web", "1"};

http_response answer(int status, std::string_view body = "") {
  return {status, {}, secret_string{body}};
}

} // namespace

BOOST_AUTO_TEST_CASE(names_of_images_are_taken_apart) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const std::map<std::string, image_name> table{
      {"a.example/team/web:1", web},
      {"a.example/team/web", {"a.example", "team/web", "latest"}},
      {"a.example:5000/web:1", {"a.example:5000", "web", "1"}},
      {"localhost/web", {"localhost", "web", "latest"}},
      {"a.example/web@" + digest, {"a.example", "web", digest}},
      {"a.example/web:1@" + digest, {"a.example", "web", digest}},
      {"nginx", {"docker.io", "library/nginx", "latest"}},
      {"nginx:1.27", {"docker.io", "library/nginx", "1.27"}},
      {"docker.io/nginx", {"docker.io", "library/nginx", "latest"}},
      {"team/web", {"docker.io", "team/web", "latest"}},
  };
  for (const auto& [text, wanted] : table) {
    const auto found = parse_image(text);
    BOOST_TEST_REQUIRE(!!found, text);
    BOOST_TEST((*found == wanted), text);
  }
}

BOOST_AUTO_TEST_CASE(what_no_image_can_be_called_is_refused) {
  for (const auto* text : {"", "a.example/", "a.example/x:", "a.example/x y", "a.example/x?y=1",
                           "a.example/x:1:2", "a.example/%2e"}) {
    const auto found = parse_image(text);
    BOOST_TEST_REQUIRE(!found, text);
    BOOST_TEST((found.error().code == errc::parameter_bad), text);
  }
}

BOOST_AUTO_TEST_CASE(a_token_is_asked_for_this_repository) {
  const login_challenge to{false, "https://auth.example/auth", "reg"};
  const auto request =
      login(to, "a.example", "user", secret_string{std::string_view{"pw"}}, pull_scope(web));
  BOOST_TEST(request.url == "https://auth.example/auth?account=user&service=reg&scope="
                            "repository%3Ateam%2Fweb%3Apull");
}

BOOST_AUTO_TEST_CASE(the_token_becomes_a_header) {
  for (const auto* body : {R"({"token":"t1"})", R"({"access_token":"t1"})",
                           R"({"token":"t1","access_token":"other"})"}) {
    const auto token = read_token(answer(200, body), web);
    BOOST_TEST_REQUIRE(!!token, body);
    BOOST_TEST((*token == http_header{"Authorization", "Bearer t1"}), body);
  }
}

BOOST_AUTO_TEST_CASE(no_token_is_reported_with_its_cause) {
  BOOST_TEST(read_token(answer(401), web).error().cause_id == "login_refused");
  BOOST_TEST(read_token(answer(403), web).error().cause_id == "registry_denies");
  BOOST_TEST(pull_denied(web, answer(403)).cause_id == "pull_denied");
  BOOST_TEST((read_token(answer(500), web).error().code == errc::service_failed));
  for (const auto* body : {"", "{}", R"({"token":""})", R"({"token":7})", R"({"token":"a\nb"})"})
    BOOST_TEST(read_token(answer(200, body), web).error().cause_id == "no_registry", body);
}

BOOST_AUTO_TEST_CASE(the_manifest_is_asked_for_with_what_the_login_gave) {
  const auto request = manifest(web, {{"Authorization", "Bearer t"}});
  BOOST_TEST(request.url == "https://a.example/v2/team/web/manifests/1");
  BOOST_TEST(find_header(request.headers, "Authorization") == "Bearer t");
  BOOST_TEST(find_header(request.headers, "Accept").find("oci.image.index") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_answer_tells_whether_it_would_be_pulled) {
  BOOST_TEST(!read_manifest(answer(200), web));
  const std::map<int, std::string> causes{
      {401, "pull_denied"}, {403, "pull_denied"}, {404, "no_such_image"}, {429, ""}, {500, ""}};
  for (const auto& [status, cause] : causes) {
    const auto reason = read_manifest(answer(status), web);
    BOOST_TEST_REQUIRE(!!reason, status);
    BOOST_TEST(reason->cause_id == cause, status);
    BOOST_TEST(reason->status == status);
  }
  BOOST_TEST(read_manifest(answer(404), web)->cause ==
             "there is no a.example/team/web:1, or it is not shown to this user");
}
