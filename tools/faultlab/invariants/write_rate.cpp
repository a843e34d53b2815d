#include "tools/faultlab/invariants/write_rate.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;

// A failing write is retried after 1, 2, 4 ... s; several causes may coincide.
constexpr std::size_t most_a_minute = 12;
// A lasting cause leads to a write every half minute at most.
constexpr std::size_t most_an_hour = 120;
// A restarted program or component has no failure history: it retries after 0.5, 1, 2 ... 32 s.
constexpr std::size_t tries_after_a_start = 8;

class write_rate_checker : public checker {
public:
  write_rate_checker(bench& on, std::size_t& most) : checker{on}, most_{most} {}

  void requested(const kubesim::audit_record& record) override {
    if (!on_.world || record.user != helper_user || !record.subresource.empty() ||
        (record.resource != "secrets" && record.resource != "serviceaccounts") ||
        (record.verb != "patch" && record.verb != "create" && record.verb != "update" &&
         record.verb != "delete"))
      return;
    const auto place = record.resource + " " + record.ns + "/" + record.name;
    const auto now = on_.elapsed();
    auto& sent = sent_[place];
    sent.push_back(now);
    while (sent.front() + 1h <= now)
      sent.pop_front();
    const auto minute = static_cast<std::size_t>(
        sent.end() - std::upper_bound(sent.begin(), sent.end(), now - 1min));
    most_ = std::max(most_, minute);
    if (minute > most_a_minute * writers() + allowance(now, 1min))
      complain(place, minute, 1min);
    else if (sent.size() > most_an_hour * writers() + allowance(now, 1h))
      complain(place, sent.size(), 1h);
  }

private:
  /// The number of possible restarts of it, or of a component, within that span.
  std::size_t starts(ms now, ms span) const {
    return static_cast<std::size_t>(
        std::count_if(on_.about.timeline.begin(), on_.about.timeline.end(), [&](const auto& item) {
          return item.where == "helper" && item.at <= now && item.at > now - span;
        }));
  }

  /// For what is not running as it was: restarted programs, and those that have ended since.
  std::size_t allowance(ms now, ms span) const {
    return tries_after_a_start * starts(now, span) + most_a_minute * ended_overlaps(now, span);
  }

  /// The number of second programs that ran within that span, and do not any more.
  std::size_t ended_overlaps(ms now, ms span) const {
    return static_cast<std::size_t>(
        std::count_if(on_.about.timeline.begin(), on_.about.timeline.end(), [&](const auto& item) {
          const auto end = item.at + item.lasts;
          return item.where == "helper" && item.how == "overlap" && end <= now && end > now - span;
        }));
  }

  /// Programs that do not elect a leader count separately.
  std::size_t writers() const {
    if (on_.about.world.elects())
      return 1;
    std::size_t running = 0;
    for (std::size_t i = 0; i < on_.world->replicas(); ++i)
      running += on_.world->helper(i).running() ? 1 : 0;
    return std::max<std::size_t>(1, running);
  }

  /// Once for each object and minute: a loop writes it thousands of times.
  void complain(const std::string& place, std::size_t times, ms span) {
    auto& last = complained_[place];
    if (last && *last + 1min > on_.elapsed())
      return;
    last = on_.elapsed();
    on_.complain("I14", place + " was written " + std::to_string(times) + " times within " +
                            write_span(span));
  }

  std::size_t& most_;
  std::map<std::string, std::deque<ms>> sent_; ///< Within the last hour.
  std::map<std::string, std::optional<ms>> complained_;
};

} // namespace

std::unique_ptr<checker> check_write_rate(bench& on, std::size_t& most_in_a_minute) {
  return std::make_unique<write_rate_checker>(on, most_in_a_minute);
}

} // namespace acr::faultlab
