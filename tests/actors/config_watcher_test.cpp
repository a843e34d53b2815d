#define BOOST_TEST_MODULE config_watcher
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

#include <boost/json/serialize.hpp>
#include <caf/scoped_actor.hpp>
#include <unistd.h>

#include "actors/config_watcher.hpp"
#include "config/model.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_api.hpp"

using namespace acr;
using namespace acr::testing;
using namespace std::chrono_literals;

namespace {

using configuration = std::shared_ptr<const config::configuration>;

std::string event(const std::string& type, const std::string& info, int version = 5,
                  const std::string& wish = "") {
  boost::json::object annotations;
  if (!wish.empty())
    annotations[renewal_annotation] = wish;
  const boost::json::value object{{"type", type},
                                  {"object",
                                   {{"metadata",
                                     {{"name", "acr-configuration"},
                                      {"namespace", "kube-system"},
                                      {"annotations", annotations},
                                      {"resourceVersion", std::to_string(version)}}},
                                    {"data", {{"acr-registry-info", info}}}}}};
  return boost::json::serialize(object);
}

struct heard {
  std::vector<configuration>* told;
  std::vector<renewal_request>* renewals;
};

config_sink::behavior_type collector(config_sink::pointer, heard into) {
  return {[into](const config_changed& m) { into.told->push_back(m.value); },
          [into](const renewal_wanted& m) { into.renewals->push_back(m.request); }};
}

struct watcher_fixture : actor_fixture {
  watcher_fixture() {
    api.on_list = [this](const std::string&) { return existing; };
    deps.api = track(system.spawn(fake_api, &api));
    deps.config_map = {"kube-system", "acr-configuration"};
    deps.sink = track(system.spawn(collector, heard{&told, &renewals}));
    deps.log = logger{
        [this](const log_record& r) { lines.push_back(format_line(r, now(), log_format::text)); },
        log_level::info};
  }

  void start() { track(spawn_config_watcher(system, deps)); }

  void emit(const std::string& line) {
    api.emit("configmaps", line);
    drain();
  }

  std::size_t logged(const std::string& text) const {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
          return line.find(text) != std::string::npos;
        }));
  }

  api_script api;
  config_watcher_deps deps;
  std::vector<std::string> existing;
  std::vector<configuration> told;
  std::vector<renewal_request> renewals;
  std::vector<std::string> lines;
};

const std::string good = "- instanceId: cri-1\n";
const std::string better = "- instanceId: cri-2\n";
const std::string bad = "- instanceId: cri-1\n  domains: \"a\",\"b\"\n";

} // namespace

BOOST_FIXTURE_TEST_SUITE(config_watcher_suite, watcher_fixture)

BOOST_AUTO_TEST_CASE(watches_the_one_config_map_and_tells_what_it_says) {
  existing = {event("ADDED", good)};
  start();
  BOOST_REQUIRE_EQUAL(api.streams.size(), 1U);
  BOOST_TEST(api.streams[0].request.url.find("/namespaces/kube-system/configmaps") !=
             std::string::npos);
  BOOST_REQUIRE_EQUAL(told.size(), 1U);
  BOOST_TEST(told[0]->instances.at(0).instance_id == "cri-1");
  BOOST_TEST(logged("config_accepted") == 1U);
}

BOOST_AUTO_TEST_CASE(a_change_is_reported_and_the_same_content_is_not) {
  existing = {event("ADDED", good)};
  start();
  emit(event("MODIFIED", good, 6));
  BOOST_TEST(told.size() == 1U);
  emit(event("MODIFIED", better, 7));
  BOOST_REQUIRE_EQUAL(told.size(), 2U);
  BOOST_TEST(told[1]->instances.at(0).instance_id == "cri-2");
}

BOOST_AUTO_TEST_CASE(a_renewal_request_is_passed_on_once_and_not_if_it_was_there_before) {
  existing = {event("ADDED", good, 5, "old cri-1")};
  start();
  emit(event("MODIFIED", better, 6, "old cri-1"));
  BOOST_TEST(renewals.empty());
  emit(event("MODIFIED", better, 7, "new cri-1"));
  emit(event("MODIFIED", good, 8, "new cri-1"));
  BOOST_REQUIRE_EQUAL(renewals.size(), 1U);
  BOOST_TEST((renewals[0] == renewal_request{"new", "cri-1"}));
  emit(event("MODIFIED", good, 9, "later"));
  BOOST_REQUIRE_EQUAL(renewals.size(), 2U);
  BOOST_TEST((renewals[1] == renewal_request{"later", ""}));
  emit(event("MODIFIED", good, 10, "\"no wish\n"));
  emit(event("MODIFIED", good, 11));
  BOOST_TEST(renewals.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_successor_knows_what_its_predecessor_sent) {
  std::vector<configuration_read> read;
  deps.in_force = std::make_shared<configuration>();
  deps.report = reporter{[&read](const fact& what) {
    if (const auto* one = std::get_if<configuration_read>(&what))
      read.push_back(*one);
  }};
  existing = {event("ADDED", good)};
  const auto first = track(spawn_config_watcher(system, deps));
  BOOST_REQUIRE_EQUAL(told.size(), 1U);
  kill(first);
  for (const auto& now : {std::vector{event("ADDED", bad)}, std::vector<std::string>{}}) {
    existing = now;
    read.clear();
    const auto next = track(spawn_config_watcher(system, deps));
    BOOST_REQUIRE_EQUAL(read.size(), 1U);
    BOOST_TEST((read[0].verdict != configuration_verdict::accepted));
    BOOST_TEST(read[0].in_force);
    kill(next);
  }
  BOOST_TEST(logged("the last good one stays") == 2U);
  BOOST_TEST(told.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_bad_one_replaces_nothing_and_is_reported_once_with_line_and_column) {
  existing = {event("ADDED", good)};
  start();
  emit(event("MODIFIED", bad, 6));
  emit(event("MODIFIED", bad, 7));
  BOOST_TEST(told.size() == 1U);
  BOOST_TEST(logged("line=2 column=") == 1U);
  BOOST_TEST(logged("\"this cannot be used: ") == 1U);
  BOOST_TEST(logged("the last good one stays") == 1U);
  emit(event("MODIFIED", good, 8)); // fixed
  BOOST_TEST(logged("config_accepted") == 2U);
  BOOST_TEST(told.size() == 1U); // it is the one that is in force
}

BOOST_AUTO_TEST_CASE(another_text_of_the_same_meaning_is_accepted_and_changes_nothing) {
  existing = {event("ADDED", good)};
  start();
  emit(event("MODIFIED", "# a comment\n" + good, 6));
  BOOST_TEST(logged("config_accepted") == 2U);
  BOOST_TEST(told.size() == 1U);
}

BOOST_AUTO_TEST_CASE(one_bad_entry_is_reported_and_the_others_are_sent) {
  existing = {event("ADDED", good + "- instanceId: nonsense\n")};
  start();
  BOOST_REQUIRE_EQUAL(told.size(), 1U);
  BOOST_TEST(told[0]->instances.size() == 1U);
  BOOST_TEST(logged("config_problem") == 1U);
  BOOST_TEST(logged("key=acr-registry-info[1].instanceId line=2 column=15") == 1U);
  BOOST_TEST(logged("\"this entry is left out: ") == 1U);
}

BOOST_AUTO_TEST_CASE(a_list_that_no_longer_has_the_config_map_replaces_nothing) {
  existing = {event("ADDED", good)};
  start();
  existing.clear();
  emit(R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}})");
  advance(60s);
  BOOST_TEST(told.size() == 1U);
  BOOST_TEST(logged("config_missing") == 1U);
  emit(event("ADDED", good, 9));
  BOOST_TEST(logged("config_accepted") == 2U);
  BOOST_TEST(told.size() == 1U);
}

BOOST_AUTO_TEST_CASE(without_a_config_map_it_says_so_and_waits) {
  start();
  BOOST_TEST(told.empty());
  BOOST_TEST(logged("config_missing") == 1U);
  emit(event("ADDED", good));
  BOOST_TEST(told.size() == 1U);
}

BOOST_AUTO_TEST_CASE(when_the_config_map_is_deleted_the_last_good_one_stays) {
  existing = {event("ADDED", good)};
  start();
  emit(event("DELETED", good, 6));
  BOOST_TEST(told.size() == 1U);
  BOOST_TEST(logged("config_missing") == 1U);
  emit(event("ADDED", better, 7));
  BOOST_TEST(told.size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_emptied_config_map_does_not_replace_a_good_one) {
  existing = {event("ADDED", good)};
  start();
  emit(R"({"type":"MODIFIED","object":{"metadata":{"name":"acr-configuration",)"
       R"("namespace":"kube-system","resourceVersion":"6"}}})");
  BOOST_TEST(told.size() == 1U);
  BOOST_TEST(logged("config_missing") == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_file_is_read_again_when_it_is_replaced) {
  // A real file and its thread: no deterministic scheduler here.
  const auto folder =
      std::filesystem::temp_directory_path() / ("acr-config-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const auto file = folder / "acr.yaml";
  std::ofstream{file} << "acr-registry-info:\n- instanceId: cri-1\n";
  {
    caf::actor_system_config settings;
    caf::actor_system system{settings};
    caf::scoped_actor self{system};
    config_watcher_deps deps;
    deps.file = file.string();
    deps.sink = system.spawn(
        [](config_sink::pointer, const caf::actor& to) -> config_sink::behavior_type {
          return {[to](const config_changed& m) {
                    caf::anon_send(to, m.value->instances.at(0).instance_id);
                  },
                  [](const renewal_wanted&) {}};
        },
        caf::actor_cast<caf::actor>(self));
    deps.log = logger{[to = caf::actor_cast<caf::actor>(self)](const log_record& r) {
                        caf::anon_send(to, std::string{r.event});
                      },
                      log_level::warning};
    const auto watcher = spawn_config_watcher(system, deps);
    std::string seen;
    const auto next = [&] {
      self->receive([&](const std::string& id) { seen = id; },
                    caf::after(std::chrono::seconds{30}) >> [&] { seen = "nothing"; });
      return seen;
    };
    BOOST_TEST(next() == "cri-1");
    std::ofstream{folder / "new"} << "acr-registry-info:\n- instanceId: cri-2\n";
    std::filesystem::rename(folder / "new", file);
    BOOST_TEST(next() == "cri-2");
    std::ofstream{file}.flush(); // emptied
    BOOST_TEST(next() == "config_missing");
    std::ofstream{file} << "acr-registry-info:\n- instanceId: cri-3\n";
    BOOST_TEST(next() == "cri-3");
    caf::anon_send_exit(watcher, caf::exit_reason::kill);
    caf::anon_send_exit(deps.sink, caf::exit_reason::kill);
  }
  std::filesystem::remove_all(folder);
}
