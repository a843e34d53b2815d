#define BOOST_TEST_MODULE kill_sweep
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <caf/abstract_actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_registry.hpp>
#include <caf/local_actor.hpp>

#include "tools/faultlab/invariants/actual_state.hpp"
#include "tools/faultlab/invariants/convergence.hpp"
#include "tools/faultlab/run.hpp"

// The whole helper runs one scenario again and again. Each time one actor is killed, just before or
// just after one message: every actor, at every message that it ever handles. All checkers of the
// fault lab look on, and so does one that is stricter, for nothing else is wrong here: it compares
// with the run in which nobody is killed.

using namespace acr;
using namespace acr::faultlab;
using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;

namespace {

/// Start, a wider scope, renewals, one more instance, an outage of the cloud at the next renewal,
/// broken watches, a narrower scope.
constexpr const char* story = R"(
name: kill sweep
about: everything that the helper does, in little time
seed: 7
lasts: 20m
world: {instances: 2, namespaces: 2, identity: mixed, scope: team-0, threshold: 150s, password: 600s, delay: 120ms}
timeline:
  - {at: 1m, do: configure, scope: "team-0,team-1"}
  - {at: 2m, do: add-pull-secret, namespace: team-1}
  - {at: 8m, do: configure, instances: 3}
  - {at: 13m, for: 2m, cloud: http_status, status: 503}
  - {at: 16m, api: restart}
  - {at: 18m, do: configure, scope: team-1}
)";

scenario read_story() {
  auto read = read_scenario(story, "story");
  if (!read)
    throw std::runtime_error{to_string(read.error())};
  return *read;
}

/// One message, as the undisturbed run handles it.
struct moment {
  ms at;
  std::string who; ///< "token cri-...", "acr.watcher"
};

/// What one run shows.
struct history {
  outcome result;
  std::vector<moment> messages;
  std::map<std::string, std::vector<ms>>
      calls;                               ///< By flow: those to the cloud that give something.
  std::vector<std::pair<ms, ms>> flights;  ///< When each of them began and ended.
  std::vector<std::pair<ms, bool>> served; ///< Whether all is as it should be, from then on.
  /// Ends of those that were ever in a Secret, by host.
  std::map<std::string, std::set<wall_time>> passwords;
  std::vector<std::string> wrong;
  std::string killed; ///< Whom; empty: nobody.
  std::size_t actors = 0;
  int gave_up = 0;

  /// Whether a call was under way, or its answer was just being looked at.
  bool asks_at(ms at) const {
    return std::any_of(flights.begin(), flights.end(), [at](const auto& flight) {
      return flight.first <= at && at <= flight.second + 100ms;
    });
  }

  bool served_at(ms at) const {
    const auto next = std::upper_bound(served.begin(), served.end(), at,
                                       [](ms t, const auto& item) { return t < item.first; });
    return next != served.begin() && std::prev(next)->second;
  }
};

/// A single death is made good within this: the delay of a first restart is a tenth of a second.
constexpr ms recovery = 10s;

/// Who tries again then does so at moments that chance decides.
bool outage(ms at) { return at >= 13min && at <= 15min + recovery; }

/// How many messages of one actor are tried, evenly spread: all of them, but of the gateway, the
/// Kubernetes session and the watchers, which handle a thousand each. ACR_KILL_SWEEP=all: all of
/// theirs, too.
std::size_t most_of_each() {
  const char* wish = std::getenv("ACR_KILL_SWEEP"); // NOLINT(concurrency-mt-unsafe): one thread
  if (wish && std::string_view{wish} == "all")
    return std::numeric_limits<std::size_t>::max() / 2;
#if defined(__SANITIZE_ADDRESS__)
  return 10;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  return 10;
#else
  return 140;
#endif
#else
  return 140;
#endif
}

enum class when { before, after };

class onlooker : public witness {
public:
  onlooker(history& into, std::optional<std::size_t> victim, when moment_of_death)
      : into_{into}, victim_{victim}, when_{moment_of_death} {}

  void begin(stage& world) {
    world_ = &world;
    held_.ends_of = [&world](std::string_view password) -> std::optional<wall_time> {
      const auto* known = world.cloud().find_password(password);
      return known ? std::optional{known->ends} : std::nullopt;
    };
    world.time().on(0).before_message = [this](const caf::strong_actor_ptr& who) { before(who); };
    world.time().on(0).after_message = [this](const caf::strong_actor_ptr& who) { after(who); };
  }

  void end(stage& world) {
    into_.actors = world.time().on(0).system().registry().running();
    into_.gave_up = world.helper().gave_up();
    world.time().on(0).before_message = world.time().on(0).after_message = nullptr;
    world_ = nullptr;
  }

  void changed(const change_seen& seen) override {
    held_.changed(seen);
    if (world_ && (seen.resource == "secrets" || seen.resource == "serviceaccounts"))
      look();
  }

  /// I5: one flight at a time, whoever dies on this side.
  void passed(const traffic& seen) override {
    if (seen.what == traffic::kind::arrived)
      return;
    if (seen.what == traffic::kind::sent && seen.id == 1)
      flying_.clear(); // another gateway: connections end with whoever held them
    if (seen.what != traffic::kind::sent) {
      if (const auto found = flying_.find(seen.id); found != flying_.end()) {
        into_.flights.emplace_back(found->second.since, elapsed());
        flying_.erase(found);
      }
      return;
    }
    const std::string flow{seen.flow};
    if (flow.find("GetAuthorizationToken") == std::string::npos &&
        flow.find("AssumeRole") == std::string::npos)
      return;
    into_.calls[flow].push_back(elapsed());
    // A chain that dies takes its session along: signed with another one, a call is another one.
    const bool signed_anew =
        into_.killed == "acr.rrsa_chain" && flow.find("AssumeRole") == flow.npos;
    for (const auto& [id, other] : flying_)
      if (other.flow == flow && !signed_anew)
        wrong("I5: a second flight of " + flow);
    flying_.emplace(seen.id, flight{flow, elapsed()});
  }

  /// A promise that nobody keeps shows as a timeout, long after the death.
  void logged(const log_record& line) override {
    for (const auto& field : line.fields)
      if (const auto* text = std::get_if<std::string>(&field.value);
          text && field.key == "reason" && *text == to_string(errc::actor_down) &&
          (!died_at_ || elapsed() > *died_at_ + 1s))
        wrong("somebody was left without an answer: " + std::string{line.event});
  }

private:
  ms elapsed() const { return world_ ? world_->time().elapsed() : ms{0}; }
  void wrong(const std::string& what) {
    if (into_.wrong.size() < 5)
      into_.wrong.push_back(std::to_string(elapsed().count()) + " ms: " + what);
  }

  std::string name_of(const caf::strong_actor_ptr& who) const {
    auto name = world_->helper().name_of(caf::actor_cast<caf::actor_addr>(who));
    if (!name.empty() && name != "identity")
      return name;
    const auto* local = dynamic_cast<caf::local_actor*>(caf::actor_cast<caf::abstract_actor*>(who));
    return local ? local->name() : "somebody";
  }

  void before(const caf::strong_actor_ptr& who) {
    if (!victim_)
      into_.messages.push_back({elapsed(), name_of(who)});
    if (count_++ == victim_ && when_ == when::before)
      kill(who);
  }

  void after(const caf::strong_actor_ptr& who) {
    if (count_ - 1 == victim_ && when_ == when::after)
      kill(who);
  }

  void kill(const caf::strong_actor_ptr& who) {
    into_.killed = name_of(who);
    died_at_ = elapsed();
    world_->time().on(0).kill(who);
  }

  /// I1 and I2, without any allowance: what was once served stays so. And whether all is well.
  void look() {
    bool all = true;
    const auto now = world_->time().now();
    const auto& wanted = world_->wanted();
    for (const auto& [ns, space] : held_.spaces()) {
      if (!ns.starts_with("team-"))
        continue;
      for (const auto& [name, secret] : space.secrets)
        for (const auto& entry : *secret.entries)
          if (!entry.blank)
            into_.passwords[entry.host].insert(entry.ends);
      const auto lack = lacking(world_->about(), wanted, ns, space, now);
      all = all && lack.empty();
      for (int i = 0; wanted.serves(ns) && i < wanted.instances; ++i)
        for (const auto& host : instance_hosts(world_->about(), i)) {
          const auto found = space.secrets.find("acr-credential-secret-aggregation");
          const auto* entry = found == space.secrets.end() ? nullptr : found->second.find(host);
          const bool good = entry && !entry->blank && entry->ends > now;
          if (good)
            had_.insert(ns + " " + host);
          else if (had_.contains(ns + " " + host))
            wrong("I2: the password of " + host + " in " + ns + " is gone");
        }
    }
    into_.served.emplace_back(elapsed(), all);
  }

  history& into_;
  std::optional<std::size_t> victim_;
  when when_;
  stage* world_ = nullptr;
  actual_state held_;
  std::size_t count_ = 0;
  std::optional<ms> died_at_;
  struct flight {
    std::string flow;
    ms since{};
  };
  std::map<std::uint64_t, flight> flying_;
  std::set<std::string> had_;
};

/// Plays the story; kills whoever handles message number `victim`.
history play(scenario about, std::optional<std::size_t> victim = {}, when moment_of_death = {},
             ms dies_at = {}) {
  history out;
  onlooker eyes{out, victim, moment_of_death};
  if (victim) { // so that the checkers know
    lab_event death;
    death.at = dies_at;
    death.where = "helper";
    death.how = "actor-dies";
    death.with["actor"] = "told apart by its message";
    about.timeline.push_back(death);
  }
  run_wishes wishes;
  wishes.also = {&eyes};
  wishes.at_the_beginning = [&](stage& world) { eyes.begin(world); };
  wishes.at_the_end = [&](stage& world) { eyes.end(world); };
  out.result = run(about, wishes);
  return out;
}

/// "cri-lab0000000002@cn-hangzhou": 2.
int index_of(const std::string& instance) { return instance.at(instance.find('@') - 1) - '0'; }

/// Those whose schedule must not move by a millisecond when `killed` dies.
std::vector<std::string> undisturbed_by(const std::string& killed) {
  const std::string chain = "cri-lab0000000000@cn-hangzhou";
  const std::string key = "cri-lab0000000001@cn-hangzhou";
  const std::string rrsa = "cri-lab0000000002@cn-hangzhou";
  if (killed == "token cri-lab0000000000")
    return {key, rrsa};
  if (killed == "token cri-lab0000000001")
    return {chain, rrsa};
  if (killed == "token cri-lab0000000002")
    return {chain, key};
  if (killed == "acr.rrsa_chain")
    return {key};
  if (killed == "acr.first_present" || killed == "acr.static_key")
    return {chain, rrsa};
  if (killed == "writer" || killed == "namespaces" || killed == "config" || killed == "acr.watcher")
    return {chain, key, rrsa};
  return {};
}

/// What is wrong in a run in which somebody was killed at `died_at`, compared with the calm one.
std::vector<std::string> check_run(const scenario& about, const history& seen, const history& calm,
                                   ms died_at) {
  auto wrong = seen.wrong;
  for (const auto& fault : seen.result.violations)
    wrong.push_back(fault.invariant + " at " + write_span(fault.at) + ": " + fault.what);
  for (const auto& instance : undisturbed_by(seen.killed)) {
    const auto of = [&](const history& which) {
      const auto found = which.result.issued.find(instance);
      return found == which.result.issued.end() ? std::vector<std::int64_t>{} : found->second;
    };
    // What it does not know yet, it can hear later.
    const bool tells = seen.killed == "config" || seen.killed == "acr.watcher";
    if (tells && ms{of(calm).front()} > died_at)
      continue;
    if (of(seen) != of(calm))
      wrong.push_back("I3: the schedule of " + instance + " was moved");
    for (const auto& host : instance_hosts(about.world, index_of(instance)))
      if (!seen.passwords.contains(host) || seen.passwords.at(host) != calm.passwords.at(host))
        wrong.push_back("I3: the passwords of " + instance + " are others");
  }
  // A call that was under way may have to be made again, and so may one for a session that died
  // with its owner. A password outlives whoever obtained it, but not the process.
  for (const auto& [flow, times] : seen.calls) {
    const auto usual = calm.calls.find(flow);
    const auto count = [&](const std::vector<ms>& list) {
      return std::count_if(list.begin(), list.end(), [&](ms at) {
        return at > died_at && at <= died_at + 2 * recovery && !outage(at);
      });
    };
    const bool once_more = seen.killed == "supervisor" || calm.asks_at(died_at) ||
                           flow.find("AssumeRole") != std::string::npos;
    if (count(times) > (usual == calm.calls.end() ? 0 : count(usual->second)) + (once_more ? 1 : 0))
      wrong.push_back("I5: too many calls: " + flow);
  }
  if (calm.served_at(died_at + recovery) && !seen.served_at(died_at + recovery))
    wrong.push_back("I7: not all is well " + write_span(recovery) + " after the death");
  // An identity starts the first of its sources when it is asked.
  if (seen.actors > calm.actors || seen.actors + 1 < calm.actors)
    wrong.push_back(std::to_string(seen.actors) + " actors are left, not " +
                    std::to_string(calm.actors));
  if (seen.gave_up != (seen.killed == "supervisor" ? 1 : 0))
    wrong.push_back("the process ended " + std::to_string(seen.gave_up) + " times");
  return wrong;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_killed_actor_loses_nothing_and_moves_no_other) {
  const auto about = read_story();
  const auto calm = play(about);
  for (const auto& fault : calm.result.violations)
    BOOST_ERROR("undisturbed: " << fault.invariant << " " << fault.what);
  for (const auto& what : calm.wrong)
    BOOST_ERROR("undisturbed: " << what);
  BOOST_REQUIRE(calm.result.issued.size() == 3U);
  std::map<std::string, std::size_t> handled;
  std::map<std::string, std::size_t> looked_at;
  for (const auto& message : calm.messages)
    ++handled[message.who];
  std::map<std::string, int> bad; // by whom: one mistake shows at many messages
  for (std::size_t i = 0; i < calm.messages.size(); ++i) {
    const auto& [at, who] = calm.messages[i];
    if (looked_at[who]++ % (handled[who] / most_of_each() + 1) != 0)
      continue;
    for (const auto moment_of_death : {when::before, when::after}) {
      const auto seen = play(about, i, moment_of_death, at);
      BOOST_TEST(seen.killed == who);
      for (const auto& what : check_run(about, seen, calm, at))
        if (++bad[who] <= 3)
          BOOST_ERROR(who << " dies " << (moment_of_death == when::before ? "before" : "after")
                          << " message " << i << " at " << write_span(at) << ": " << what);
    }
  }
  for (const auto& [who, count] : bad)
    BOOST_TEST_MESSAGE("violations when " << who << " dies: " << count);
}
