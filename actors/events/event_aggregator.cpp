#include "actors/events/event_aggregator.hpp"

#include <algorithm>
#include <utility>

namespace acr {

event_outcome event_aggregator::submit(event_request what, ms now) {
  forget_old(now);
  const auto said = what.note.reason + "/" + what.gist;
  auto& topic = topics_[what.topic];
  if (topic.last == said && now - topic.said_at < limits_.quiet) {
    ++topic.unsaid;
    return event_outcome::suppressed;
  }
  if (!afford(what.minor, now))
    return event_outcome::dropped; // and not remembered as said
  const auto repeats = std::exchange(topic.unsaid, 0);
  const auto times = topic.last == said ? repeats + 1 : 1;
  topic.last = said;
  topic.said_at = now;
  queue_.push_back({std::move(what), times});
  return event_outcome::written;
}

std::optional<event_aggregator::request> event_aggregator::take(ms now) {
  if (under_way_ || queue_.empty() || now < not_before_)
    return std::nullopt;
  under_way_ = true;
  const auto& next = queue_.front();
  auto& events = topics_[next.what.topic].events;
  const auto known = events.find(key_of(next.what.note));
  if (known == events.end() || now - known->second.at >= limits_.remembered)
    return request{next.what.note, {}, 1};
  return request{next.what.note, known->second.name, known->second.count + next.times};
}

std::optional<event_aggregator::ms> event_aggregator::wait(ms now) const {
  if (under_way_ || queue_.empty())
    return std::nullopt;
  return std::max(ms{0}, not_before_ - now);
}

std::optional<event_outcome>
event_aggregator::answered(const result<kubernetes::object_meta>& answer, ms now) {
  if (!std::exchange(under_way_, false) || queue_.empty())
    return std::nullopt;
  auto& head = queue_.front();
  auto& events = topics_[head.what.topic].events;
  const auto key = key_of(head.what.note);
  if (answer) {
    auto& event = events[key];
    const bool fresh = event.name != answer->ref.name;
    event = {answer->ref.name, fresh ? 1 : event.count + head.times, now};
    queue_.pop_front();
    return event_outcome::written;
  }
  if (answer.error().code == errc::not_found && events.erase(key) > 0)
    return std::nullopt; // it has expired on the server: created again
  if (retryable(answer.error().code) && ++head.attempts < limits_.attempts) {
    const auto delay = limits_.retry_first * (1U << (head.attempts - 1));
    not_before_ = now + std::max(delay, answer.error().retry_after.value_or(ms{0}));
    return std::nullopt;
  }
  queue_.pop_front();
  return event_outcome::failed;
}

bool event_aggregator::afford(bool minor, ms now) {
  using hours = std::chrono::duration<double, std::ratio<3600>>;
  if (refilled_at_)
    budget_ =
        std::min(limits_.burst, budget_ + hours{now - *refilled_at_}.count() * limits_.per_hour);
  refilled_at_ = now;
  if (budget_ < (minor ? limits_.reserved : 0) + 1)
    return false;
  budget_ -= 1;
  return true;
}

/// Drops topics silent for so long that their state is of no more use.
void event_aggregator::forget_old(ms now) {
  if (topics_.size() < limits_.topics)
    return;
  const auto oldest = [this, now](ms age) {
    std::erase_if(topics_, [&](const auto& item) { return now - item.second.said_at >= age; });
  };
  oldest(limits_.remembered);
  if (topics_.size() >= limits_.topics)
    oldest(limits_.quiet);
  if (topics_.size() >= limits_.topics)
    topics_.clear();
}

std::string event_aggregator::key_of(const kubernetes::event_note& note) {
  return note.reason + "/" + note.about.uid;
}

} // namespace acr
