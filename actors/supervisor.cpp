#include "actors/supervisor.hpp"

#include <bit>
#include <utility>

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include "actors/configured.hpp"
#include "actors/supervisor_state.hpp"
#include "runtime/actor_defaults.hpp"

namespace acr {

namespace {

using parts::admitting;
using parts::configuring;
using parts::electing;
using parts::everything;
using parts::recording;
using parts::writing;

} // namespace

supervisor_state::~supervisor_state() {
  stop_everything();
  if (!ended_ && deps_.on_giving_up)
    deps_.on_giving_up();
}

supervisor::behavior_type supervisor_state::make_behavior(supervisor_deps deps) {
  deps_ = std::move(deps);
  install_actor_defaults(self_, deps_.log, log_level::error); // no other actor would report it
  random_ = random_source{deps_.seed};
  if (deps_.make.elector)
    lead_.elect();
  self_->set_down_handler([this](caf::down_msg& m) { died(m); });
  start_everything();
  return {
      [this](const config_changed& m) { hear_of(m.value); },
      [this](const renewal_wanted& m) { renew(m.request); },
      [this](const shut_down&) {
        ended_ = true;
        resign_and_quit();
      },
      [this](const leadership& m) { lead(m); },
      [this](const clock_changed& m) { tell_of_clock(m); },
      [](const are_you_there&) { return here_i_am{}; },
      [this](const ask_namespaces& m) { return self_->delegate(writer_, m); },
      [this](const restart_due& m) { restart(m); },
      [this](const stop_due&) { look_for_late_ones(); },
      [this](const lead_due&) {
        lead_watched_ = false;
        lead_changes(lead_.lapse(mono()));
      },
      [this](const configuration_due&) { follow_the_waiting(); },
      [this](const token_issued& m) {
        if (!speaks_for(m.instance))
          return;
        issued(m);
        judge_clock();
      },
      [this](const token_withdrawn& m) {
        if (!speaks_for(m.instance))
          return;
        credentials_.drop(m.instance);
        self_->send(writer_, m);
      },
  };
}

void supervisor_state::kill(const std::vector<caf::strong_actor_ptr>& whom) {
  for (const auto& who : whom)
    caf::anon_send_exit(who, caf::exit_reason::kill);
  if (!whom.empty())
    await_the_stopping();
}

void supervisor_state::stop(const std::string& group) { kill(children_.stop(group, mono())); }

void supervisor_state::await_the_stopping() {
  if (const auto span = children_.until_late(mono()))
    self_->delayed_send(self_, *span, stop_due{});
}

void supervisor_state::look_for_late_ones() {
  if (const auto group = children_.late(mono()))
    give_up(*group, "it did not stop when asked to");
}

void supervisor_state::stop_everything() {
  kill(children_.stop_all(mono()));
  identities_.clear();
  for (auto& [instance_name, instance] : instances_)
    instance.who = token_actor{};
}

void supervisor_state::start_everything() {
  stop_everything(); // a configuration may have arrived while it was down
  const auto gateway = gateway_ = watch_over(deps_.make.gateway(), everything);
  api_ = watch_over(deps_.make.kubernetes(gateway), everything);
  cloud_ = watch_over(deps_.make.cloud(gateway), everything);
  start_recording(); // started first: the others report facts to it
  start_writing();
  start_admitting();
  start_configuring();
  start_electing();
  for (auto& [instance_name, instance] : instances_)
    start(instance);
}

void supervisor_state::start_writing() {
  stop(writing);
  writer_ = watch_over(deps_.make.writer(api_), writing);
  namespaces_ = watch_over(deps_.make.namespaces(api_, writer_), writing);
  self_->send(writer_, lead_.current());
  if (!config_)
    return;
  self_->send(writer_, instances_of(*config_));
  for (const auto& [instance_name, token] : credentials_.all())
    self_->send(writer_, token);
  const auto selected = scope_of(*config_);
  self_->send(writer_, selected);
  self_->send(namespaces_, selected);
}

void supervisor_state::start_recording() {
  stop(recording);
  if (deps_.make.events)
    watch_over(deps_.make.events(api_), recording);
  if (deps_.make.elector)
    deps_.report(lead_changed{leads()});
}

void supervisor_state::start_admitting() {
  stop(admitting);
  if (!deps_.make.admission)
    return;
  admission_ = watch_over(deps_.make.admission(api_), admitting);
  self_->send(admission_, lead_.current());
  if (config_)
    self_->send(admission_, config_changed{config_});
}

void supervisor_state::start_electing() {
  stop(electing);
  if (deps_.make.elector)
    elector_ = watch_over(
        deps_.make.elector(api_, caf::actor_cast<leadership_sink>(self_), lead_.until()), electing);
}

void supervisor_state::lead(const leadership& m) {
  const auto change = lead_.hear(m, mono());
  if (change == leadership_state::change::none)
    self_->send(writer_, lead_.current());
  lead_changes(change);
  if (m.restored)
    list_anew();
}

void supervisor_state::list_anew() {
  deps_.log.warning("api_server_restored",
                    "the API server was restored from a backup; listing everything again");
  stop(writing);
  start_writing();
  stop(configuring);
  start_configuring();
}

void supervisor_state::lead_changes(leadership_state::change how) {
  watch_the_lead();
  if (how == leadership_state::change::none)
    return;
  self_->send(writer_, lead_.current());
  if (admission_)
    self_->send(admission_, lead_.current());
  deps_.report(lead_changed{leads()});
  for (auto& [instance_name, instance] : instances_)
    if (leads())
      start(instance);
    else
      stop_using(instance_name, instance);
  if (!leads())
    forget_credentials();
}

void supervisor_state::watch_the_lead() {
  const auto until = lead_.until();
  if (until && !std::exchange(lead_watched_, true))
    self_->delayed_send(self_, *until - mono(), lead_due{});
}

void supervisor_state::forget_credentials() {
  for (const auto& group : identities_.unused({}))
    discard(group);
  credentials_.forget_all();
  if (ended_ || !config_)
    return;
  auto expected = instances_of(*config_);
  expected.forget = true;
  self_->send(writer_, std::move(expected));
}

void supervisor_state::resign_and_quit() {
  const auto quit = [this] { self_->quit(caf::exit_reason::user_shutdown); };
  if (!elector_)
    return quit();
  lead({}); // the elector then has half of the time in which the program must stop
  self_->request(elector_, std::chrono::seconds{2}, resign{})
      .then([quit](const resigned&) { quit(); }, [quit](const caf::error&) { quit(); });
}

void supervisor_state::start_configuring() {
  stop(configuring);
  watch_over(deps_.make.config(api_, caf::actor_cast<config_sink>(self_)), configuring);
}

void supervisor_state::died(const caf::down_msg& m) {
  const auto found = children_.gone(m.source);
  if (!found)
    return;
  const auto& group = *found;
  const auto delay = children_.died(group, mono(), random_.jitter(group));
  if (!delay)
    return give_up(group, "it crashes again and again");
  deps_.report(part_died{group});
  const auto deaths = children_.deaths_in_a_row(group);
  // Log repeated crashes with exponential thinning.
  const auto tell = std::has_single_bit(deaths) ? &logger::error : &logger::debug;
  (deps_.log.*tell)("actor_died", "component crashed, restarting",
                    {{"part", group},
                     {"reason", self_->home_system().render(m.reason)},
                     {"deaths_in_a_row", static_cast<std::int64_t>(deaths)},
                     {"restart_in_ms", static_cast<std::int64_t>(delay->count())}});
  group == everything ? stop_everything() : stop(group);
  stop_users_of(group);
  self_->delayed_send(self_, *delay, restart_due{group, children_.generation(group)});
}

void supervisor_state::restart(const restart_due& m) {
  if (m.generation != children_.generation(m.child))
    return;
  if (m.child == everything)
    return start_everything();
  if (m.child == writing)
    return start_writing();
  if (m.child == configuring)
    return start_configuring();
  if (m.child == electing)
    return start_electing();
  if (m.child == recording)
    return start_recording();
  if (m.child == admitting)
    return start_admitting();
  // An instance, or an identity with the instances that use it.
  for (auto& [instance_name, instance] : instances_) {
    const bool itself = m.child == group_of(instance_name);
    if (itself || (!instance.who && identities_.uses(instance.wanted.chain, m.child)))
      start(instance);
  }
}

void supervisor_state::give_up(const std::string& group, const std::string& why) {
  deps_.log.error("giving_up", "a component cannot be kept running; the process exits",
                  {{"part", group}, {"reason", why}});
  self_->quit(caf::exit_reason::unhandled_exception);
}

namespace {

supervisor::behavior_type supervisor_body(supervisor_state::pointer self, supervisor_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

supervisor spawn_supervisor(caf::actor_system& system, supervisor_deps deps) {
  return system.spawn(supervisor_body, std::move(deps));
}

} // namespace acr
