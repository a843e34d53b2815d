#define BOOST_TEST_MODULE managed_role
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "actors/identity/managed_role.hpp"
#include "tests/support/actor_fixture.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

// Values made with the keyring 0123456789abcdef: "STS.sim-ak" and "exactly16bytes!!".
constexpr auto key_one = "AAECAwQFBgcICQoLDA0ODxKbrsMLkU8zWmTZzYKCXcg=";
constexpr auto key_two = "AAECAwQFBgcICQoLDA0ODwCSFN/mVr5ij/xlE7dhcmrjA4SGuYlug+i1k5kEICbu";

struct managed_fixture : actor_fixture {
  managed_fixture() {
    std::string name = (std::filesystem::temp_directory_path() / "managed_role.XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
    folder = name;
  }
  managed_fixture(const managed_fixture&) = delete;
  managed_fixture& operator=(const managed_fixture&) = delete;
  ~managed_fixture() { std::filesystem::remove_all(folder); }

  void write(const std::string& text) const { std::ofstream{folder / "token-config"} << text; }

  static std::string token(const char* key, wall_time ends) {
    return R"({"keyring":"0123456789abcdef","access.key.id":")" + std::string{key} +
           R"(","access.key.secret":")" + key + R"(","security.token":")" + key +
           R"(","expiration":")" + to_rfc3339(ends) + R"("})";
  }

  identity_source start() {
    managed_role_deps deps;
    deps.file = (folder / "token-config").string();
    deps.wall = wall();
    deps.service_ahead = [this] { return service_ahead; };
    deps.watch = false; // its thread has no place under the deterministic scheduler
    return track(spawn_managed_role(system, std::move(deps)));
  }

  result<aliyun::credentials> obtain(const identity_source& source, bool refused = false) {
    const auto answer = ask<credentials_obtained>(source, obtain_credentials{0min, refused});
    BOOST_REQUIRE(answer.has_value());
    return answer->value;
  }

  std::filesystem::path folder;
  std::chrono::milliseconds service_ahead{0};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(managed_role_suite, managed_fixture)

BOOST_AUTO_TEST_CASE(without_the_file_there_is_no_managed_role_until_it_appears) {
  const auto source = start();
  const auto none = obtain(source);
  BOOST_REQUIRE(!none);
  BOOST_TEST((none.error().code == errc::unavailable));
  write(token(key_one, now() + 1h));
  BOOST_TEST(obtain(source).value().access_key_id == "STS.sim-ak");
}

BOOST_AUTO_TEST_CASE(a_token_that_was_rotated_is_given_at_the_next_question) {
  write(token(key_one, now() + 1h));
  const auto source = start();
  obtain(source);
  write(token(key_two, now() + 8h));
  const auto session = obtain(source);
  BOOST_REQUIRE(session.has_value());
  BOOST_TEST(session->access_key_id == "exactly16bytes!!");
  BOOST_TEST((session->expires_at == now() + 8h));
}

BOOST_AUTO_TEST_CASE(a_half_written_file_leaves_the_last_good_token_in_use_while_it_lives) {
  const auto good = token(key_one, now() + 1h);
  write(good);
  const auto source = start();
  obtain(source);
  write(good.substr(0, 60));
  BOOST_TEST(obtain(source).value().access_key_id == "STS.sim-ak");
  advance(1h);
  BOOST_TEST((obtain(source).error().code == errc::malformed_answer));
}

BOOST_AUTO_TEST_CASE(what_was_refused_is_not_given_in_place_of_a_bad_file) {
  write(token(key_one, now() + 1h));
  const auto source = start();
  obtain(source);
  write("garbage");
  BOOST_TEST((obtain(source, true).error().code == errc::malformed_answer));
}

BOOST_AUTO_TEST_CASE(what_the_control_plane_says_is_handed_on) {
  write(R"({"error":{"roleName":"AliyunCSManagedAcrRole","code":"EntityNotExist.Role",)"
        R"("message":"no such role"}})");
  const auto refused = obtain(start());
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == errc::denied));
  BOOST_TEST(refused.error().service_code == "EntityNotExist.Role");
}

BOOST_AUTO_TEST_CASE(an_expired_token_is_called_expired) {
  write(token(key_one, now() + 1h));
  const auto source = start();
  obtain(source);
  advance(1h);
  const auto late = obtain(source);
  BOOST_REQUIRE(!late);
  BOOST_TEST((late.error().code == errc::credentials_bad));
}

BOOST_AUTO_TEST_CASE(a_service_whose_date_is_off_ends_no_token) {
  service_ahead = 24h * 365 * 300;
  write(token(key_one, now() + 1h));
  BOOST_TEST((obtain(start()).value().expires_at == now() + 1h));
  service_ahead = 20min; // it may be right: the earlier end counts
  BOOST_TEST((obtain(start()).value().expires_at == now() + 40min));
}

BOOST_AUTO_TEST_CASE(a_file_that_was_removed_takes_its_token_along) {
  write(token(key_one, now() + 1h));
  const auto source = start();
  obtain(source);
  std::filesystem::remove(folder / "token-config");
  BOOST_TEST((obtain(source).error().code == errc::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()
