#include "tools/faultlab/invariants/rounds.hpp"

#include <algorithm>
#include <deque>
#include <map>

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;

// The longest lifetime of a credential that depends on a session.
constexpr ms session = 1h;
// Three renewals take this long, after which all are in step.
constexpr int waits_to_settle = 4;

class round_checker : public checker {
public:
  explicit round_checker(bench& on) : checker{on}, wait_{waits_of(on.about)} {
    // Credentials that depend on a session and others may have different lifetimes.
    if (on.about.world.identity == "mixed" && on.about.world.password > session)
      kinds_ = 2;
  }

  void changed(const change_seen& seen) override {
    if (!on_.world || seen.by.empty() || seen.resource != "secrets" || !seen.before || !seen.after)
      return;
    const auto now = on_.elapsed();
    const auto& object = seen.object();
    demand all;
    all.ns = text_at(object, "metadata", "namespace");
    all.object = {"secrets", text_at(object, "metadata", "name")};
    const auto place = all.ns + "/" + all.object.name;
    auto& at = writes_[place];
    at.push_back(now);
    // Rounds begin 0.83 waits apart or more, and calls are spread over 0.04 at most.
    while (at.front() + wait_.least * 3 / 4 < now)
      at.pop_front();
    if (at.size() > kinds_ && on_.calm.calm(now, all, waits_to_settle * wait_.most))
      on_.complain("I6", place + " was written " + std::to_string(at.size()) +
                             " times although passwords are renewed every " +
                             write_span(wait_.least * 83 / 100) + " at most");
  }

private:
  struct span {
    ms least, most;
  };

  /// The time until a renewal, for all configurations, including edited ones.
  static span waits_of(const scenario& about) {
    const auto wait = [](ms life, ms threshold) {
      return life > 2 * threshold ? life - threshold : life / 2;
    };
    const auto& world = about.world;
    const ms longest = world.password;
    const ms shortest = world.identity == "key" ? longest : std::min(longest, session);
    span out{wait(shortest, world.threshold), wait(longest, world.threshold)};
    for (const auto& item : about.timeline)
      if (const auto edited = item.param("threshold"); !edited.empty())
        if (const auto threshold = read_span(edited))
          out = {std::min(out.least, wait(shortest, *threshold)),
                 std::max(out.most, wait(longest, *threshold))};
    return out;
  }

  span wait_;
  std::size_t kinds_ = 1;
  std::map<std::string, std::deque<ms>> writes_;
};

} // namespace

std::unique_ptr<checker> check_rounds(bench& on) { return std::make_unique<round_checker>(on); }

} // namespace acr::faultlab
