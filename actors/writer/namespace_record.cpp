#include "actors/writer/namespace_record.hpp"

#include <algorithm>

namespace acr {

namespace {

using kind = work_step::kind;

bool foreign(const namespace_record& record, std::size_t index) {
  const auto& secret = record.secrets.at(index);
  return secret && !secret->ours;
}

/// Names of ours that an account should hold in this namespace.
std::vector<std::string> names_to_link(const namespace_record& record, const plan_input& input) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < input.wanted.size(); ++i)
    if (!foreign(record, i))
      names.emplace_back(secret_names.at(i));
  return names;
}

/// Whether the Secret at `i` is deleted when the namespace leaves the scope. A reference to it is
/// of no use to anyone then, and need not name us in managedFields: the server tracks nobody's
/// changes of an object that was created empty, as `default` accounts are.
bool goes(const namespace_record& record, std::size_t i) {
  return record.secrets.at(i) && record.secrets.at(i)->written_by_us;
}

std::optional<work_step> link_or_unlink(const namespace_record& record,
                                        const std::vector<std::string>& wanted, bool leaving) {
  for (const auto& [name, account] : record.accounts) {
    if (account.terminating)
      continue;
    if (account.in_scope && !leaving) {
      std::vector<std::string> missing;
      for (const auto& secret : wanted)
        if (!account.holds(secret))
          missing.push_back(secret);
      if (!missing.empty())
        return work_step{kind::link, name, missing, 0, {}};
      continue;
    }
    const bool ours_to_remove = account.was_in_scope || account.managed_by_us;
    std::vector<std::string> ours;
    for (std::size_t i = 0; i < secret_names.size(); ++i)
      if (account.holds(secret_names.at(i)) && (ours_to_remove || (leaving && goes(record, i))))
        ours.emplace_back(secret_names.at(i));
    if (!ours.empty())
      return work_step{kind::unlink, name, ours, 0, {}};
  }
  return std::nullopt;
}

/// Links to Secrets that are no longer needed, in accounts that stay.
std::optional<work_step> unlink_surplus(const namespace_record& record, const plan_input& input) {
  for (const auto& [name, account] : record.accounts) {
    if (!account.in_scope || account.terminating)
      continue;
    std::vector<std::string> surplus;
    for (std::size_t i = input.wanted.size(); i < secret_names.size(); ++i)
      if (account.holds(secret_names.at(i)) && !foreign(record, i))
        surplus.emplace_back(secret_names.at(i));
    if (!surplus.empty())
      return work_step{kind::unlink, name, surplus, 0, {}};
  }
  return std::nullopt;
}

std::optional<work_step> remove_from(const namespace_record& record, std::size_t first) {
  for (std::size_t i = first; i < secret_names.size(); ++i)
    if (record.secrets.at(i) && record.secrets.at(i)->written_by_us)
      return once_known(record, kind::remove, i);
  return std::nullopt;
}

work_step when_leaving(const namespace_record& record) {
  if (!record.inspected)
    return {kind::inspect, {}, {}, 0, {}};
  if (auto step = link_or_unlink(record, {}, true))
    return *step;
  if (auto step = remove_from(record, 0))
    return *step;
  return {kind::forget, {}, {}, 0, {}};
}

work_step when_serving(const namespace_record& record, const plan_input& input) {
  if (std::any_of(record.accounts.begin(), record.accounts.end(),
                  [](const auto& item) { return item.second.doubtful; }))
    return {kind::inspect, {}, {}, 0, {}};
  if (auto step = link_or_unlink(record, names_to_link(record, input), false))
    return *step;
  const bool any_account = std::any_of(record.accounts.begin(), record.accounts.end(),
                                       [](const auto& item) { return item.second.in_scope; });
  for (std::size_t i = 0; i < input.wanted.size(); ++i) {
    const auto& wanted = input.wanted[i];
    const auto& seen = record.secrets.at(i);
    if (!wanted || foreign(record, i) || (seen && seen->digest == *wanted))
      continue;
    if (!any_account && !seen && input.now < record.seen_at + account_grace)
      return {kind::wait, {}, {}, 0, record.seen_at + account_grace};
    return once_known(record, kind::apply, i);
  }
  if (auto step = unlink_surplus(record, input))
    return *step;
  if (auto step = remove_from(record, input.wanted.size()))
    return *step;
  return {};
}

} // namespace

work_step next_step(const namespace_record& record, const plan_input& input) {
  switch (record.state) {
  case standing::serving:
    return when_serving(record, input);
  case standing::leaving:
    return when_leaving(record);
  case standing::unknown:
  case standing::ending:
    break;
  }
  return {};
}

work_step once_known(const namespace_record& record, work_step::kind what, std::size_t index) {
  const auto& known = record.secrets.at(index);
  return {record.doubtful.at(index) ? kind::look : what,  {}, {}, index, {},
          known ? known->resource_version : std::string{}};
}

bool is_ours(const kubernetes::secret& seen) {
  const auto label = seen.labels.find(managed_by_label);
  return seen.managed_by_us ||
         (label != seen.labels.end() && label->second == kubernetes::field_manager);
}

} // namespace acr
