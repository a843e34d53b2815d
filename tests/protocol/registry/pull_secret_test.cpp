#define BOOST_TEST_MODULE pull_secret
#include <boost/test/unit_test.hpp>

#include "protocol/base64.hpp"
#include "protocol/registry/pull_secret.hpp"

using namespace acr;
using namespace acr::registry;
using state = pull_secret::state;

namespace {

pull_secret of(std::string_view document, std::string_view type = "kubernetes.io/dockerconfigjson",
               const char* key = ".dockerconfigjson") {
  std::map<std::string, secret_string> data;
  data.emplace(key, secret_string{document});
  return read_pull_secret("mine", type, data);
}

state is(std::string_view document) { return of(document).is; }

} // namespace

BOOST_AUTO_TEST_CASE(what_a_kubelet_refuses_is_broken_and_what_it_passes_over_is_not) {
  for (const auto* broken : {R"({"auths":[]})", R"({"auths":"x"})", "[]", "7", "{",
                             R"({"auths":{"a":1}})", R"({"auths":{"a":{"auth":"***"}}})",
                             R"({"auths":{"a":{"auth":7}}})", R"({"auths":{"a":{"username":7}}})"})
    BOOST_TEST((is(broken) == state::broken), broken);
  BOOST_TEST(
      (is(R"({"auths":{"a":{"auth":")" + encode_base64("nocolon") + R"("}}})") == state::broken));
  for (const auto* good : {"{}", "null", R"({"auths":null})", R"({"auths":{}})",
                           R"({"auths":{"a":null,"b":{}}})", R"({"auths":{"a":{"auth":null}}})"})
    BOOST_TEST((is(good) == state::usable), good);
  BOOST_TEST((is("") == state::ignored));
  BOOST_TEST((of("[]", "Opaque").is == state::ignored));
  BOOST_TEST((read_pull_secret("x", "kubernetes.io/dockerconfigjson", {}).is == state::ignored));
}

BOOST_AUTO_TEST_CASE(users_and_passwords_are_read_from_either_form_and_never_repeated) {
  const auto one =
      of(R"({"auths":{"https://a.example/v1/":{"username":"u","password":"marker"}}})");
  BOOST_REQUIRE_EQUAL(one.entries.size(), 1U);
  BOOST_TEST(one.entries[0].host == "a.example");
  BOOST_TEST(one.entries[0].path == "");
  BOOST_TEST(one.entries[0].user == "u");
  const auto old =
      of(R"({"b.example/team":{"auth":"dTpw"}})", "kubernetes.io/dockercfg", ".dockercfg");
  BOOST_REQUIRE_EQUAL(old.entries.size(), 1U);
  BOOST_TEST(old.entries[0].path == "team");
  BOOST_TEST(old.entries[0].user == "u");
  BOOST_TEST(old.entries[0].password.reveal() == "p");
  BOOST_TEST((is(R"({"auths":{"a":{"auth":"dTo"}}})") == state::usable)); // without its padding
}

BOOST_AUTO_TEST_CASE(an_entry_with_a_path_is_for_what_begins_with_it) {
  const auto entry = of(R"({"auths":{"b.example/team":{}}})").entries.at(0);
  BOOST_TEST(image_matches(entry, "b.example/team/web:1"));
  BOOST_TEST(!image_matches(entry, "b.example/other/web:1"));
  BOOST_TEST(!image_matches(entry, "a.example/team/web:1"));
  const auto hub = of(R"({"auths":{"https://index.docker.io/v1/":{}}})").entries.at(0);
  BOOST_TEST(image_matches(hub, "nginx"));
}
