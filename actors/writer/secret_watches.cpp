#include "actors/writer/secret_watches.hpp"

#include <utility>

namespace acr {

void secret_watches::start(caf::local_actor* self, watch_sink owner, const http_gateway& api,
                           std::uint64_t seed, observed_state& observed, logger log,
                           reporter report) {
  log_ = std::move(log);
  observed_ = &observed;
  group_.attach(self, std::move(owner), api, seed, std::move(report));
  watch("");
}

const secret_watches::place* secret_watches::find(watch_id id) const {
  const auto found = places_.find(id);
  return found == places_.end() ? nullptr : &found->second;
}

void secret_watches::select(const selection& namespaces) {
  selected_ = namespaces;
  const auto refused = std::exchange(unreported_, std::nullopt);
  if (refused && namespaces.open())
    failing(refused->at, refused->reason);
  if (follow() && refused)
    watched_apart();
}

void secret_watches::troubled(const watch_troubled& what) {
  const auto* watched = find(what.id);
  if (!watched)
    return; // a watch that was stopped
  if (watched->ns.empty() && what.reason.code == errc::denied) {
    refused_ = true;
    if (follow())
      return watched_apart();
    if (!selected_) {
      unreported_ = refusal{*watched, what.reason};
      return;
    }
  }
  failing(*watched, what.reason);
}

void secret_watches::recovered(const watch_recovered& what) {
  const auto* watched = find(what.id);
  if (!watched)
    return;
  if (watched->ns.empty())
    refused_ = false;
  log_.info("watch_recovered", "watch of the helper's Secrets works again",
            {{"secret", secret_names.at(watched->index)}, {"namespace", watched->shown()}});
}

void secret_watches::failing(const place& at, const failure& reason) const {
  log_.failed(log_level::warning, "watch_failed", "cannot watch the helper's Secrets, retrying",
              reason, {{"secret", secret_names.at(at.index)}, {"namespace", at.shown()}});
}

void secret_watches::watched_apart() const {
  log_.info("secrets_watched_apart",
            "no permission to watch Secrets cluster-wide; they are watched per namespace");
}

bool secret_watches::follow() {
  std::set<std::string> wanted{""};
  if (refused_ && selected_ && !selected_->open())
    wanted = {selected_->names.begin(), selected_->names.end()};
  std::set<std::string> now;
  for (const auto& [id, known] : places_)
    now.insert(known.ns);
  for (const auto& ns : wanted)
    if (!now.contains(ns))
      watch(ns);
  for (const auto& ns : now)
    if (!wanted.contains(ns))
      stop(ns);
  return now != wanted;
}

void secret_watches::watch(const std::string& ns) {
  for (std::size_t i = 0; i < secret_names.size(); ++i) {
    const auto id = group_.start(
        {kubernetes::object_kind::secret, ns, std::string{"metadata.name="} + secret_names.at(i)});
    places_.emplace(id, place{ns, i});
    observed_->list_begun(i, ns);
  }
}

void secret_watches::stop(const std::string& ns) {
  for (auto item = places_.begin(); item != places_.end();) {
    if (item->second.ns != ns) {
      ++item;
      continue;
    }
    group_.stop(item->first);
    observed_->list_dropped(item->second.index, ns);
    item = places_.erase(item);
  }
}

} // namespace acr
