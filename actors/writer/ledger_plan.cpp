// What to do next in a namespace, by what the ledger holds.
#include <algorithm>

#include "actors/writer/keeping.hpp"
#include "actors/writer/ledger.hpp"
#include "actors/writer/pacing.hpp"

namespace acr {

namespace {

/// Without a configuration nothing is written but this: what a helper before us wrote must not
/// outlive its end, and that needs no configuration.
std::optional<work_step> withdrawal(const namespace_record& record, wall_time now,
                                    std::optional<wall_time>& revisit) {
  if (record.state != standing::serving && record.state != standing::unknown)
    return std::nullopt;
  for (std::size_t i = 0; i < secret_names.size(); ++i) {
    const auto& slot = record.secrets.at(i);
    if (!slot || !slot->content || !slot->written_by_us || !slot->first_end)
      continue;
    if (*slot->first_end <= now)
      return once_known(record, work_step::kind::apply, i);
    revisit = std::min(revisit.value_or(*slot->first_end), *slot->first_end);
  }
  return std::nullopt;
}

} // namespace

desired_secret ledger::desired(const namespace_record& record, std::size_t index, wall_time now,
                               std::optional<wall_time>& carried_until) const {
  const auto& slot = record.secrets.at(index);
  if (slot && slot->content && (book_.has_pending() || book_.empty()))
    return book_.carry_over(index, *slot->content, now, carried_until);
  return index < book_.secrets().size() ? book_.secrets()[index] : desired_secret{};
}

desired_secret ledger::content(const std::string& ns, std::size_t index, wall_time now) const {
  std::optional<wall_time> ignored;
  const auto found = records_.find(ns);
  return found == records_.end() ? desired_secret{} : desired(found->second, index, now, ignored);
}

/// Until when what was found may stay. Judged again at each look while some instance has not
/// answered, and once after that: whatever later changes make out of date is written.
std::optional<wall_time> ledger::stay(const std::string& ns, secret_record& found,
                                      const desired_secret& wanted, wall_time now) const {
  if (found.content) {
    found.stays_until = stays_until(*found.content, wanted, book_.firsts(), now);
    if (found.stays_until) // not all on the same moment
      *found.stays_until -= turn_of(ns, records_.size(), *found.stays_until - now);
    if (!book_.has_pending())
      found.content.reset();
  }
  if (found.stays_until && *found.stays_until <= now)
    found.stays_until.reset();
  return found.stays_until;
}

work_step ledger::next(const std::string& ns, times now, std::optional<wall_time>& revisit) {
  auto* record = find(ns);
  if (!record || !ready() || !listed(ns))
    return {};
  if (book_.empty())
    if (auto step = withdrawal(*record, now.wall, revisit))
      return *step;
  plan_input input;
  input.now = now.mono;
  const bool may_write = settled(now.mono);
  const auto look_again_at = [&revisit](wall_time then) {
    revisit = std::min(revisit.value_or(then), then);
  };
  for (std::size_t i = 0; i < secret_names.size(); ++i) {
    auto& slot = record->secrets.at(i);
    const bool carried = slot && slot->content && book_.has_pending();
    if (i >= book_.secrets().size() && !carried && !book_.empty())
      continue;
    if (book_.empty() && !slot && i > 0)
      continue; // nothing is configured: whatever there is stays
    // An expired password waits for nobody: after a restart the cloud may be away for long.
    const bool overdue = carried && slot->first_end && *slot->first_end <= now.wall;
    if ((!may_write && !overdue) || book_.empty()) {
      input.wanted.resize(i + 1); // to be linked, not to be written
      if (carried && slot->first_end)
        look_again_at(*slot->first_end);
      continue;
    }
    std::optional<wall_time> carried_until;
    std::optional<desired_secret> merged;
    if (carried)
      merged = book_.carry_over(i, *slot->content, now.wall, carried_until);
    if (carried_until)
      look_again_at(*carried_until);
    const auto& wanted = merged ? *merged : book_.secrets()[i];
    const bool has_entries = !wanted.entries.empty();
    if (i >= book_.secrets().size() && !has_entries)
      continue;
    input.wanted.resize(i + 1);
    // Never an empty document in place of a good one, only because nothing has answered yet.
    if (!has_entries && (!slot || book_.has_pending()))
      continue;
    input.wanted[i] = wanted.digest;
    if (const auto until = slot ? stay(ns, *slot, wanted, now.wall) : std::nullopt) {
      input.wanted[i] = slot->digest;
      look_again_at(*until);
    }
  }
  auto step = next_step(*record, input);
  if (step.what == work_step::kind::nothing && !may_write && held_until_)
    return {work_step::kind::wait, {}, {}, 0, *held_until_};
  return step;
}

} // namespace acr
