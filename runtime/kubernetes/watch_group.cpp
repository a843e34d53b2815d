#include "runtime/kubernetes/watch_group.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/local_actor.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>

namespace acr {

void watch_group::attach(caf::local_actor* self, watch_sink owner, http_gateway api,
                         std::uint64_t seed, reporter report) {
  self_ = self;
  owner_ = std::move(owner);
  api_ = std::move(api);
  seed_ = seed;
  report_ = std::move(report);
}

watch_id watch_group::start(kubernetes::watch_spec what) {
  const watch_id id{next_++};
  auto started = spawn_watcher(self_->system(),
                               {api_, owner_, id, std::move(what), seed_ + next_, {}, {}, report_});
  self_->monitor(started);
  watchers_.emplace(id, std::move(started));
  return id;
}

void watch_group::stop(watch_id id) {
  const auto found = watchers_.find(id);
  if (found == watchers_.end())
    return;
  self_->demonitor(found->second.address());
  caf::anon_send_exit(found->second, caf::exit_reason::user_shutdown);
  watchers_.erase(found);
}

bool watch_group::lost(const caf::down_msg& message) const {
  return std::any_of(watchers_.begin(), watchers_.end(),
                     [&](const auto& item) { return item.second.address() == message.source; });
}

} // namespace acr
