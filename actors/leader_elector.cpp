#include "actors/leader_elector.hpp"

#include <optional>
#include <random>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "protocol/kubernetes/decode.hpp"
#include "protocol/kubernetes/requests.hpp"
#include "runtime/actor_defaults.hpp"
#include "runtime/clock/monotonic.hpp"
#include "runtime/kubernetes/watch_group.hpp"

namespace acr {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

class leader_elector_state {
public:
  using pointer = leader_elector::stateful_pointer<leader_elector_state>;

  static inline const char* name = "acr.leader_elector";

  explicit leader_elector_state(pointer self) : self_{self} {}
  leader_elector_state(const leader_elector_state&) = delete;
  leader_elector_state& operator=(const leader_elector_state&) = delete;
  ~leader_elector_state() { answer_resignation(); }

  leader_elector::behavior_type make_behavior(leader_elector_deps deps) {
    deps_ = std::move(deps);
    install_actor_defaults(self_, deps_.log);
    self_->set_down_handler([this](caf::down_msg& m) {
      if (watches_.lost(m))
        self_->quit(m.reason);
    });
    random_.seed(static_cast<std::minstd_rand::result_type>(deps_.seed));
    election_.emplace(deps_.identity, deps_.lease, deps_.timing);
    watches_.attach(self_, caf::actor_cast<leader_elector>(self_), deps_.api, deps_.seed);
    watches_.start(
        {kubernetes::object_kind::lease, deps_.lease.ns, "metadata.name=" + deps_.lease.name});
    return {
        [this](const watch_batch& m) { observed(m); },
        [this](const watch_troubled& m) {
          deps_.log.failed(log_level::warning, "watch_failed",
                           "cannot watch the Lease; will be tried again", m.reason);
        },
        [this](const watch_recovered&) {
          deps_.log.info("watch_recovered", "watching the Lease again");
        },
        [this](const resign&) { return give_up(); },
        [this](const election_due& tick) {
          if (tick.generation == generation_)
            proceed();
        },
    };
  }

private:
  void observed(const watch_batch& m) {
    for (const auto& event : m.events)
      switch (event.kind) {
      case watch_event_kind::init:
        listed_.reset();
        break;
      case watch_event_kind::init_apply:
        listed_ = std::get<kubernetes::lease>(event.object);
        break;
      case watch_event_kind::init_done:
        election_->seen(listed_, mono());
        break;
      case watch_event_kind::apply:
        election_->seen(std::get<kubernetes::lease>(event.object), mono());
        break;
      case watch_event_kind::remove:
        election_->seen(std::nullopt, mono());
        break;
      }
    proceed();
  }

  void proceed() {
    tell();
    if (resigning_)
      return;
    if (auto wanted = election_->next(mono(), deps_.wall()))
      write(*wanted);
    arm();
  }

  void write(const kubernetes::lease& wanted) {
    creating_ = wanted.meta.resource_version.empty();
    http_call call{kubernetes::put_lease(wanted), {}};
    call.limits.deadline = election_->patience(mono());
    self_->request(deps_.api, call.limits.deadline + 5s, std::move(call))
        .then([this](const http_reply& reply) { answered(reply.value); },
              [this](const caf::error&) {
                answered(make_failure(errc::actor_down, "", "the Kubernetes session is down"));
              });
  }

  void answered(const result<http_response>& answer) {
    constexpr auto step = "write lease";
    auto lease = answer ? kubernetes::read_object(kubernetes::object_kind::lease, step, *answer)
                        : result<kubernetes::object>{answer.error()};
    if (resigning_) {
      // The first answer may be that of a renewal that was under way.
      if (lease)
        election_->answered(std::get<kubernetes::lease>(*lease), mono(), 0);
      if (std::exchange(renewing_, false))
        return release();
      return answer_resignation();
    }
    if (lease) {
      election_->answered(std::get<kubernetes::lease>(*lease), mono(), 0);
      refused_ = errc::none;
    } else {
      const auto& reason = lease.error();
      // Two who reach for it at once: one gets it. A PUT without a version meets the other one's
      // new Lease with 422.
      const bool lost = reason.code == errc::conflict || (creating_ && reason.status == 422);
      const bool usual = lost || reason.code == std::exchange(refused_, reason.code);
      deps_.log.failed(usual ? log_level::debug : log_level::warning, "lease_failed",
                       "cannot write the Lease; will be tried again", reason);
      election_->answered(reason, mono(), std::uniform_real_distribution<>{}(random_));
    }
    proceed();
  }

  void tell() {
    const auto until = resigning_ ? std::nullopt : election_->leads_until(mono());
    const auto holder = election_->holder();
    if (until.has_value() != told_.has_value())
      until ? deps_.log.info("leading", "this replica leads", {{"identity", deps_.identity}})
            : deps_.log.warning("leadership_lost", "this replica leads no longer",
                                {{"holder", holder}});
    else if (!until && !holder.empty() && holder != standing_by_for_)
      deps_.log.info("standing_by", "another replica leads", {{"holder", holder}});
    standing_by_for_ = until ? std::string{} : holder;
    if (until != told_ || !told_once_)
      self_->send(deps_.sink, leadership{until});
    told_ = until;
    told_once_ = true;
  }

  void arm() {
    if (const auto wake = election_->wake())
      self_->delayed_send(self_, std::max(milliseconds{0}, *wake - mono()),
                          election_due{++generation_});
  }

  // The end.

  caf::result<resigned> give_up() {
    resignation_ = self_->make_response_promise<resigned>();
    resigning_ = true;
    ++generation_; // nothing is due any more
    renewing_ = election_->waiting_for_answer();
    tell();
    if (!renewing_)
      release();
    return resignation_;
  }

  void release() {
    if (const auto wanted = election_->released(deps_.wall()))
      return write(*wanted);
    answer_resignation();
  }

  void answer_resignation() {
    if (resignation_.pending())
      resignation_.deliver(resigned{});
  }

  milliseconds mono() const { return monotonic(*self_); }

  pointer self_;
  leader_elector_deps deps_;
  watch_group watches_;
  std::minstd_rand random_;
  std::optional<election> election_;
  std::optional<kubernetes::lease> listed_;
  std::uint64_t generation_ = 0;
  std::optional<milliseconds> told_;
  bool told_once_ = false;
  std::string standing_by_for_;
  errc refused_ = errc::none; ///< What was told last.
  bool creating_ = false;     ///< The write under way makes the Lease.
  bool resigning_ = false;
  bool renewing_ = false; ///< A renewal was under way when it resigned.
  caf::typed_response_promise<resigned> resignation_;
};

leader_elector::behavior_type leader_elector_body(leader_elector_state::pointer self,
                                                  leader_elector_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

leader_elector spawn_leader_elector(caf::actor_system& system, leader_elector_deps deps) {
  return system.spawn(leader_elector_body, std::move(deps));
}

} // namespace acr
