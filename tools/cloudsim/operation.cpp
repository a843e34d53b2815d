#include "tools/cloudsim/operation.hpp"

#include <algorithm>

namespace acr::cloudsim {

std::string needed(const setting& at, std::string_view name, std::string_view code_prefix) {
  const auto value = value_of(at.what.all, name);
  if (value.empty())
    throw refusal{400, std::string{code_prefix} + std::string{name},
                  std::string{name} + " is mandatory for this action."};
  return std::string{value};
}

verdict permission(const world& about, const caller& who, std::string_view action,
                   std::string_view resource) {
  if (who.from) {
    const auto* as = about.find_role(who.principal());
    if (!as)
      return verdict::denied_implicitly;
    const auto own = evaluate(as->permissions, action, resource);
    if (own != verdict::allowed || !who.from->narrowed)
      return own;
    return evaluate(*who.from->narrowed, action, resource);
  }
  if (who.user == "root")
    return verdict::allowed;
  const auto* home = about.find_account(who.account);
  if (!home)
    return verdict::denied_implicitly;
  const auto found = std::find_if(home->users.begin(), home->users.end(),
                                  [&](const user& item) { return item.name == who.user; });
  return found == home->users.end() ? verdict::denied_implicitly
                                    : evaluate(found->permissions, action, resource);
}

refusal denied(const std::string& code, const std::string& message, std::string_view action,
               verdict why, const std::string& policy_type) {
  refusal out{403, code, message};
  out.denied_action = action;
  out.policy_type = policy_type;
  out.no_permission_type = why == verdict::denied_explicitly ? "ExplicitDeny" : "ImplicitDeny";
  return out;
}

void permit(const setting& at, const caller& who, std::string_view action,
            std::string_view resource, const std::string& code) {
  const auto answer = permission(at.about, who, action, resource);
  if (answer == verdict::allowed)
    return;
  auto open = who;
  if (who.from && who.from->narrowed) {
    auto wide = *who.from;
    wide.narrowed.reset();
    open.from = std::make_shared<const session>(std::move(wide));
  }
  const bool narrowed = permission(at.about, open, action, resource) == verdict::allowed;
  throw denied(code, "You are not authorized to do this action. You should be authorized by RAM.",
               action, answer, narrowed ? "SessionPolicy" : "AccountLevelIdentityBasedPolicy");
}

wall_time session_end(const lifetimes& life, wall_time now, std::chrono::seconds wanted) {
  using std::chrono::milliseconds;
  const auto span = life.session.count() > 0
                        ? life.session
                        : milliseconds{static_cast<std::int64_t>(
                              static_cast<double>(milliseconds{wanted}.count()) * life.scale)};
  // Answers have whole seconds; the session must not be older than stated.
  return std::chrono::floor<std::chrono::seconds>(now + span);
}

} // namespace acr::cloudsim
