#include "actors/rrsa_chain.hpp"

#include <filesystem>
#include <random>
#include <utility>
#include <vector>

#include <boost/algorithm/string/trim.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/identity/session_expiry.hpp"
#include "actors/identity/source.hpp"
#include "protocol/aliyun/sts.hpp"
#include "protocol/kubernetes/requests.hpp"
#include "runtime/actor_defaults.hpp"
#include "runtime/clock/monotonic.hpp"
#include "runtime/kubernetes/access.hpp"

namespace acr {

namespace {

using namespace std::chrono_literals;

// Whichever STS host is used, the documentation requires exactly this one.
constexpr const char* audience = "sts.aliyuncs.com";
// As the vendor's projected volume asks for.
constexpr auto token_life = 3600s;
// An intermediate session only has to be valid until the next role is assumed with it.
constexpr auto passing_margin = std::chrono::milliseconds{5min};
constexpr auto passing_life = 3600s;
// Longer than the cloud session's own deadlines: it fires only if an answer is lost.
constexpr auto chain_timeout = 90s;

class rrsa_chain_state {
public:
  using pointer = identity_source::stateful_pointer<rrsa_chain_state>;

  static inline const char* name = "acr.rrsa_chain";

  explicit rrsa_chain_state(pointer self) : self_{self} {}

  identity_source::behavior_type make_behavior(rrsa_chain_deps deps) {
    deps_ = std::move(deps);
    install_actor_defaults(self_, deps_.log);
    random_.seed(static_cast<std::minstd_rand::result_type>(deps_.seed));
    sessions_.resize(length() - 1);
    return {[this](const obtain_credentials& m) { return obtain(m); }};
  }

private:
  using reply = caf::result<credentials_obtained>;

  reply obtain(const obtain_credentials& m) {
    if (m.refused)
      last_.clear();
    if (const auto session = last_.find(deps_.wall(), m.min_life))
      return credentials_obtained{*session};
    if (const auto reason = hold_off_.in_force(mono()); reason && !m.asked)
      return credentials_obtained{*reason};
    auto promise = self_->make_response_promise<credentials_obtained>();
    if (waiting_.add(promise, m.asked))
      start();
    return promise;
  }

  void start() {
    if (deps_.region.empty())
      find_region();
    else
      walk();
  }

  /// Without a base, the RRSA role comes first.
  bool has_rrsa() const { return !deps_.base; }
  /// How many roles are assumed, each with the session of the one before.
  std::size_t length() const { return deps_.chain.roles.size() + (has_rrsa() ? 1 : 0); }
  bool is_last(std::size_t step) const { return step + 1 == length(); }
  const config::assumed_role& role_of(std::size_t step) const {
    return deps_.chain.roles.at(step - (has_rrsa() ? 1 : 0));
  }

  /// STS of the cluster's region; where the region is unknown (outside of the cloud), the global
  /// one.
  void find_region() {
    self_->request(deps_.cloud, chain_timeout, ask_region{})
        .then(
            [this](const region_reply& answer) {
              deps_.region = answer.region ? *answer.region : std::string{};
              walk();
            },
            [this](const caf::error&) { lost("region"); });
  }

  /// Begins after the last intermediate session that is still valid.
  void walk() {
    for (auto step = sessions_.size(); step > 0; --step)
      if (const auto session = sessions_[step - 1].find(deps_.wall(), passing_margin))
        return assume(step, *session);
    if (has_rrsa())
      read_token();
    else
      ask_base();
  }

  void ask_base() {
    self_
        ->request(deps_.base, chain_timeout,
                  obtain_credentials{passing_margin, std::exchange(base_refused_, false),
                                     waiting_.asked()})
        .then(
            [this](const credentials_obtained& answer) {
              if (!answer.value)
                return fail(answer.value.error());
              assume(0, *answer.value);
            },
            [this](const caf::error&) { lost("identity"); });
  }

  void read_token() {
    std::error_code ignored;
    if (!deps_.oidc.file_only && !std::filesystem::exists(deps_.oidc.token_file, ignored))
      return request_token();
    const auto text = kubernetes::read_small_file(deps_.oidc.token_file);
    if (!text)
      return fail(text.error());
    // No SDK trims; a line end after a token is an easy mistake in a test or a mount.
    assume_with(secret_string{boost::trim_copy(std::string{text->reveal()})});
  }

  void request_token() {
    const auto what =
        "request token of service account " + deps_.oidc.account.ns + "/" + deps_.oidc.account.name;
    self_
        ->request(
            deps_.api, chain_timeout,
            http_call{kubernetes::token_request(deps_.oidc.account, audience, token_life), {}})
        .then(
            [this, what](const http_reply& answer) {
              if (!answer.value)
                return fail(answer.value.error());
              const auto token = kubernetes::read_token(what, *answer.value);
              if (!token)
                return fail(token.error());
              assume_with(token->token);
            },
            [this, what](const caf::error&) { lost(what); });
  }

  void assume_with(const secret_string& token) {
    call(0,
         aliyun::assume_role_with_oidc(
             {deps_.chain.rrsa_role_arn, deps_.session_name, life_of(0), {}, policy_of(0)},
             deps_.chain.rrsa_oidc_provider_arn, token),
         std::nullopt);
  }

  void assume(std::size_t step, const aliyun::credentials& signer) {
    const auto& role = role_of(step);
    call(step,
         aliyun::assume_role(
             {role.arn, deps_.session_name, life_of(step), role.external_id, policy_of(step)}),
         signer);
  }

  std::chrono::seconds life_of(std::size_t step) const {
    return is_last(step) ? deps_.chain.expire_duration : passing_life;
  }

  std::string policy_of(std::size_t step) const {
    return is_last(step) ? deps_.policy : std::string{};
  }

  void call(std::size_t step, aliyun::operation what, std::optional<aliyun::credentials> signer) {
    const auto told = "sts " + what.action;
    self_
        ->request(deps_.cloud, chain_timeout,
                  cloud_call{std::move(what), deps_.region, std::move(signer)})
        .then(
            [this, step](const cloud_reply& answer) {
              if (!answer.body) {
                base_refused_ = step == 0 && answer.body.error().code == errc::credentials_bad;
                return fail(answer.body.error());
              }
              const auto session = in_our_time(
                  deps_, [&](wall_time now) { return aliyun::read_session(*answer.body, now); });
              if (!session)
                return fail(session.error());
              if (is_last(step))
                return succeed(*session);
              sessions_[step].store(*session, deps_.wall());
              assume(step + 1, *session);
            },
            [this, told](const caf::error&) { lost(told); });
  }

  void succeed(const aliyun::credentials& session) {
    hold_off_.succeeded();
    last_.store(session, deps_.wall());
    deps_.log.info("session_renewed", "role assumed",
                   {{"role", deps_.chain.roles.empty() ? deps_.chain.rrsa_role_arn
                                                       : deps_.chain.roles.back().arn},
                    {"access_key_id", session.access_key_id},
                    {"expires", session.expires_at.value_or(wall_time{})}});
    answer(session);
  }

  void lost(const std::string& step) { fail(make_failure(errc::actor_down, step, "no response")); }

  void fail(const failure& reason) {
    for (auto& session : sessions_)
      session.clear(); // whatever was wrong with them, the next try starts over
    hold_off_.failed(reason, mono(), std::uniform_real_distribution<>{}(random_));
    answer(reason);
  }

  void answer(const result<aliyun::credentials>& value) {
    if (waiting_.answer(value))
      start();
  }

  std::chrono::milliseconds mono() const { return monotonic(*self_); }

  pointer self_;
  rrsa_chain_deps deps_;
  std::minstd_rand random_;
  std::vector<session_cache> sessions_; ///< Intermediate: all but the last.
  session_cache last_;
  bool base_refused_ = false; ///< The credentials last received from the base were refused.
  hold_off hold_off_;
  waiting_callers waiting_;
};

identity_source::behavior_type rrsa_chain_body(rrsa_chain_state::pointer self,
                                               rrsa_chain_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

identity_source spawn_rrsa_chain(caf::actor_system& system, rrsa_chain_deps deps) {
  return system.spawn(rrsa_chain_body, std::move(deps));
}

} // namespace acr
