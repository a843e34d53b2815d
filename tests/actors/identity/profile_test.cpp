#define BOOST_TEST_MODULE profile
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/identity/profile.hpp"
#include "actors/identity/source.hpp"
#include "actors/identity/static_key.hpp"
#include "tests/support/actor_end.hpp"
#include "tests/support/actor_fixture.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

struct profile_fixture : actor_fixture {
  profile_fixture() {
    std::string name = (std::filesystem::temp_directory_path() / "profile.XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
    folder = name;
  }
  profile_fixture(const profile_fixture&) = delete;
  profile_fixture& operator=(const profile_fixture&) = delete;
  ~profile_fixture() { std::filesystem::remove_all(folder); }

  void write(const std::string& file, const std::string& text) const {
    std::ofstream{folder / file} << text;
  }
  static std::string tool(const std::string& key, const std::string& name = "default") {
    return R"({"profiles":[{"name":")" + name + R"(","mode":"AK","access_key_id":")" + key +
           R"(","access_key_secret":"s"}]})";
  }
  static std::string ini(const std::string& key, const std::string& name = "default") {
    return "[" + name + "]\ntype=access_key\naccess_key_id=" + key + "\naccess_key_secret=s\n";
  }

  identity_source start(const std::string& name = "") {
    profile_deps deps;
    deps.files = {{aliyun::profile_format::tool, (folder / "config.json").string()},
                  {aliyun::profile_format::ini, (folder / "credentials").string()}};
    deps.profile = name;
    deps.environment = [](const char*) { return std::string{}; };
    deps.make = [this](const aliyun::profile& what) {
      made.push_back(what);
      // Tracked: a reference is left, so that it ends only if somebody ends it.
      return std::vector{silent ? track(system.spawn(fake_silence, this))
                                : spawn_static_key(system, what.key)};
    };
    deps.log =
        logger{[this](const log_record& r) { events.emplace_back(r.event); }, log_level::info};
    return track(spawn_profile(system, std::move(deps)));
  }

  struct silence_state {
    waiting_callers waiting;
  };
  /// Has not got its answer yet; like every source, it answers those who wait when it ends.
  static identity_source::behavior_type
  fake_silence(identity_source::stateful_pointer<silence_state> self, profile_fixture*) {
    return {[self](const obtain_credentials& m) -> caf::result<credentials_obtained> {
      auto promise = self->make_response_promise<credentials_obtained>();
      self->state.waiting.add(promise, m.asked);
      return promise;
    }};
  }

  result<aliyun::credentials> obtain(const identity_source& source, bool refused = false) {
    const auto answer = ask<credentials_obtained>(source, obtain_credentials{0min, refused});
    BOOST_REQUIRE(answer.has_value());
    return answer->value;
  }
  std::string key(const identity_source& source) { return obtain(source).value().access_key_id; }

  std::filesystem::path folder;
  std::vector<aliyun::profile> made;
  std::vector<std::string> events;
  bool silent = false;
};

using names = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(profile_suite, profile_fixture)

BOOST_AUTO_TEST_CASE(without_a_file_there_is_none_until_one_appears) {
  const auto source = start();
  const auto none = obtain(source);
  BOOST_REQUIRE(!none);
  BOOST_TEST((none.error().code == errc::unavailable));
  for (const auto* file : {"config.json: there is no such file", "credentials: there is no such"})
    BOOST_TEST(none.error().message.find(file) != std::string::npos, none.error().message);
  write("credentials", ini("LTAI1"));
  BOOST_TEST(key(source) == "LTAI1");
}

BOOST_AUTO_TEST_CASE(the_first_file_that_has_the_profile_counts) {
  write("config.json", tool("LTAItool"));
  write("credentials", ini("LTAIini") + ini("LTAIdev", "dev"));
  BOOST_TEST(key(start()) == "LTAItool");
  BOOST_TEST(key(start("dev")) == "LTAIdev");
}

BOOST_AUTO_TEST_CASE(a_profile_that_cannot_be_used_is_not_replaced_by_that_of_another_file) {
  write("config.json", R"({"profiles":[{"name":"default","mode":"CloudSSO"}]})");
  write("credentials", ini("LTAIini"));
  const auto refused = obtain(start());
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == errc::config_bad));
  BOOST_TEST(refused.error().message.find("config.json: the profile default") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(sources_are_kept_while_the_profile_says_the_same) {
  write("config.json", tool("LTAI1"));
  const auto source = start();
  key(source);
  write("config.json", tool("LTAI1") + "\n\n");
  key(source);
  BOOST_TEST(made.size() == 1U);
  BOOST_TEST(events == names{"profile_read"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_changed_profile_is_used_at_the_next_question) {
  write("config.json", tool("LTAI1"));
  const auto source = start();
  key(source);
  write("config.json", tool("LTAI2"));
  BOOST_TEST(key(source) == "LTAI2");
  BOOST_TEST((events == names{"profile_read", "profile_changed"}));
}

BOOST_AUTO_TEST_CASE(a_file_that_became_bad_leaves_what_was_good_in_use_until_it_is_refused) {
  write("config.json", tool("LTAI1"));
  const auto source = start();
  key(source);
  write("config.json", "{");
  BOOST_TEST(key(source) == "LTAI1");
  BOOST_TEST(key(source) == "LTAI1");
  BOOST_TEST((events == names{"profile_read", "profile_bad"})); // told once
  BOOST_TEST((obtain(source, true).error().code == errc::config_bad));
  BOOST_TEST((obtain(source).error().code == errc::config_bad));
}

BOOST_AUTO_TEST_CASE(a_file_that_was_removed_takes_its_profile_along) {
  write("config.json", tool("LTAI1"));
  const auto source = start();
  key(source);
  std::filesystem::remove(folder / "config.json");
  BOOST_TEST((obtain(source).error().code == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(a_caller_that_waits_for_what_was_replaced_is_answered) {
  write("config.json", tool("LTAI1"));
  silent = true;
  const auto source = start();
  std::optional<credentials_obtained> told;
  system.spawn(
      [&told](caf::event_based_actor* self, const identity_source& whom) {
        self->request(whom, 60min, obtain_credentials{})
            .then([&told](const credentials_obtained& m) { told = m; }, [](caf::error&) {});
      },
      source);
  drain();
  BOOST_TEST(!told.has_value());
  silent = false;
  write("config.json", tool("LTAI2"));
  BOOST_TEST(key(source) == "LTAI2");
  BOOST_REQUIRE(told.has_value());
  BOOST_TEST((told->value.error().code == errc::actor_down));
}

BOOST_AUTO_TEST_CASE(it_ends_with_what_it_is_made_of) {
  write("config.json", tool("LTAI1"));
  std::vector<identity_source> inner;
  profile_deps deps;
  deps.files = {{aliyun::profile_format::tool, (folder / "config.json").string()}};
  deps.environment = [](const char*) { return std::string{}; };
  deps.make = [&](const aliyun::profile& what) {
    inner.push_back(spawn_static_key(system, what.key));
    return inner;
  };
  const auto source = track(spawn_profile(system, std::move(deps)));
  key(source);
  BOOST_TEST(!has_ended(source));
  kill(inner.at(0));
  BOOST_TEST(has_ended(source));
}

BOOST_AUTO_TEST_SUITE_END()
