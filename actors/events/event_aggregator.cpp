#include "actors/events/event_aggregator.hpp"

#include <algorithm>
#include <utility>

namespace acr {

namespace {

using hours = std::chrono::duration<double, std::ratio<3600>>;

} // namespace

event_outcome event_aggregator::submit(event_request what, ms now) {
  forget_old(now);
  const auto said = what.note.reason + "/" + what.gist;
  auto& topic = topics_[what.topic];
  if (topic.last == said && now - topic.said_at < limits_.quiet) {
    ++topic.unsaid;
    return event_outcome::suppressed;
  }
  const bool answer = what.weight == event_weight::answer;
  const auto reserved = what.weight == event_weight::minor ? limits_.reserved : 0;
  if (answer ? answers_.size() >= limits_.answers_waiting : !budget_.spend(reserved, now))
    return event_outcome::dropped; // and not remembered as said
  const auto repeats = std::exchange(topic.unsaid, 0);
  const auto times = topic.last == said ? repeats + 1 : 1;
  topic.last = said;
  topic.said_at = now;
  (answer ? answers_ : queue_).push_back({std::move(what), times, 0, !answer});
  return event_outcome::written;
}

std::optional<event_aggregator::request> event_aggregator::take(ms now) {
  if (under_way_ || now < not_before_)
    return std::nullopt;
  if (!answers_.empty() && !answers_.front().paid)
    answers_.front().paid = for_answers_.spend(0, now);
  answer_under_way_ = !answers_.empty() && answers_.front().paid;
  if (!answer_under_way_ && queue_.empty())
    return std::nullopt;
  under_way_ = true;
  const auto& next = line_under_way().front();
  const request fresh{next.what.note, {}, 1};
  if (next.what.own)
    return fresh;
  auto& events = topics_[next.what.topic].events;
  const auto known = events.find(key_of(next.what.note));
  if (known == events.end() || now - known->second.at >= limits_.remembered)
    return fresh;
  return request{next.what.note, known->second.name, known->second.count + next.times};
}

std::optional<event_aggregator::ms> event_aggregator::wait(ms now) const {
  if (under_way_ || (queue_.empty() && answers_.empty()))
    return std::nullopt;
  auto span = not_before_ - now;
  if (queue_.empty() && !answers_.front().paid)
    span = std::max(span, for_answers_.until_one(now));
  return std::max(ms{0}, span);
}

std::optional<event_outcome>
event_aggregator::answered(const result<kubernetes::object_meta>& answer, ms now) {
  if (!std::exchange(under_way_, false))
    return std::nullopt;
  auto& sent = line_under_way().front();
  auto& events = topics_[sent.what.topic].events;
  const auto key = key_of(sent.what.note);
  if (answer) {
    if (!sent.what.own) {
      auto& event = events[key];
      const bool fresh = event.name != answer->ref.name;
      event = {answer->ref.name, fresh ? 1 : event.count + sent.times, now};
    }
    line_under_way().pop_front();
    return event_outcome::written;
  }
  if (answer.error().code == errc::not_found && events.erase(key) > 0)
    return std::nullopt; // it has expired on the server: created again
  if (retryable(answer.error().code) && ++sent.attempts < limits_.attempts) {
    const auto delay = limits_.retry_first * (1U << (sent.attempts - 1));
    not_before_ = now + std::max(delay, answer.error().retry_after.value_or(ms{0}));
    return std::nullopt;
  }
  line_under_way().pop_front();
  return event_outcome::failed;
}

bool event_aggregator::budget::spend(double reserved, ms now) {
  left = at(now);
  refilled_at = now;
  if (left < reserved + 1)
    return false;
  left -= 1;
  return true;
}

double event_aggregator::budget::at(ms now) const {
  return refilled_at ? std::min(most, left + hours{now - *refilled_at}.count() * per_hour) : left;
}

event_aggregator::ms event_aggregator::budget::until_one(ms now) const {
  return std::chrono::ceil<ms>(hours{std::max(0.0, 1 - at(now)) / per_hour});
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
