#define BOOST_TEST_MODULE credential_lifetime_property
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <vector>

#include "actors/credential_lifetime.hpp"

using namespace acr;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

// Random clouds: healthy, down, silent, throttling and refusing for random times, passwords of
// random lives, machines that sleep, and actors that crash. What the design promises must hold in
// all.

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr int histories = 10'000;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr int histories = 10'000;
#else
constexpr int histories = 100'000;
#endif
#else
constexpr int histories = 100'000;
#endif

using generator = std::minstd_rand;

template <class T>
T between(generator& random, T low, T high) {
  return T{std::uniform_int_distribution<std::int64_t>{low.count(), high.count()}(random)};
}

/// The cloud behaves so until `until` (true time).
struct weather {
  enum class kind { healthy, down, throttling, refusing } what = kind::healthy;
  wall_time until;
};

struct totals {
  std::uint64_t attempts_in_outages = 0;
  milliseconds outages{};
  std::uint64_t gaps = 0, renewals = 0, rescued = 0;
};

/// One instance and its cloud. `fault` is what was broken first; empty if nothing was.
class history {
public:
  history(std::uint32_t seed, totals& all) : random_{seed}, all_{all} {
    policy_.threshold = between(random_, milliseconds{10s}, milliseconds{1h});
    life_ = credential_lifetime{policy_};
    password_life_ = between(random_, milliseconds{20s}, milliseconds{12h});
    next_weather();
  }

  std::string run() {
    for (int step = 0; step < 300 && fault_.empty(); ++step)
      advance();
    return fault_;
  }

private:
  static constexpr milliseconds longest_call = 10s;

  double jitter() { return std::uniform_real_distribution<>{}(random_); }
  bool chance(double probability) { return jitter() < probability; }
  void must(bool holds, const char* what) {
    if (!holds && fault_.empty())
      fault_ = what;
  }

  void next_weather() {
    const double dice = jitter();
    weather_.what = dice < 0.5   ? weather::kind::healthy
                    : dice < 0.8 ? weather::kind::down
                    : dice < 0.9 ? weather::kind::throttling
                                 : weather::kind::refusing;
    weather_.until = now_.wall + between(random_, milliseconds{1s}, milliseconds{2h});
    healthy_since_ =
        weather_.what == weather::kind::healthy ? std::optional{now_.wall} : std::nullopt;
  }

  void pass(milliseconds span) {
    now_.mono += span;
    now_.wall += span;
    while (weather_.until <= now_.wall)
      next_weather();
  }

  /// Whatever comes first: the timer, the answer, a crash, a sleep.
  void advance() {
    const auto timer = life_.wait(now_);
    must(timer || answer_in_, "waits for nothing");
    if (!fault_.empty())
      return;
    const auto span =
        std::min(timer.value_or(milliseconds::max()), answer_in_.value_or(milliseconds::max()));
    if (chance(0.02))
      return sleep();
    if (chance(0.02))
      return crash();
    pass(span);
    if (answer_in_ && *answer_in_ == span)
      return answered();
    if (answer_in_)
      *answer_in_ -= span;
    react();
  }

  void react() {
    const auto due = life_.tick(now_);
    if (due.withdraw) {
      must(published_.has_value(), "I1: withdraws what is not there");
      gap();
      published_.reset();
    }
    must(!published_ || now_.wall < *published_, "I1: an expired password stands");
    if (due.attempt)
      begin();
  }

  void begin() {
    must(!answer_in_, "I5: two attempts in flight");
    must(now_.mono >= not_before_, "I5: a throttling answer is not obeyed");
    must(!began_ || now_.wall - *began_ >= policy_.retry_first / 2 || restarted_,
         "I5: tries in a tight loop");
    if (weather_.what == weather::kind::down && !published_) {
      ++all_.attempts_in_outages;
      if (began_)
        all_.outages += std::min(now_.wall - *began_, milliseconds{1min});
    }
    began_ = now_.wall;
    restarted_ = false;
    answer_in_ = between(random_, milliseconds{1ms}, longest_call);
  }

  void answered() {
    answer_in_.reset();
    switch (weather_.what) {
    case weather::kind::healthy: {
      const auto left = published_ ? *published_ - now_.wall : 0ms;
      const auto delay = life_.succeeded(now_.wall + password_life_, now_, jitter());
      ++all_.renewals;
      all_.rescued += left > 0ms && left < policy_.threshold / 2 ? 1 : 0;
      published_ = now_.wall + password_life_;
      renew_at_ = now_.wall + delay;
      disturbed_ = false;
      must(delay < password_life_, "I2: renews after the expiry");
      must(password_life_ <= 2 * policy_.threshold || password_life_ - delay >= policy_.threshold,
           "I2: renews after the threshold");
      break;
    }
    case weather::kind::down:
      fail(errc::http_timeout, {});
      break;
    case weather::kind::throttling:
      fail(errc::throttled, between(random_, milliseconds{1s}, milliseconds{3min}));
      break;
    case weather::kind::refusing:
      fail(errc::denied, {});
      break;
    }
    react();
  }

  void fail(errc code, std::optional<milliseconds> wait) {
    failure reason;
    reason.code = code;
    reason.retry_after = wait;
    const auto left = published_ ? *published_ - now_.wall : 0ms;
    const auto delay = life_.failed(reason, now_, jitter());
    if (wait)
      not_before_ = now_.mono + *wait;
    else
      must(left <= 0ms || delay <= std::max(left / 4, policy_.retry_first / 2),
           "I2: does not try often enough before the expiry");
    must(code != errc::http_timeout || delay <= policy_.retry_most, "I7: waits for too long");
    disturbed_ = disturbed_ || code != errc::http_timeout;
  }

  /// A password was withdrawn. That is a fault if the cloud would have answered for long enough: a
  /// quarter of what was left, at most the longest wait, and a call on either side of it.
  void gap() {
    ++all_.gaps;
    if (disturbed_ || !healthy_since_)
      return;
    const auto chance_since = std::max(*healthy_since_, *published_ - policy_.threshold);
    const auto left = *published_ - chance_since;
    const auto enough =
        std::min(left / 4, policy_.retry_most) + policy_.retry_first + 2 * longest_call;
    must(left < enough, "I2: a gap although the cloud answered in time");
  }

  /// Some time passes that the monotonic clock does not see.
  void sleep() {
    now_.wall += between(random_, milliseconds{1s}, milliseconds{24h});
    while (weather_.until <= now_.wall)
      next_weather();
    disturbed_ = true;
    life_.clock_changed(0ms, now_, jitter());
    react();
  }

  void crash() {
    life_ = credential_lifetime{policy_};
    if (published_)
      life_.resume(*published_, renew_at_, now_);
    answer_in_.reset();
    not_before_ = milliseconds::min(); // nobody remembers
    restarted_ = disturbed_ = true;
    pass(between(random_, milliseconds{50ms}, milliseconds{30s}));
    react();
  }

  generator random_;
  totals& all_;
  refresh_policy policy_;
  credential_lifetime life_;
  milliseconds password_life_{};
  moment now_{1h, wall_time{24h}};
  weather weather_;
  std::optional<wall_time> healthy_since_;
  std::optional<wall_time> published_; ///< Expiry of what stands in the Secrets.
  wall_time renew_at_;
  std::optional<milliseconds> answer_in_;
  std::optional<wall_time> began_;
  milliseconds not_before_{milliseconds::min()};
  bool restarted_ = false;
  bool disturbed_ = false; ///< Since the last password: slept, crashed, throttled or refused.
  std::string fault_;
};

} // namespace

BOOST_AUTO_TEST_CASE(no_history_breaks_what_is_promised) {
  totals all;
  for (int seed = 1; seed <= histories; ++seed) {
    const auto fault = history{static_cast<std::uint32_t>(seed), all}.run();
    if (!fault.empty())
      BOOST_FAIL("history " << seed << ": " << fault);
  }
  // The histories are worth something: renewals, last-moment ones, and passwords lost for good.
  BOOST_TEST(all.renewals > 5U * histories);
  BOOST_TEST(all.rescued > histories / 10U);
  BOOST_TEST(all.gaps > histories / 10U);
  // Full jitter up to 45 s: some 20 s between tries once there is nothing to lose.
  BOOST_TEST(all.outages.count() / static_cast<std::int64_t>(all.attempts_in_outages) > 10'000);
}
