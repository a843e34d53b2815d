#include "actors/supervision/issued_credentials.hpp"

#include <utility>

namespace acr {

token_issued issued_credentials::keep(token_issued what) {
  if (outdated_.erase(what.instance) > 0)
    what.at_once = true;
  issued_.insert_or_assign(what.instance, what);
  return what;
}

token_issued* issued_credentials::find(const std::string& name) {
  const auto found = issued_.find(name);
  return found == issued_.end() ? nullptr : &found->second;
}

std::optional<token_issued> issued_credentials::copy_of(const std::string& name) const {
  const auto found = issued_.find(name);
  return found == issued_.end() ? std::nullopt : std::optional{found->second};
}

void issued_credentials::outdate(const std::string& name, wall_time now) {
  if (auto* last = find(name)) {
    last->renew_at = now;
    outdated_.insert(name);
  }
}

void issued_credentials::rename(const std::string& before, const std::string& after) {
  if (auto held = issued_.extract(before)) {
    held.key() = after;
    held.mapped().instance = after;
    issued_.insert_or_assign(after, std::move(held.mapped()));
  }
  if (outdated_.erase(before) > 0)
    outdated_.insert(after);
}

void issued_credentials::retire(const config::instance& what, milliseconds mono) {
  std::erase_if(retired_,
                [&](const auto& item) { return mono - item.second.since >= kept_after_removal; });
  auto held = issued_.extract(what.name);
  // A credential of what the instance meant before is of no more use.
  if (outdated_.erase(what.name) == 0 && held)
    retired_.insert_or_assign(what.name, retired{what, std::move(held.mapped()), mono});
}

bool issued_credentials::revive(const config::instance& what, wall_time now, milliseconds mono) {
  auto found = retired_.extract(what.name);
  if (!found || !found.mapped().meaning.same_as(what) ||
      mono - found.mapped().since >= kept_after_removal ||
      found.mapped().last.value.expires_at <= now)
    return false;
  issued_.insert_or_assign(what.name, std::move(found.mapped().last));
  return true;
}

void issued_credentials::forget_all() {
  issued_.clear();
  outdated_.clear();
  retired_.clear();
}

} // namespace acr
