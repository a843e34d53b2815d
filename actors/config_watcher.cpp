#include "actors/config_watcher.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "config/parse.hpp"
#include "runtime/actor_defaults.hpp"
#include "runtime/files/file_watch.hpp"
#include "runtime/kubernetes/access.hpp"
#include "runtime/kubernetes/watch_group.hpp"

namespace acr {

namespace {

bool blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

class config_watcher_state {
public:
  using pointer = config_watcher::stateful_pointer<config_watcher_state>;

  static inline const char* name = "acr.config_watcher";

  explicit config_watcher_state(pointer self) : self_{self} {}

  config_watcher::behavior_type make_behavior(config_watcher_deps deps) {
    deps_ = std::move(deps);
    if (deps_.in_force)
      last_good_ = *deps_.in_force;
    install_actor_defaults(self_, deps_.log);
    self_->set_down_handler([this](caf::down_msg& m) {
      if (watches_.lost(m))
        self_->quit(m.reason);
    });
    if (deps_.file.empty())
      watch_config_map();
    else
      watch_file();
    return {
        [this](const watch_batch& m) { observed(m); },
        [this](const watch_troubled& m) {
          deps_.log.failed(log_level::warning, "watch_failed",
                           "cannot watch the configuration, retrying", m.reason,
                           {{"source", source()}});
        },
        [this](const watch_recovered&) {
          deps_.log.info("watch_recovered", "watch of the configuration works again",
                         {{"source", source()}});
        },
        [this](const file_touched&) { read_file(); },
    };
  }

private:
  std::string source() const {
    return deps_.file.empty() ? deps_.config_map.ns + "/" + deps_.config_map.name : deps_.file;
  }

  void watch_config_map() {
    meta_.ref = deps_.config_map;
    watches_.attach(self_, caf::actor_cast<config_watcher>(self_), deps_.api, deps_.seed,
                    deps_.report);
    watches_.start({kubernetes::object_kind::config_map, deps_.config_map.ns,
                    "metadata.name=" + deps_.config_map.name});
  }

  void watch_file() {
    // The thread must not keep the actor alive: a late call is dropped.
    const caf::actor_addr me = self_->address();
    file_.emplace(deps_.file, [me] {
      if (const auto strong = caf::actor_cast<caf::strong_actor_ptr>(me))
        caf::anon_send(caf::actor_cast<config_watcher>(strong), file_touched{});
    });
    read_file();
  }

  void read_file() {
    const auto text = kubernetes::read_small_file(deps_.file);
    if (!text) {
      last_file_.reset();
      if (!std::exchange(missing_, true)) {
        deps_.log.failed(log_level::warning, "config_missing", what_stays(), text.error(),
                         {{"source", source()}});
        report(configuration_verdict::missing, {});
      }
      return;
    }
    if (last_good_ && blank(text->reveal()))
      return gone(); // an editor that writes in place gets here for a moment
    missing_ = false;
    if (last_file_ && *last_file_ == *text)
      return;
    last_file_ = *text;
    understood(config::parse_file(text->reveal()));
  }

  void observed(const watch_batch& batch) {
    for (const auto& event : batch.events)
      switch (event.kind) {
      case watch_event_kind::init:
        listed_ = false;
        break;
      case watch_event_kind::init_apply:
      case watch_event_kind::apply:
        listed_ = true;
        take(std::get<kubernetes::config_map>(event.object));
        break;
      case watch_event_kind::init_done:
        if (!listed_)
          gone();
        break;
      case watch_event_kind::remove:
        gone();
        break;
      }
  }

  /// An annotation present at the start was meant for an earlier process, or starting has fulfilled
  /// it.
  void look_for_wishes(const kubernetes::config_map& map) {
    const auto found = map.annotations.find(renewal_annotation);
    auto text = found == map.annotations.end() ? std::string{} : found->second;
    const auto before = std::exchange(last_wish_, text);
    if (!before || *before == text)
      return;
    if (auto request = read_renewal_request(text)) {
      deps_.log.info("renewal_wanted", "an operator requests a renewal",
                     {{"request", request->request},
                      {"instance", request->instance.empty() ? "all" : request->instance}});
      self_->send(deps_.sink, renewal_wanted{std::move(*request)});
    }
  }

  void take(const kubernetes::config_map& map) {
    meta_ = map.meta;
    look_for_wishes(map);
    if (map.data.empty() && last_good_)
      return gone();
    missing_ = false;
    std::map<std::string, secret_string> data; // it may hold an AccessKey
    for (const auto& [key, value] : map.data)
      data.emplace(key, secret_string{std::string_view{value}});
    if (last_data_ && *last_data_ == data)
      return;
    last_data_ = std::move(data);
    understood(config::parse_config_map(map.data));
  }

  void gone() {
    last_data_.reset();
    last_file_.reset();
    if (!std::exchange(missing_, true)) {
      deps_.log.warning("config_missing", what_stays(), {{"source", source()}});
      report(configuration_verdict::missing, {});
    }
  }

  const char* what_stays() const {
    return last_good_ ? "configuration missing or empty; the last good one stays in force"
                      : "configuration missing; nothing is done until there is one";
  }

  void understood(config::reading read) {
    for (const auto& problem : read.problems)
      tell(problem);
    if (!read.value) {
      deps_.log.error("config_rejected",
                      last_good_ ? "configuration refused; the last good one stays in force"
                                 : "configuration refused; nothing is done until it is fixed",
                      {{"source", source()}});
      report(configuration_verdict::rejected, read);
      return;
    }
    report(configuration_verdict::accepted, read);
    const auto& value = *read.value;
    deps_.log.info("config_accepted", "configuration accepted",
                   {{"source", source()},
                    {"instances", value.instances.size()},
                    {"namespaces", in_words(value.namespaces)},
                    {"service_accounts", in_words(value.service_accounts)},
                    {"rrsa", value.rrsa_enabled}});
    if (last_good_ && last_good_->same_as(value))
      return;
    last_good_ = std::make_shared<const config::configuration>(value);
    self_->send(deps_.sink, config_changed{last_good_});
    if (deps_.in_force)
      *deps_.in_force = last_good_;
  }

  void tell(const config::problem& problem) {
    const bool fatal = problem.level == config::severity::fatal;
    const bool left_out = problem.level == config::severity::entry_rejected;
    deps_.log.warning(fatal ? "config_rejected" : "config_problem",
                      fatal      ? "this cannot be used: " + problem.message
                      : left_out ? "this entry is left out: " + problem.message
                                 : "warning: " + problem.message,
                      {{"source", source()},
                       {"key", problem.key},
                       {"line", problem.line},
                       {"column", problem.column},
                       {"value", problem.value}});
  }

  void report(configuration_verdict verdict, const config::reading& read) const {
    configuration_read told;
    told.verdict = verdict;
    told.source = source();
    if (deps_.file.empty())
      told.about = meta_;
    told.in_force = last_good_ || read.value;
    for (const auto& problem : read.problems) {
      told.problems.push_back(config::to_string(problem));
      told.entries_rejected += problem.level == config::severity::entry_rejected ? 1 : 0;
    }
    if (read.value) {
      for (const auto& instance : read.value->instances) {
        told.instances.push_back(instance.name);
        if (instance.limited())
          told.limits.emplace(instance.name, in_words(instance.namespaces));
      }
      told.namespaces = in_words(read.value->namespaces);
      told.service_accounts = in_words(read.value->service_accounts);
      told.threshold = read.value->expiring_threshold;
    }
    deps_.report(std::move(told));
  }

  pointer self_;
  config_watcher_deps deps_;
  watch_group watches_;
  kubernetes::object_meta meta_; ///< Of the ConfigMap as last seen.
  std::optional<file_watch> file_;
  std::shared_ptr<const config::configuration>
      last_good_; ///< As sent to the sink, also by predecessors.
  std::optional<secret_string> last_file_;
  std::optional<std::map<std::string, secret_string>> last_data_;
  std::optional<std::string> last_wish_; ///< Nothing: no ConfigMap was seen yet.
  bool listed_ = false;
  bool missing_ = false; ///< That it is missing was reported.
};

config_watcher::behavior_type config_watcher_body(config_watcher_state::pointer self,
                                                  config_watcher_deps deps) {
  return self->state.make_behavior(std::move(deps));
}

} // namespace

config_watcher spawn_config_watcher(caf::actor_system& system, config_watcher_deps deps) {
  return system.spawn(config_watcher_body, std::move(deps));
}

} // namespace acr
