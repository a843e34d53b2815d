#define BOOST_TEST_MODULE secret_writer_roles
#include <boost/test/unit_test.hpp>

#include "tests/support/writer_fixture.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

/// Only Roles in single namespaces allow to watch and write.
struct writer_with_roles : writer_fixture {
  writer_with_roles() {
    api.on_open = [this](const std::string& url) { return may(url) ? 0 : 403; };
    api.on_call = [this](const http_request& m) -> std::optional<http_response> {
      if (m.method == "GET" && m.url.find("/secrets") != std::string::npos && !may(m.url))
        return http_response{403, {}, {}};
      return answer(m);
    };
    start();
    tell(expect_instances{{{"a", {}}}, ""});
  }

  bool may(const std::string& url) const {
    return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& ns) {
      return url.find(ns.empty() ? "/secrets" : "/namespaces/" + ns + "/secrets") !=
             std::string::npos;
    });
  }

  void select(std::vector<std::string> names) {
    tell(select_scope{{names.empty(), std::move(names)}, {true, {}}});
  }

  std::size_t watched(const std::string& ns) const {
    return static_cast<std::size_t>(
        std::count_if(api.streams.begin(), api.streams.end(), [&](const auto& stream) {
          return stream.request.url.find("/namespaces/" + ns + "/secrets") != std::string::npos;
        }));
  }

  std::vector<std::string> allowed{"team-0", "team-1"};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(with_roles_only, writer_with_roles)

BOOST_AUTO_TEST_CASE(a_list_of_namespaces_is_watched_and_served_one_by_one) {
  select({"team-0", "team-1"});
  BOOST_TEST(api.streams.size() == 8U);
  issue();
  serve(2);
  BOOST_TEST(logged("namespace_served") == 2U);
  BOOST_TEST(logged("WARNING watch_failed") == 0U);
}

BOOST_AUTO_TEST_CASE(it_does_not_matter_whether_the_refusal_or_the_list_comes_first) {
  select({}); // it is known by now that all namespaces may not be watched
  BOOST_TEST(logged("WARNING watch_failed") == 1U);
  select({"team-0"});
  BOOST_TEST(watched("team-0") == 4U);
  BOOST_TEST(logged("WARNING watch_failed") == 1U);
}

BOOST_AUTO_TEST_CASE(a_namespace_without_a_role_delays_no_other_and_nothing_is_written_blindly) {
  select({"team-0", "team-1", "team-2"});
  issue();
  serve(3);
  BOOST_TEST(logged("namespace_served") == 2U);
  BOOST_TEST(api.count("PATCH", "/namespaces/team-2/") == 0U);
  allowed.emplace_back("team-2");
  advance(2min);
  BOOST_TEST(logged("namespace_served") == 3U);
}

BOOST_AUTO_TEST_CASE(watches_follow_the_list) {
  select({"team-0"});
  select({"team-1"});
  BOOST_TEST(watched("team-1") == 4U);
  select({"team-0", "team-1"});
  BOOST_TEST(watched("team-1") == 4U);
  BOOST_TEST(watched("team-0") == 8U); // begun anew: the script counts all that ever were
}

BOOST_AUTO_TEST_CASE(all_namespaces_are_never_watched_one_by_one) {
  select({});
  issue();
  serve(2);
  advance(1min);
  BOOST_TEST(api.streams.empty());
  BOOST_TEST(api.count("PATCH") == 0U);
  allowed.emplace_back(""); // everywhere
  advance(2min);
  BOOST_TEST(api.streams.size() == 4U);
  BOOST_TEST(logged("namespace_served") == 2U);
}

BOOST_AUTO_TEST_CASE(a_foreign_secret_is_left_alone_there_too) {
  api.on_list = [](const std::string& url) -> std::vector<std::string> {
    if (url.find("aggregation-") != std::string::npos ||
        url.find("/namespaces/team-0/") == std::string::npos)
      return {};
    return {R"({"type":"ADDED","object":{"metadata":{"name":)"
            R"("acr-credential-secret-aggregation","namespace":"team-0","uid":"u",)"
            R"("resourceVersion":"50"},"type":"Opaque"}})"};
  };
  select({"team-0", "team-1"});
  issue();
  serve(2);
  BOOST_TEST(api.count("PATCH", "/namespaces/team-0/") == 0U);
  BOOST_TEST(logged("secret_foreign") == 1U);
  BOOST_TEST(logged("namespace_served") == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_CASE(where_it_is_allowed_a_list_is_watched_as_a_whole, started_writer) {
  tell(select_scope{{false, {"team-0"}}, {true, {}}});
  BOOST_TEST(api.streams.size() == 4U);
}
