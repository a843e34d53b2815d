#include "actors/admission_keeper.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/admission/admission_scope.hpp"
#include "actors/admission/certificate_plan.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "protocol/kubernetes/requests.hpp"
#include "runtime/actor_defaults.hpp"
#include "runtime/clock/monotonic.hpp"

namespace acr {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

// Any client that reaches the port can refuse our certificate as often as it likes.
constexpr milliseconds between_refusals = 5s;
constexpr milliseconds first_delay = 1s;
constexpr milliseconds longest_delay = 1min;

class admission_keeper_state {
public:
  using pointer = admission_keeper::stateful_pointer<admission_keeper_state>;

  static inline const char* name = "acr.admission_keeper";

  explicit admission_keeper_state(pointer self) : self_{self} {}
  admission_keeper_state(const admission_keeper_state&) = delete;
  admission_keeper_state& operator=(const admission_keeper_state&) = delete;
  // The desk outlives the actors.
  ~admission_keeper_state() {
    if (deps_.desk)
      deps_.desk->on_refused({});
  }

  admission_keeper::behavior_type make_behavior(admission_keeper_deps deps) {
    deps_ = std::move(deps);
    install_actor_defaults(self_, deps_.log);
    plan_.emplace(deps_.names, deps_.life);
    deps_.desk->on_refused([to = caf::actor_cast<admission_keeper>(self_)] {
      caf::anon_send(to, certificate_refused{});
    });
    plan_->lead(!deps_.elected);
    look_again(0ms);
    return {
        [this](const leadership& m) {
          const bool leads = !deps_.elected || m.until;
          plan_->lead(leads);
          // Who loses the lead has no reason to look; its timer goes on.
          if (leads)
            look_again(0ms);
        },
        [this](const config_changed& m) {
          config_ = m.value;
          publish();
        },
        [this](const certificate_refused&) { look_again(between_refusals); },
        [this](const fact_reported& m) {
          if (const auto* held = std::get_if<password_held>(&m.what))
            learn(held->instance, held->domains);
          else if (const auto* seen = std::get_if<credential_found>(&m.what))
            learn(seen->instance, seen->domains);
        },
        [this](const certificate_due& tick) {
          if (tick.generation == generation_)
            look_again(0ms);
        },
    };
  }

private:
  using action = certificate_plan::action;
  using step = certificate_plan::step;

  void learn(const std::string& instance, const std::vector<std::string>& domains) {
    if (!domains.empty() && std::exchange(found_[instance], domains) != domains)
      publish();
  }

  void publish() {
    if (config_)
      deps_.desk->publish(std::make_shared<const kubernetes::admission_scope>(
          admission_scope_of(*config_, found_)));
  }

  /// Reads again at once, unless the last read was less than `apart` ago.
  void look_again(milliseconds apart) {
    const auto now = monotonic(*self_);
    if (deps_.names.empty())
      return;
    if (looked_at_ && now - *looked_at_ < apart)
      return;
    looked_at_ = now;
    plan_->secret_unknown();
    plan_->configuration_unknown();
    proceed();
  }

  void proceed() {
    if (asking_)
      return; // the answer triggers the next step
    const auto next = plan_->next(deps_.wall());
    const auto secret = "webhook secret " + deps_.secret.ns + "/" + deps_.secret.name;
    const auto configuration = "webhook configuration " + deps_.configuration;
    switch (next.what) {
    case step::rest:
      return arm(next.until - deps_.wall());
    case step::read_secret:
      return ask("get " + secret,
                 kubernetes::get_object(kubernetes::object_kind::secret, deps_.secret),
                 [this](const std::string& what, const http_response& answer) {
                   return take_secret(kubernetes::read_webhook_secret(what, answer));
                 });
    case step::read_configuration:
      return ask("get " + configuration, kubernetes::get_webhook_configuration(deps_.configuration),
                 [this](const std::string& what, const http_response& answer) {
                   return take_configuration(kubernetes::read_webhook_configuration(what, answer));
                 });
    case step::write_secret:
      return ask("apply " + secret,
                 kubernetes::apply_webhook_secret(
                     deps_.secret, next.content,
                     plan_->secret() ? std::optional{plan_->secret()->meta} : std::nullopt),
                 [this, content = next.content, why = next.why](const std::string& what,
                                                                const http_response& answer) {
                   return written(kubernetes::read_applied(what, answer), content, why);
                 });
    case step::trust:
      return ask("patch " + configuration,
                 kubernetes::trust_authorities(deps_.configuration, *plan_->configuration(),
                                               plan_->authorities()),
                 [this](const std::string& what, const http_response& answer) {
                   return trusted(kubernetes::read_patched(what, answer));
                 });
    }
  }

  template <class Then>
  void ask(std::string what, http_request wanted, Then then) {
    asking_ = true;
    http_call call{std::move(wanted), {}};
    const auto timeout = call.limits.deadline + 5s;
    self_->request(deps_.api, timeout, std::move(call))
        .then(
            [this, what, then](const http_reply& reply) {
              asking_ = false;
              auto failed = reply.value ? then(what, *reply.value)
                                        : std::optional<failure>{reply.value.error()};
              failed ? wait(*failed) : go_on();
            },
            [this, what](const caf::error&) {
              asking_ = false;
              wait(make_failure(errc::actor_down, what, "the Kubernetes session is down"));
            });
  }

  void go_on() {
    failures_ = 0;
    serve();
    proceed();
  }

  void wait(const failure& reason) {
    plan_->secret_unknown();
    plan_->configuration_unknown();
    if (reason.code != errc::conflict && failures_ == 0)
      deps_.log.failed(log_level::warning, "webhook_certificate_failed",
                       "cannot update the webhook's certificate, retrying", reason);
    arm(std::min(longest_delay, first_delay * (1U << std::min(failures_, 6U))));
    ++failures_;
  }

  void arm(milliseconds span) {
    self_->delayed_send(self_, std::max(span, first_delay), certificate_due{++generation_});
  }

  std::optional<failure> take_secret(result<kubernetes::webhook_secret> answer) {
    if (answer)
      plan_->secret_is(std::move(*answer));
    else if (answer.error().code == errc::not_found)
      plan_->secret_is(std::nullopt);
    else
      return answer.error();
    return std::nullopt;
  }

  std::optional<failure> take_configuration(result<kubernetes::webhook_configuration> answer) {
    if (answer)
      plan_->configuration_is(std::move(*answer), deps_.wall());
    else if (answer.error().code == errc::not_found)
      plan_->configuration_is(std::nullopt, deps_.wall());
    else
      return answer.error();
    return std::nullopt;
  }

  std::optional<failure> written(result<kubernetes::object_meta> answer,
                                 const kubernetes::webhook_certificates& content,
                                 const std::string& why) {
    if (!answer)
      return answer.error();
    plan_->secret_is(kubernetes::webhook_secret{std::move(*answer), content});
    const auto facts = x509::read_certificate(content.next ? content.next->certificate
                                                           : content.current.certificate);
    deps_.log.info(
        "webhook_certificate_written", "webhook certificates written",
        {{"why", why}, {"valid_until", facts ? to_rfc3339(facts->when.until) : std::string{}}});
    return std::nullopt;
  }

  std::optional<failure> trusted(const result<kubernetes::object_meta>& answer) {
    if (!answer)
      return answer.error();
    deps_.log.info("webhook_trusted", "webhook authorities registered with the API server",
                   {{"configuration", deps_.configuration}});
    plan_->configuration_unknown(); // what is in force now is read
    return std::nullopt;
  }

  void serve() {
    const auto* pair = plan_->serving();
    if (pair == nullptr || (served_ && *served_ == *pair))
      return;
    if (const auto refused = deps_.serve_as({pair->certificate, pair->key})) {
      if (unusable_ != *pair)
        deps_.log.failed(log_level::warning, "webhook_certificate_failed",
                         "the webhook's certificate cannot be used", *refused);
      unusable_ = *pair;
      return;
    }
    unusable_.reset();
    served_ = *pair;
    const auto facts = x509::read_certificate(pair->certificate);
    deps_.log.info("webhook_serving", "webhook serving with this certificate",
                   {{"valid_until", facts ? to_rfc3339(facts->when.until) : std::string{}}});
  }

  pointer self_;
  admission_keeper_deps deps_;
  std::optional<certificate_plan> plan_; // set once, by make_behavior
  std::shared_ptr<const config::configuration> config_;
  found_domains found_;
  std::optional<kubernetes::webhook_pair> served_;
  std::optional<kubernetes::webhook_pair> unusable_; ///< Reported already.
  std::optional<milliseconds> looked_at_;
  bool asking_ = false;
  unsigned failures_ = 0; ///< In a row.
  std::uint64_t generation_ = 0;
};

admission_keeper::behavior_type admission_keeper_body(admission_keeper_state::pointer self,
                                                      admission_keeper_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

admission_keeper spawn_admission_keeper(caf::actor_system& system, admission_keeper_deps deps) {
  return system.spawn(admission_keeper_body, std::move(deps));
}

} // namespace acr
