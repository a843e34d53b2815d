/// Decides which Events are sent: repeats are counted or dropped, and there are budgets.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "protocol/kubernetes/requests.hpp"
#include "protocol/messages/status.hpp"

namespace acr {

enum class event_weight : std::uint8_t {
  minor,    ///< About one namespace among many: leaves some of the budget to others.
  ordinary, ///< Said again if it stays true.
  answer,   ///< A user asked or changed something, and waits for it; not said again.
};

/// A requested Event.
struct event_request {
  std::string topic; ///< "configuration", "instance/cri-1", "namespace/team-a": has one state.
  std::string gist;  ///< Equal gists mean the same, although the wording may differ.
  event_weight weight = event_weight::ordinary;
  kubernetes::event_note note;
  /// Never counted on an earlier Event, which a user may not have read yet.
  bool own = false;
};

struct event_limits {
  /// The same gist about the same topic is sent once in this time.
  std::chrono::milliseconds quiet = std::chrono::minutes{10};
  /// An Event this old is not counted up any more: servers drop them after an hour.
  std::chrono::milliseconds remembered = std::chrono::minutes{50};
  double burst = 30;    ///< At once,
  double per_hour = 60; ///< and then per hour.
  double reserved = 10; ///< Not for minor ones.
  /// Answers have a budget of their own, and wait for it. A person waits two minutes.
  double answers = 60;
  double answers_per_hour = 1200;
  std::size_t answers_waiting = 100; ///< More are dropped.
  std::size_t topics = 1000;         ///< Remembered at most.
  unsigned attempts = 4;             ///< Of one request, before it is dropped.
  std::chrono::milliseconds retry_first = std::chrono::seconds{2}; ///< Doubles with each.
};

/// Pure: it sends nothing and has no clock; times are monotonic. One request is in flight at a
/// time: answers first, and each kind in the order of the requests.
class event_aggregator {
public:
  using ms = std::chrono::milliseconds;

  /// What to send. Without a name it is to be created.
  struct request {
    kubernetes::event_note note;
    std::string name;
    unsigned count = 1;
  };

  explicit event_aggregator(event_limits limits = {})
      : limits_{limits}, budget_{limits.burst, limits.per_hour, limits.burst, {}},
        for_answers_{limits.answers, limits.answers_per_hour, limits.answers, {}} {}

  /// `written` means that a request will be sent for it, an answer's perhaps later.
  event_outcome submit(event_request what, ms now);

  /// The next request, if none is in flight and it is time; it is in flight then.
  std::optional<request> take(ms now);
  /// How long until `take` may return one; nothing if only a request or an answer can change that.
  std::optional<ms> wait(ms now) const;
  /// Takes the answer. Returns nothing if it will be sent again.
  std::optional<event_outcome> answered(const result<kubernetes::object_meta>& answer, ms now);

private:
  struct written_event {
    std::string name;
    unsigned count = 1;
    ms at{};
  };
  struct topic_state {
    std::string last; ///< Reason and gist.
    ms said_at{};
    unsigned unsaid = 0;                         ///< Repeats since.
    std::map<std::string, written_event> events; ///< By reason and object.
  };
  struct waiting {
    event_request what;
    unsigned times = 1;
    unsigned attempts = 0;
    bool paid = true; ///< False: an answer that has to wait for its budget.
  };
  struct budget {
    double most = 0;
    double per_hour = 0;
    double left = 0;
    std::optional<ms> refilled_at;

    /// Takes one, if more than `reserved` are left.
    bool spend(double reserved, ms now);
    double at(ms now) const;
    /// How long until there is one.
    ms until_one(ms now) const;
  };
  using line = std::deque<waiting>;

  line& line_under_way() { return answer_under_way_ ? answers_ : queue_; }
  void forget_old(ms now);
  static std::string key_of(const kubernetes::event_note& note);

  event_limits limits_;
  std::map<std::string, topic_state> topics_;
  line queue_;
  line answers_;
  bool under_way_ = false;
  bool answer_under_way_ = false; ///< Then it is the head of `answers_`.
  ms not_before_{};
  budget budget_;
  budget for_answers_;
};

} // namespace acr
