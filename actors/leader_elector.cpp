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
    election_.emplace(deps_.identity, deps_.lease, deps_.timing, deps_.held_until);
    told_ = deps_.held_until;
    told_once_ = told_.has_value();
    watches_.attach(self_, caf::actor_cast<leader_elector>(self_), deps_.api, deps_.seed);
    watches_.start(
        {kubernetes::object_kind::lease, deps_.lease.ns, "metadata.name=" + deps_.lease.name});
    arm(); // a lead that was handed over ends in time, even if the Lease is never seen
    return {
        [this](const watch_batch& m) { observed(m); },
        [this](const watch_troubled& m) {
          deps_.log.failed(log_level::warning, "watch_failed", "cannot watch the Lease, retrying",
                           m.reason);
        },
        [this](const watch_recovered&) {
          deps_.log.info("watch_recovered", "watch of the Lease works again");
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
        election_->listed(listed_, mono());
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
    if (const auto wanted = election_->next(mono(), deps_.wall()))
      wanted->write ? write(*wanted->write) : read();
    arm();
  }

  void write(const kubernetes::lease& wanted) {
    creating_ = wanted.meta.resource_version.empty();
    send(kubernetes::put_lease(wanted),
         [this](const result<http_response>& answer) { answered(answer); });
  }

  void read() {
    send(kubernetes::get_object(kubernetes::object_kind::lease, deps_.lease),
         [this](const result<http_response>& answer) { looked(answer); });
  }

  template <class Then>
  void send(http_request wanted, Then then) {
    http_call call{std::move(wanted), {}};
    call.limits.deadline = election_->patience(mono());
    self_->request(deps_.api, call.limits.deadline + 5s, std::move(call))
        .then([then](const http_reply& reply) { then(reply.value); },
              [then](const caf::error&) {
                then(make_failure(errc::actor_down, "", "the Kubernetes session is down"));
              });
  }

  static result<kubernetes::lease> lease_in(const result<http_response>& answer, const char* step) {
    if (!answer)
      return answer.error();
    auto object = kubernetes::read_object(kubernetes::object_kind::lease, step, *answer);
    if (!object)
      return object.error();
    return std::get<kubernetes::lease>(std::move(*object));
  }

  void looked(const result<http_response>& answer) {
    const auto lease = lease_in(answer, "read lease");
    result<std::optional<kubernetes::lease>> found{std::nullopt};
    if (lease)
      found = std::optional{*lease};
    else if (lease.error().code != errc::not_found)
      found = lease.error();
    if (!found)
      deps_.log.failed(usual(found.error()) ? log_level::debug : log_level::warning, "lease_failed",
                       "cannot read the Lease, retrying", found.error());
    election_->looked(found, mono(), jitter());
    if (std::exchange(awaited_, false))
      return release();
    proceed();
  }

  void answered(const result<http_response>& answer) {
    const auto lease = lease_in(answer, "write lease");
    if (!lease && !resigning_) {
      const auto& reason = lease.error();
      // Two replicas may try at once: one succeeds. A PUT without a version meets the other's new
      // Lease with 422.
      const bool lost = reason.code == errc::conflict || (creating_ && reason.status == 422);
      deps_.log.failed(lost || usual(reason) ? log_level::debug : log_level::warning,
                       "lease_failed", "cannot write the Lease, retrying", reason);
    } else {
      refused_ = errc::none;
    }
    election_->answered(lease, mono(), jitter());
    if (std::exchange(awaited_, false))
      return release();
    if (resigning_)
      return answer_resignation();
    proceed();
  }

  /// Whether it was reported already: nothing else has failed since, and no write succeeded.
  bool usual(const failure& reason) { return reason.code == std::exchange(refused_, reason.code); }

  double jitter() { return std::uniform_real_distribution<>{}(random_); }

  void tell() {
    const auto held = election_->leads_until(mono());
    const auto until = resigning_ ? std::nullopt : held;
    const auto holder = election_->holder();
    if (until && !told_)
      deps_.log.info("leading", "acquired leadership", {{"identity", deps_.identity}});
    else if (!until && told_ && held)
      deps_.log.info("leadership_released", "gives up leadership: the helper stops",
                     {{"identity", deps_.identity}});
    else if (!until && told_)
      deps_.log.warning("leadership_lost", "lost leadership", {{"holder", holder}});
    if (!until && !holder.empty() && holder != standing_by_for_ && holder != deps_.identity)
      deps_.log.info("standing_by", "another replica leads", {{"holder", holder}});
    standing_by_for_ = until ? std::string{} : holder;
    const bool restored = election_->take_restored();
    if (until != told_ || !told_once_ || restored)
      self_->send(deps_.sink, leadership{until, restored});
    told_ = until;
    told_once_ = true;
  }

  void arm() {
    if (const auto wake = election_->wake())
      self_->delayed_send(self_, std::max(milliseconds{0}, *wake - mono()),
                          election_due{++generation_});
  }

  // Shutdown.

  caf::result<resigned> give_up() {
    resignation_ = self_->make_response_promise<resigned>();
    resigning_ = true;
    ++generation_; // nothing is due after this
    awaited_ = election_->waiting_for_answer();
    tell();
    if (!awaited_)
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
  errc refused_ = errc::none; ///< What was reported last.
  bool creating_ = false;     ///< The write in flight creates the Lease.
  bool resigning_ = false;
  bool awaited_ = false; ///< An answer was in flight when it resigned.
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
