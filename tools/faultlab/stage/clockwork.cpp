#include "tools/faultlab/stage/clockwork.hpp"

#include <algorithm>
#include <utility>

#include <caf/exit_reason.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/send.hpp>

namespace acr::faultlab {

using std::chrono::milliseconds;

namespace {

// CAF's clock begins at zero, which some of its parts take for "never".
constexpr auto epoch = std::chrono::hours{1};

} // namespace

clockwork::clockwork()
    : scheduler_{dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())} {
  scheduler_.clock().current_time = caf::actor_clock::time_point{epoch};
}

clockwork::~clockwork() {
  do
    scheduler_.run();
  while (scheduler_.clock().trigger_timeout());
}

milliseconds clockwork::elapsed() const {
  return std::chrono::floor<milliseconds>(scheduler_.clock().current_time.time_since_epoch()) -
         epoch + slept_;
}

void clockwork::at(milliseconds elapsed, std::function<void()> what) {
  agenda_.emplace(elapsed, std::move(what));
}

void clockwork::deliver() {
  if (!before_message && !after_message) {
    scheduler_.run();
    return;
  }
  while (scheduler_.has_job()) {
    const auto& actor = scheduler_.next_job<caf::scheduled_actor>();
    const caf::strong_actor_ptr who{actor.ctrl()};
    if (before_message)
      before_message(who);
    scheduler_.run_once();
    if (after_message)
      after_message(who);
  }
}

void clockwork::kill(const caf::strong_actor_ptr& who) {
  caf::anon_send_exit(who, caf::exit_reason::kill); // goes before all that is in the mailbox
  scheduler_.prioritize(who);
}

void clockwork::run_until(milliseconds until) {
  auto& clock = scheduler_.clock();
  const auto mono = [this](milliseconds elapsed) {
    return caf::actor_clock::time_point{epoch + elapsed - slept_};
  };
  deliver();
  for (;;) {
    const auto last = mono(until);
    const auto own = agenda_.empty() ? last : std::min(last, mono(agenda_.begin()->first));
    if (!clock.schedule().empty() && clock.schedule().begin()->first < own) {
      clock.trigger_timeout();
    } else if (!agenda_.empty() && mono(agenda_.begin()->first) <= last) {
      clock.current_time = std::max(clock.current_time, own);
      const auto what = std::move(agenda_.extract(agenda_.begin()).mapped());
      what();
    } else {
      clock.current_time = std::max(clock.current_time, last);
      return;
    }
    ++steps_;
    deliver();
  }
}

} // namespace acr::faultlab
