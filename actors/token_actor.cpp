#include "actors/token_actor.hpp"

#include <random>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/credential_lifetime.hpp"
#include "actors/foreign_domains.hpp"
#include "actors/login_check.hpp"
#include "protocol/aliyun/acr.hpp"
#include "protocol/aliyun/arn.hpp"
#include "protocol/aliyun/causes.hpp"
#include "runtime/actor_defaults.hpp"
#include "runtime/clock/monotonic.hpp"

namespace acr {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

// Longer than the deadlines below it, of all steps of a chain: it fires only if an answer is lost.
constexpr auto identity_timeout = 180s;
constexpr auto cloud_timeout = 90s;
// A renewal request waits this long for an attempt; otherwise the answer says why there is none.
constexpr auto most_patience = 10s;

class token_state {
public:
  using pointer = token_actor::stateful_pointer<token_state>;

  static inline const char* name = "acr.token";

  explicit token_state(pointer self) : self_{self} {}
  token_state(const token_state&) = delete;
  token_state& operator=(const token_state&) = delete;

  // Runs on exit, on kill and after an exception: every caller is answered.
  ~token_state() {
    const auto stopped = make_failure(errc::actor_down, "renew", "the instance was stopped");
    answer(waiting_, stopped);
    answer(late_, stopped);
  }

  token_actor::behavior_type make_behavior(token_deps deps) {
    deps_ = std::move(deps);
    install_actor_defaults(self_, deps_.log);
    random_.seed(static_cast<std::minstd_rand::result_type>(deps_.seed));
    region_ = deps_.region;
    life_ = credential_lifetime{deps_.policy};
    foreign_ = {deps_.domains, deps_.tried_at};
    if (deps_.resume) {
      const auto& value = deps_.resume->value;
      found_domains_ = value.domains;
      life_.resume(value.expires_at, deps_.resume->renew_at, now());
      deps_.report(password_held{deps_.name, value.domains, deps_.resume->issued_at,
                                 value.expires_at, deps_.resume->renew_at});
    }
    judge();
    return {
        [this](const renew_now&) { return renew(); },
        [this](const reschedule& m) {
          life_.reschedule(m.threshold, m.renew_at, now());
          judge();
        },
        [this](const clock_changed& m) {
          life_.clock_changed(m.by, now(), jitter());
          judge();
        },
        [this](const refresh_due& tick) {
          if (tick.generation == timer_)
            judge();
        },
    };
  }

private:
  using logins = std::vector<registry::login_outcome>;

  /// Does what is due, and arms the timer for the next step.
  void judge() {
    const auto due = life_.tick(now());
    if (due.withdraw)
      withdraw();
    if (due.attempt)
      attempt();
    arm();
  }

  caf::typed_response_promise<renewal> renew() {
    auto promise = self_->make_response_promise<renewal>();
    const auto begins_in = life_.ask(now());
    if (begins_in && *begins_in > most_patience) {
      promise.deliver(renewal{patience(*begins_in)});
    } else if (!begins_in) { // an attempt is in flight; if it fails, another follows: the cause
                             // may have been fixed since it began
      late_.push_back(promise);
    } else {
      waiting_.push_back(promise);
      asked_whose_ = false; // the caller may just have fixed that
      if (begins_in == 0ms)
        attempt();
    }
    arm();
    return promise;
  }

  static failure patience(milliseconds span) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(span);
    auto reason = make_failure(errc::throttled, "renew",
                               "the service asked to be left alone; it is asked again in " +
                                   std::to_string(seconds.count()) + " s");
    reason.retry_after = span;
    return reason;
  }

  // One attempt: each step leads to the next, or to `failed`.

  void attempt() {
    begun_at_ = mono();
    if (region_.empty())
      find_region();
    else
      identify();
  }

  void find_region() {
    self_->request(deps_.cloud, cloud_timeout, ask_region{})
        .then(
            [this](const region_reply& answer) {
              if (!answer.region)
                return failed(answer.region.error());
              region_ = *answer.region;
              identify();
            },
            [this](const caf::error&) { lost("region"); });
  }

  void identify() {
    self_
        ->request(deps_.identity, identity_timeout,
                  obtain_credentials{session_life_wanted(life_.policy()),
                                     std::exchange(refused_, false), !waiting_.empty()})
        .then(
            [this](const credentials_obtained& answer) {
              if (!answer.value)
                return failed(answer.value.error());
              signer_ = *answer.value;
              find_domains();
            },
            [this](const caf::error&) { lost("identity"); });
  }

  void find_domains() {
    if (!deps_.domains.empty()) {
      found_domains_ = deps_.domains;
      return ask_whose();
    }
    if (deps_.instance_id.empty()) {
      found_domains_ = aliyun::personal_domains(region_);
      return fetch();
    }
    // With every credential: domains follow the instance, and so do the obstacles to pulls.
    call(aliyun::list_instance_endpoint(deps_.instance_id), [this](const result<secret_string>& a) {
      auto domains = hosts_in(a, deps_.instance_id);
      if (domains) {
        found_domains_ = *domains;
        tell_findings(aliyun::endpoint_findings(*a, deps_.instance_id));
      } else if (found_domains_.empty()) {
        return failed(domains.error());
      }
      fetch();
    });
  }

  /// Whether foreign domains are the instance's own: asked once, and a failure never prevents a
  /// credential.
  void ask_whose() {
    const bool ask = deps_.registries && !deps_.instance_id.empty() && !foreign_.left().empty() &&
                     !std::exchange(asked_whose_, true);
    if (!ask) {
      tell_foreign();
      return fetch();
    }
    call(aliyun::list_instance_endpoint(deps_.instance_id), [this](const result<secret_string>& a) {
      if (const auto named = hosts_in(a, deps_.instance_id))
        foreign_.confirm(*named);
      tell_foreign();
      fetch();
    });
  }

  void tell_foreign() {
    if (!foreign_.left().empty() && !std::exchange(told_foreign_, true))
      deps_.log.warning("domains_foreign",
                        "the configuration alone says that these are domains of the instance: "
                        "nodes offer its credential to the servers there, the helper does not",
                        {{"instance", deps_.name}, {"domains", joined(foreign_.left())}});
  }

  static std::string joined(const std::vector<std::string>& all) {
    std::string text;
    for (const auto& one : all)
      text.append(text.empty() ? "" : ",").append(one);
    return text;
  }

  /// Reports what keeps nodes from pulling although there is a credential; each state of it once.
  void tell_findings(std::vector<aliyun::endpoint_finding> findings) {
    if (findings == findings_)
      return;
    findings_ = std::move(findings);
    deps_.report(endpoints_examined{deps_.name, findings_});
    for (const auto& found : findings_) {
      const auto say = found.closed ? &logger::warning : &logger::info;
      (deps_.log.*say)("endpoint_found",
                       found.closed ? "nodes cannot pull through this endpoint of the instance"
                                    : "not all nodes may pull through this endpoint",
                       {{"instance", deps_.name},
                        {"endpoint", found.endpoint},
                        {"cause_id", found.cause_id},
                        {"cause", found.cause},
                        {"remedy", found.remedy}});
    }
  }

  static result<std::vector<std::string>> hosts_in(const result<secret_string>& answer,
                                                   const std::string& instance_id) {
    if (!answer)
      return answer.error();
    const auto endpoints = aliyun::read_instance_endpoints(*answer);
    if (!endpoints)
      return endpoints.error();
    if (endpoints->empty())
      return aliyun::no_domain_failure(*answer, instance_id);
    std::vector<std::string> hosts;
    for (const auto& endpoint : *endpoints)
      hosts.push_back(endpoint.host);
    return hosts;
  }

  result<aliyun::registry_token> read_password(const result<secret_string>& answer) const {
    if (!answer)
      return answer.error();
    const auto at = earlier_now(deps_.wall(), service_ahead());
    return deps_.instance_id.empty() ? aliyun::read_personal_token(*answer, at)
                                     : aliyun::read_authorization_token(*answer, at);
  }

  milliseconds service_ahead() const { return deps_.service_ahead ? deps_.service_ahead() : 0ms; }

  /// By our clock, and at most the longest lifetime of a credential.
  wall_time end_of(const aliyun::registry_token& token) const {
    const auto at = deps_.wall();
    const auto life = believed_life(token.expires_at, at, service_ahead());
    if (life <= longest_password_life)
      return at + life;
    deps_.log.warning(
        "expiry_implausible",
        "the service reports an implausibly late expiry; the credential is renewed within 12 hours",
        {{"instance", deps_.name}, {"expires", token.expires_at}});
    return at + longest_password_life;
  }

  void fetch() {
    auto what = deps_.instance_id.empty() ? aliyun::get_personal_token()
                                          : aliyun::get_authorization_token(deps_.instance_id);
    call(std::move(what), [this](const result<secret_string>& answer) {
      const auto token = read_password(answer);
      if (!token)
        return failed(token.error());
      verify({token->user, token->password, end_of(*token), found_domains_});
    });
  }

  /// A credential that cannot replace a good one is published at once, and checked afterwards.
  void verify(registry_credential value) {
    if (!deps_.registries)
      return succeeded(std::move(value));
    if (!life_.expires_at()) {
      succeeded(value);
      return try_it(std::move(value), [this](logins outcomes) { learn(std::move(outcomes)); });
    }
    try_it(value, [this, value](logins outcomes) {
      const auto lost = registry::lost_login(logins_, outcomes);
      const auto until = life_.expires_at();
      if (lost && until && worth_waiting(life_.policy(), *until - deps_.wall()))
        return failed(*lost);
      succeeded(value);
      learn(std::move(outcomes));
    });
  }

  /// Checks domains that are not foreign; in the outcome those are undecided.
  template <class Done>
  void try_it(registry_credential value, Done done) {
    logins passed_over;
    for (const auto& domain : value.domains)
      if (foreign_.contains(domain) && registry::can_be_asked(domain))
        passed_over.push_back(registry::not_tried(
            make_failure(errc::config_bad, "registry login", "not tried"), domain));
    std::erase_if(value.domains,
                  [this](const std::string& domain) { return foreign_.contains(domain); });
    try_logins(self_, *deps_.registries, std::move(value),
               [passed_over = std::move(passed_over), done = std::move(done)](logins outcomes) {
                 outcomes.insert(outcomes.end(), passed_over.begin(), passed_over.end());
                 done(std::move(outcomes));
               });
  }

  /// Result of checking the published credential; each state of it is reported once.
  void learn(logins outcomes) {
    if (outcomes == logins_)
      return;
    logins_ = std::move(outcomes);
    for (const auto& one : logins_)
      if (one.reason)
        deps_.log.failed(one.verdict == registry::login_verdict::refused ? log_level::warning
                                                                         : log_level::info,
                         "login_tried", "login checked at the registry", *one.reason,
                         {{"instance", deps_.name},
                          {"domain", one.domain},
                          {"verdict", registry::to_string(one.verdict)}});
    deps_.report(logins_tried{deps_.name, logins_});
  }

  template <class OnAnswer>
  void call(aliyun::operation what, OnAnswer on_answer) {
    const auto step = "cr " + what.action;
    self_->request(deps_.cloud, cloud_timeout, cloud_call{std::move(what), region_, signer_})
        .then([on_answer](const cloud_reply& answer) { on_answer(answer.body); },
              [this, step](const caf::error&) { lost(step); });
  }

  // Outcomes.

  void succeeded(registry_credential value) {
    reported_ = errc::none;
    signer_.reset();
    const auto issued_at = deps_.wall();
    const auto expires_at = value.expires_at;
    const auto delay = life_.succeeded(expires_at, now(), jitter());
    arm();
    deps_.log.info("token_issued", "credential obtained",
                   {{"instance", deps_.name},
                    {"expires", expires_at},
                    {"renew_in_s", std::chrono::duration_cast<std::chrono::seconds>(delay).count()},
                    {"domains", value.domains.size()}});
    deps_.report(
        password_held{deps_.name, value.domains, issued_at, expires_at, issued_at + delay});
    deps_.report(attempt_ended{deps_.name, {}, mono() - begun_at_, 0, true, issued_at + delay});
    const bool at_once = !waiting_.empty() || !late_.empty();
    self_->send(deps_.sink,
                token_issued{deps_.name, std::move(value), issued_at + delay, issued_at, at_once});
    answer(waiting_, expires_at);
    answer(late_, expires_at);
  }

  void lost(const std::string& step) {
    failed(make_failure(errc::actor_down, step, "no response"));
  }

  void failed(const failure& reason) {
    signer_.reset();
    refused_ = reason.code == errc::credentials_bad;
    const auto delay = life_.failed(reason, now(), jitter());
    arm();
    const auto level = reported_ == reason.code ? log_level::debug : log_level::warning;
    reported_ = reason.code;
    deps_.log.failed(level, "token_failed",
                     life_.expires_at()
                         ? "renewal failed, retrying; the last credential is still valid"
                         : "no credential yet, retrying",
                     reason,
                     {{"instance", deps_.name},
                      {"attempt", static_cast<std::int64_t>(life_.failures())},
                      {"retry_in_ms", static_cast<std::int64_t>(delay.count())}});
    deps_.report(attempt_ended{deps_.name, reason, mono() - begun_at_, life_.failures(),
                               life_.expires_at().has_value(), deps_.wall() + delay});
    answer(waiting_, reason);
    if (late_.empty())
      return;
    const auto begins_in = life_.ask(now());
    if (begins_in > most_patience)
      return answer(late_, patience(*begins_in));
    waiting_ = std::exchange(late_, {});
    if (begins_in == 0ms)
      attempt();
    arm();
  }

  void withdraw() {
    deps_.log.error("token_withdrawn",
                    "credential expired and could not be renewed; the Secrets offer it no more",
                    {{"instance", deps_.name}});
    deps_.report(password_withdrawn{deps_.name});
    self_->send(deps_.sink, token_withdrawn{deps_.name});
  }

  // Timers.

  void arm() {
    ++timer_; // any earlier timer is obsolete
    if (const auto span = life_.wait(now()))
      self_->delayed_send(self_, *span, refresh_due{timer_});
  }

  using askers = std::vector<caf::typed_response_promise<renewal>>;

  static void answer(askers& whom, const result<wall_time>& outcome) {
    for (auto& promise : std::exchange(whom, {}))
      promise.deliver(renewal{outcome});
  }

  milliseconds mono() const { return monotonic(*self_); }

  moment now() const { return {mono(), deps_.wall()}; }

  double jitter() { return std::uniform_real_distribution<>{}(random_); }

  pointer self_;
  token_deps deps_;
  std::minstd_rand random_;
  askers waiting_;
  askers late_; ///< Callers that came while an attempt was in flight.
  credential_lifetime life_;
  bool refused_ = false; ///< The service refused the credentials of the last attempt.
  errc reported_ = errc::none;
  std::string region_;
  std::optional<aliyun::credentials> signer_; ///< Of the attempt in flight.
  std::vector<std::string> found_domains_;
  foreign_domains foreign_;
  bool asked_whose_ = false;
  bool told_foreign_ = false;
  logins logins_;                                  ///< Of the published credential.
  std::vector<aliyun::endpoint_finding> findings_; ///< As reported.
  milliseconds begun_at_{};                        ///< Of the attempt in flight.
  std::uint64_t timer_ = 0;
};

token_actor::behavior_type token_actor_body(token_state::pointer self, token_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

token_actor spawn_token_actor(caf::actor_system& system, token_deps deps) {
  return system.spawn(token_actor_body, std::move(deps));
}

} // namespace acr
