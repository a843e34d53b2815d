#include "actors/writer/namespace_views.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

namespace acr {

namespace {

constexpr std::size_t most_accounts = 5; // by name

bool concerns(const std::string& name, const observed_namespace& record, const std::string& part) {
  return name.find(part) != std::string::npos ||
         std::any_of(record.accounts.begin(), record.accounts.end(), [&](const auto& item) {
           return item.second.in_scope && item.first.get().find(part) != std::string::npos;
         });
}

std::optional<std::string> foreign_secret_of(const observed_namespace& record) {
  for (std::size_t i = 0; i < record.secrets.size(); ++i)
    if (record.secrets.at(i) && !record.secrets.at(i)->ours)
      return std::string{secret_names.at(i)};
  return std::nullopt;
}

namespace_view view_of(const std::string& name, const observed_namespace& record,
                       const failure* reason) {
  namespace_view out;
  out.name = name;
  for (const auto& [account_name, account] : record.accounts) {
    if (!account.in_scope)
      continue;
    ++out.accounts;
    if (account.holds(secret_names[0]))
      ++out.linked;
    else if (out.unlinked.size() < most_accounts)
      out.unlinked.push_back(account_name);
  }
  const auto foreign = foreign_secret_of(record);
  if (reason) {
    out.state = namespace_state::failing;
    out.reason = to_string(*reason);
  } else if (record.phase == namespace_phase::leaving) {
    out.state = namespace_state::leaving;
  } else if (foreign) {
    out.state = namespace_state::foreign;
    out.reason = "the Secret " + *foreign + " is not ours";
  } else {
    out.state = record.served() ? namespace_state::served : namespace_state::waiting;
  }
  return out;
}

} // namespace

namespaces_reply views_of(const observed_state& observed, const write_failures& failures,
                          const ask_namespaces& question) {
  namespaces_reply out;
  for (const auto& [name, record] : observed.namespaces()) {
    const bool told =
        record.phase == namespace_phase::in_scope || record.phase == namespace_phase::leaving;
    if (told && concerns(name, record, question.part))
      out.some.push_back(view_of(name, record, failures.reason_in(name)));
  }
  out.matching = out.some.size();
  const auto first = std::min(question.first, out.matching);
  const auto last = first + std::min(question.most, out.matching - first);
  const auto at = [&out](std::size_t i) {
    return out.some.begin() + static_cast<std::ptrdiff_t>(i);
  };
  std::partial_sort(out.some.begin(), at(last), out.some.end(),
                    [](const namespace_view& a, const namespace_view& b) {
                      return std::tie(a.state, a.name) < std::tie(b.state, b.name);
                    });
  out.some.erase(at(last), out.some.end());
  out.some.erase(out.some.begin(), at(first));
  return out;
}

} // namespace acr
