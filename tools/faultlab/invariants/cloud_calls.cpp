#include "tools/faultlab/invariants/cloud_calls.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;

// Full jitter from 1 s, doubling to 45 s, tries 6 times in the first minute and every 23 s from
// then on; near the end of a password it waits a quarter of what is left, at least half a second.
constexpr std::size_t most_in_ten_minutes = 65;
// The first two endpoints of a product are tried in one attempt, which costs nothing more.
constexpr std::size_t endpoints = 2;
// In an hour of calm: two renewals, and one that fell due by jitter.
constexpr std::size_t most_in_a_calm_hour = 3;

class call_judge : public judge {
public:
  using judge::judge;

  void passed(const traffic& seen) override {
    if (seen.what == traffic::kind::sent)
      sent(seen);
    else if (seen.what != traffic::kind::arrived)
      ended(seen);
  }

private:
  struct flow_record {
    std::deque<ms> sent;
    std::set<std::uint64_t> in_flight;
  };

  void sent(const traffic& seen) {
    if (seen.flow.find("GetAuthorizationToken") == std::string_view::npos)
      return;
    auto& record = flows_[std::string{seen.flow}];
    const auto now = on_.elapsed();
    record.in_flight.insert(seen.id);
    flow_of_[seen.id] = &record;
    record.sent.push_back(now);
    while (record.sent.front() + 1h < now)
      record.sent.pop_front();
    demand of;
    const auto name = std::string{seen.flow};
    if (record.in_flight.size() > 1 && on_.calm.calm(now, of))
      on_.complain("I5", "two calls in flight: " + name);
    const auto in = [&](ms span) {
      return static_cast<std::size_t>(std::count_if(record.sent.begin(), record.sent.end(),
                                                    [&](ms at) { return at + span > now; }));
    };
    if (in(10min) > most_in_ten_minutes * endpoints)
      on_.complain("I5", "too many calls in ten minutes: " + name);
    // By the answers' life: shorter ones are renewed more often.
    const auto renewals = static_cast<std::size_t>(1h / on_.about.world.password);
    if (on_.calm.calm(now, of, 1h) &&
        in(1h) > most_in_a_calm_hour * std::max<std::size_t>(1, 2 * renewals))
      on_.complain("I5", "more calls than renewals: " + name);
  }

  void ended(const traffic& seen) {
    const auto found = flow_of_.find(seen.id);
    if (found == flow_of_.end())
      return;
    found->second->in_flight.erase(seen.id);
    flow_of_.erase(found);
  }

  std::map<std::string, flow_record> flows_;
  std::map<std::uint64_t, flow_record*> flow_of_;
};

} // namespace

std::unique_ptr<judge> judge_cloud_calls(bench& on) { return std::make_unique<call_judge>(on); }

} // namespace acr::faultlab
