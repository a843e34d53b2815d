#include "runtime/aliyun/session.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/sec.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <openssl/rand.h>

#include "protocol/aliyun/answer.hpp"
#include "protocol/aliyun/arn.hpp"
#include "protocol/aliyun/causes.hpp"
#include "runtime/actor_defaults.hpp"
#include "runtime/aliyun/endpoint_memory.hpp"
#include "runtime/clock/monotonic.hpp"

namespace acr {

namespace aliyun {

std::string random_nonce() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error{"the random generator failed"};
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const auto byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

} // namespace aliyun

namespace {

using namespace std::chrono_literals;

// An API call takes 50 to 500 ms; a hanging one is retried by the caller.
constexpr auto call_deadline = 10s;
// The metadata service is one hop away. Outside of Alibaba Cloud there is no answer: do not wait
// long.
constexpr auto metadata_deadline = 2s;
constexpr std::size_t metadata_max_body = std::size_t{64} << 10;
// Fires only if the gateway loses an answer (see http_limits).
constexpr auto lost_answer = 5s;
// Beyond this the service refuses signatures with our time, and other clients will fail, too.
constexpr auto told_clock_skew = 15min;

static_assert(3 * (call_deadline + lost_answer) < cloud_call_bound);

bool unreachable(errc code) {
  return code == errc::dns_failed || code == errc::connect_failed || code == errc::tls_failed;
}

// One cloud_call in flight.
struct pending_call {
  cloud_call what;
  std::vector<caf::typed_response_promise<cloud_reply>> callers;
  std::vector<std::string> urls;
  std::vector<std::size_t> order;      ///< Indices into `urls`, in the order of attempts.
  std::size_t attempt = 0;             ///< Index into `order`.
  std::chrono::milliseconds sent_at{}; ///< By the uptime of the clock.
  std::optional<wall_time> stamp;      ///< Time to sign with; nothing: the service's time as known.
  wall_time stamped{};                 ///< What the last request was signed with.
  bool signed_again = false;
  std::string unreached; ///< Why the endpoints tried so far failed.

  const std::string& url() const { return urls[order[attempt]]; }
};

class session_state {
public:
  using pointer = cloud_session::stateful_pointer<session_state>;

  static inline const char* name = "cloud.session";

  explicit session_state(pointer self) : self_{self} {}
  session_state(const session_state&) = delete;
  session_state& operator=(const session_state&) = delete;

  // Runs on exit, on kill and after an exception: every caller is answered.
  ~session_state() {
    for (auto& [id, call] : calls_)
      for (auto& caller : call.callers)
        caller.deliver(caf::make_error(caf::sec::request_receiver_down));
    for (auto& promise : region_waiting_)
      promise.deliver(caf::make_error(caf::sec::request_receiver_down));
    for (auto& [id, promise] : metadata_waiting_)
      promise.deliver(caf::make_error(caf::sec::request_receiver_down));
  }

  cloud_session::behavior_type make_behavior(cloud_session_deps deps) {
    install_actor_defaults(self_, deps.log);
    clock_ = deps.clock;
    if (!clock_)
      clock_ = std::make_shared<aliyun::service_clock>(
          deps.wall, [wall = deps.wall] { return wall().time_since_epoch(); });
    deps_ = std::move(deps);
    return {[this](const cloud_call& call) { return accept(call); },
            [this](const ask_region&) { return tell_region(); },
            [this](const ask_metadata& question) { return tell_metadata(question); }};
  }

private:
  // API calls

  caf::typed_response_promise<cloud_reply> accept(cloud_call what) {
    auto promise = self_->make_response_promise<cloud_reply>();
    const bool sts = what.what.service == aliyun::product::sts;
    if (sts && !deps_->endpoints.sts_region.empty())
      what.region = deps_->endpoints.sts_region;
    const auto& fixed = sts ? deps_->endpoints.sts_url : deps_->endpoints.cr_url;
    const bool global_sts = sts && what.region.empty();
    const bool needs_region =
        fixed.empty() ? !global_sts : fixed.find("{region}") != std::string::npos;
    if (needs_region && !aliyun::plausible_region(what.region)) {
      auto reason =
          make_failure(errc::not_ready, aliyun::step_name(what.what),
                       what.region.empty() ? "the region is not known" : "no region has this name");
      aliyun::explain(reason, what.what, {what.region, "", what.signer});
      promise.deliver(cloud_reply{std::move(reason)});
      return promise;
    }
    for (auto& [id, call] : calls_)
      if (call.what.region == what.region && call.what.what == what.what &&
          call.what.signer == what.signer) {
        call.callers.push_back(promise);
        return promise;
      }
    const auto id = next_id_++;
    auto& call = calls_[id];
    call.what = std::move(what);
    call.callers.push_back(promise);
    call.urls =
        aliyun::endpoint_candidates(call.what.what.service, call.what.region, deps_->endpoints);
    call.order = memory(call).order(call.urls.size(), self_->clock().now());
    send(id);
    return promise;
  }

  void send(std::uint64_t id) {
    auto& call = calls_.at(id);
    call.sent_at = clock_->uptime();
    http_limits limits;
    limits.deadline = call_deadline;
    limits.max_body = aliyun::max_answer_size;
    call.stamped = std::exchange(call.stamp, std::nullopt).value_or(clock_->service_now());
    auto request =
        aliyun::make_request(call.what.what, call.what.signer,
                             {call.url(), call.stamped, deps_->nonce(), deps_->signatures});
    self_
        ->request(deps_->gateway, call_deadline + lost_answer,
                  http_call{std::move(request), limits})
        .then([this, id](const http_reply& reply) { read(id, reply); },
              [this, id](caf::error&) {
                finish(id, network_failure(id, make_failure(errc::actor_down, "",
                                                            "the HTTP gateway does not answer")));
              });
  }

  void read(std::uint64_t id, const http_reply& reply) {
    auto& call = calls_.at(id);
    if (!reply.value) {
      if (unreachable(reply.value.error().code) && call.attempt + 1 < call.order.size()) {
        call.unreached += described(call.url(), reply.value.error()) + "; ";
        ++call.attempt;
        send(id);
      } else {
        finish(id, network_failure(id, reply.value.error()));
      }
      return;
    }
    memory(call).reached(call.order[call.attempt], self_->clock().now());
    auto body = aliyun::read_answer(call.what.what, *reply.value);
    const auto date = find_header(reply.value->headers, "date");
    if (body || !body.error().request_id.empty()) // not the page of a proxy with a different clock
      learn_time(date, clock_->uptime() - call.sent_at);
    if (!body && !call.signed_again)
      call.stamp = another_stamp(call, body.error(), date);
    if (call.stamp) {
      call.signed_again = true;
      send(id);
      return;
    }
    finish(id, std::move(body));
  }

  void learn_time(std::string_view date, std::chrono::milliseconds took) {
    clock_->observe(date, took);
    const auto offset = clock_->service_now() - deps_->wall();
    const bool far_off = std::chrono::abs(offset) > told_clock_skew;
    if (far_off && !told_far_off_)
      deps_->log.warning(
          "clock_skew", "the clocks of the service and this machine differ widely",
          {{"behind_by_s", std::chrono::duration_cast<std::chrono::seconds>(offset).count()}});
    told_far_off_ = far_off;
  }

  /// Another time to sign with, after a refusal which means that only the stamp was checked: the
  /// time in that very answer, although this moves no clock, or the time by the other clocks.
  std::optional<wall_time> another_stamp(const pending_call& call, const failure& reason,
                                         std::string_view date) const {
    if (reason.code != errc::clock_skew)
      return std::nullopt;
    if (reason.service_code == "SignatureNonceUsed")
      return clock_->service_now();
    const auto took = clock_->uptime() - call.sent_at;
    for (const auto& one : {aliyun::time_said(date, took), std::optional{clock_->now()}})
      if (one && std::chrono::abs(*one - (call.stamped + took)) > aliyun::vagueness(took))
        return one;
    return std::nullopt;
  }

  failure network_failure(std::uint64_t id, failure reason) const {
    const auto& call = calls_.at(id);
    reason.message = call.unreached + described(call.url(), reason);
    reason.step = aliyun::step_name(call.what.what);
    return reason;
  }

  static std::string described(const std::string& url, const failure& reason) {
    return url + " " + (reason.message.empty() ? to_string(reason.code) : reason.message);
  }

  void finish(std::uint64_t id, result<secret_string> body) {
    auto node = calls_.extract(id);
    auto& call = node.mapped();
    if (!body) {
      auto reason = body.error();
      aliyun::explain(reason, call.what.what, {call.what.region, call.url(), call.what.signer});
      body = std::move(reason);
    }
    for (auto& caller : call.callers)
      caller.deliver(cloud_reply{body});
  }

  aliyun::endpoint_memory& memory(const pending_call& call) {
    return memory_[{call.what.what.service, call.what.region}];
  }

  // The metadata service

  struct pending_question {
    aliyun::metadata_exchange exchange;
    std::function<void(const result<secret_string>&)> answer;
  };

  caf::typed_response_promise<region_reply> tell_region() {
    auto promise = self_->make_response_promise<region_reply>();
    if (!region_.empty()) {
      promise.deliver(region_reply{region_});
      return promise;
    }
    region_waiting_.push_back(promise);
    if (region_waiting_.size() == 1)
      ask_service("region-id", [this](const result<secret_string>& text) {
        auto region = text ? aliyun::read_region(*text) : result<std::string>{text.error()};
        if (region)
          region_ = *region;
        else if (auto reason = region.error(); reason.cause_id.empty()) {
          aliyun::explain_metadata(reason);
          region = std::move(reason);
        }
        answer_region(region);
      });
    return promise;
  }

  caf::typed_response_promise<metadata_reply> tell_metadata(const ask_metadata& m) {
    auto promise = self_->make_response_promise<metadata_reply>();
    const auto id = next_id_;
    metadata_waiting_.emplace(id, promise);
    ask_service(m.path, [this, id](const result<secret_string>& text) {
      auto waiting = metadata_waiting_.extract(id);
      waiting.mapped().deliver(metadata_reply{text});
    });
    return promise;
  }

  void ask_service(const std::string& path,
                   std::function<void(const result<secret_string>&)> answer) {
    const auto id = next_id_++;
    auto& question =
        questions_.emplace(id, pending_question{{deps_->metadata, path}, std::move(answer)})
            .first->second;
    go_on(id, question.exchange.begin(metadata_token_, mono()));
  }

  void go_on(std::uint64_t id, aliyun::metadata_exchange::step step) {
    if (auto* request = std::get_if<http_request>(&step))
      return ask_metadata_service(id, std::move(*request));
    auto text = std::move(std::get<result<secret_string>>(step));
    if (!text) {
      auto reason = text.error();
      aliyun::explain_metadata(reason);
      text = std::move(reason);
    }
    auto question = questions_.extract(id);
    question.mapped().answer(text);
  }

  void ask_metadata_service(std::uint64_t id, http_request request) {
    http_limits limits;
    limits.deadline = metadata_deadline;
    limits.max_body = metadata_max_body;
    limits.use_proxy = false; // a request that came through a proxy is refused, and should be
    const auto take = [this, id](const result<http_response>& answer) {
      go_on(id, questions_.at(id).exchange.next(answer, metadata_token_, mono()));
    };
    self_
        ->request(deps_->gateway, metadata_deadline + lost_answer,
                  http_call{std::move(request), limits})
        .then([take](const http_reply& reply) { take(reply.value); },
              [this, id](caf::error&) {
                go_on(id, make_failure(errc::actor_down, "metadata",
                                       "the HTTP gateway does not answer"));
              });
  }

  std::chrono::milliseconds mono() const { return monotonic(*self_); }

  void answer_region(const result<std::string>& region) {
    for (auto& promise : std::exchange(region_waiting_, {}))
      promise.deliver(region_reply{region});
  }

  pointer self_;
  std::optional<cloud_session_deps> deps_; // set once, by make_behavior
  std::shared_ptr<aliyun::service_clock> clock_;
  bool told_far_off_ = false;
  std::map<std::uint64_t, pending_call> calls_;
  std::uint64_t next_id_ = 0;
  std::map<std::pair<aliyun::product, std::string>, aliyun::endpoint_memory> memory_;
  std::string region_; // empty: not known yet
  std::vector<caf::typed_response_promise<region_reply>> region_waiting_;
  std::map<std::uint64_t, caf::typed_response_promise<metadata_reply>> metadata_waiting_;
  std::map<std::uint64_t, pending_question> questions_;
  aliyun::metadata_token metadata_token_;
};

cloud_session::behavior_type cloud_session_body(session_state::pointer self,
                                                cloud_session_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

cloud_session spawn_cloud_session(caf::actor_system& system, cloud_session_deps deps) {
  return system.spawn(cloud_session_body, std::move(deps));
}

} // namespace acr
