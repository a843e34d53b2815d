#include "tools/faultlab/invariants/statements.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "actors/status/status_model.hpp"

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;

// From its start, or from the end of a fault, until it has read its objects.
constexpr ms reading = 20s;
constexpr ms glance = 2min;
// One that expires this soon may be reported as expired.
constexpr auto nearly_over = 5s;
constexpr const char* nothing_valid = "no valid"; // in a log line about an instance

class statement_checker : public checker {
public:
  using checker::checker;

  void begin() override { look_later(); }

  void reported(std::string_view program, const fact& what) override {
    if (!on_.world)
      return;
    const std::string name{program};
    auto known = status_.find(name);
    if (known == status_.end())
      known =
          status_.emplace(name, said{status_model{on_.world->time().now()}, on_.elapsed()}).first;
    known->second.state.apply(what, on_.world->time().now());
  }

  void logged(const log_record& line) override {
    if (!on_.world || line.message.find(nothing_valid) == std::string_view::npos)
      return;
    const auto field = std::find_if(line.fields.begin(), line.fields.end(),
                                    [](const auto& item) { return item.key == "instance"; });
    const auto* instance =
        field == line.fields.end() ? nullptr : std::get_if<std::string>(&field->value);
    if (!instance)
      return;
    for (int i = 0; i < on_.world->wanted().instances; ++i)
      if (instance->starts_with(instance_id(i)) && settled())
        if (const auto until = valid_everywhere_until(i))
          complain("the log says \"" + std::string{line.message} + "\"", *instance, *until);
  }

private:
  struct said {
    status_model state;
    ms since{};
  };

  void look_later() {
    on_.world->time().after(glance, [this] {
      look();
      if (on_.elapsed() < on_.about.lasts)
        look_later();
    });
  }

  /// No fault keeps the helper from knowing what the cluster holds.
  bool settled() const {
    demand of;
    of.cloud = false;
    of.object = no_single_object;
    return on_.calm.calm(on_.elapsed(), of, reading);
  }

  void look() {
    if (!settled())
      return;
    for (std::size_t n = 0; n < on_.world->replicas(); ++n) {
      const auto& helper = on_.world->helper(n);
      const auto known = status_.find(helper.identity());
      if (!helper.running() || known == status_.end() ||
          known->second.since + reading > on_.elapsed() ||
          (on_.about.world.elects() && on_.world->leader() != helper.identity()))
        continue;
      for (int i = 0; i < on_.world->wanted().instances; ++i)
        if (const auto until = valid_everywhere_until(i))
          check_status(known->second.state.state(), i, *until);
      check_served(known->second.state.state());
    }
  }

  /// No more namespaces are reported as synced than hold credentials that a kubelet can use.
  void check_served(const helper_status& state) {
    if (on_.world->wanted().instances == 0)
      return;
    std::size_t at_most = 0;
    std::string lacks;
    for (const auto& [ns, space] : on_.held.spaces()) {
      demand of;
      of.cloud = false;
      of.ns = ns;
      const bool in_scope = on_.in_scope(ns, space);
      if ((in_scope && can_be_served(space)) || !on_.calm.calm(on_.elapsed(), of))
        ++at_most;
      else if (in_scope)
        lacks.append(lacks.empty() ? "" : ", ").append(ns);
    }
    if (state.writing.namespaces_served > at_most)
      on_.complain("I17", std::to_string(state.writing.namespaces_served) +
                              " namespaces are called served, and at most " +
                              std::to_string(at_most) + " are: " + lacks + " is not");
  }

  /// Its Secret names hosts, and an account that should be linked is. With `--on-expiry=remove`
  /// hosts may all be gone.
  bool can_be_served(const held_space& space) const {
    const auto secret = space.secrets.find(std::string{our_first_name});
    if (secret == space.secrets.end() || !secret->second.ours || !secret->second.usable ||
        (secret->second.entries->empty() && !on_.about.world.removes))
      return false;
    const auto account = space.accounts.find("default");
    return account == space.accounts.end() || !on_.links_in(space, "default") ||
           std::find(account->second.begin(), account->second.end(), our_first_name) !=
               account->second.end();
  }

  void check_status(const helper_status& state, int instance, wall_time until) {
    const auto id = instance_id(instance);
    const auto found = std::find_if(state.instances.begin(), state.instances.end(),
                                    [&](const auto& item) { return item.first.starts_with(id); });
    const auto* status = found == state.instances.end() ? nullptr : &found->second;
    const auto now = on_.world->time().now();
    const auto ends = status ? status->valid_until(now) : std::nullopt;
    if (!ends || *ends <= now)
      complain("the status knows no credential", id, until);
  }

  /// When the first of an instance's credentials expires; nothing: some namespace lacks one.
  std::optional<wall_time> valid_everywhere_until(int instance) const {
    const auto now = on_.world->time().now() + nearly_over;
    const auto host = instance_hosts(on_.about.world, instance)[0];
    std::optional<wall_time> until;
    for (const auto& [ns, space] : on_.held.spaces()) {
      if (!on_.in_scope(ns, space) || !ns.starts_with("team-") ||
          !on_.world->wanted().gives(instance, ns))
        continue;
      const auto secret = space.secrets.find(secret_for(on_.about.world, instance, host));
      const auto* entry = secret == space.secrets.end() ? nullptr : secret->second.find(host);
      if (!entry || entry->blank || entry->ends <= now || !secret->second.ours)
        return std::nullopt;
      until = std::min(until.value_or(entry->ends), entry->ends);
    }
    return until;
  }

  void complain(const std::string& what, const std::string& instance, wall_time until) {
    on_.complain("I17", what + " of " + instance + ", and it is valid for " +
                            write_span(until - on_.world->time().now()) + " in every namespace");
  }

  std::map<std::string, said> status_; ///< By program, as replicas know each other.
};

} // namespace

std::unique_ptr<checker> check_statements(bench& on) {
  return std::make_unique<statement_checker>(on);
}

} // namespace acr::faultlab
