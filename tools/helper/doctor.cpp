#include "tools/helper/doctor.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <unistd.h>

#include "actors/identity/running_identities.hpp"
#include "config/explain.hpp"
#include "config/parse.hpp"
#include "protocol/kubernetes/admission.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "runtime/system_config.hpp"
#include "tools/helper/doctor_checks.hpp"
#include "tools/helper/guard_check.hpp"
#include "tools/helper/source.hpp"
#include "tools/helper/surroundings.hpp"

namespace acr::helper {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr auto something_is_wrong = static_cast<exit_code>(3);
constexpr auto longest_attempt = 8min; ///< Beyond the deadlines of all its steps.
constexpr auto longest_login = 20s;

milliseconds since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun);
}

/// Tells findings as they come, also from the threads of actors.
class teller {
public:
  explicit teller(output_format format)
      : format_{format}, terminal_{format == output_format::text && isatty(STDERR_FILENO) == 1} {}

  void add(finding one) {
    const std::lock_guard lock{guard_};
    erase();
    if (format_ == output_format::text) {
      std::fputs(in_words(one).c_str(), stdout);
      std::fflush(stdout);
    }
    all_.push_back(std::move(one));
  }
  void good(std::string text) { add({finding_level::good, std::move(text), ""}); }

  /// What is waited for, on a terminal, until the next finding.
  void waiting_for(const std::string& what) {
    const std::lock_guard lock{guard_};
    if (!std::exchange(waiting_, terminal_) && terminal_)
      std::fprintf(stderr, "%s ...", what.c_str());
  }

  exit_code end() {
    const std::lock_guard lock{guard_};
    erase();
    if (format_ != output_format::text)
      std::fputs(for_programs(to_json("healthy", all_, !any_fault(all_)), format_).c_str(), stdout);
    return any_fault(all_) ? something_is_wrong : exit_code::orderly;
  }

private:
  void erase() {
    if (std::exchange(waiting_, false))
      std::fputs("\r\033[K", stderr);
  }

  output_format format_;
  bool terminal_;
  bool waiting_ = false;
  std::mutex guard_;
  std::vector<finding> all_;
};

/// The cloud session, and a finding for each call that goes through it.
cloud_session::behavior_type tapped(cloud_session::pointer self, const cloud_session& real,
                                    const std::shared_ptr<teller>& tell) {
  return {
      [self, real, tell](const cloud_call& m) {
        auto promise = self->make_response_promise<cloud_reply>();
        const auto begun = std::chrono::steady_clock::now();
        self->request(real, caf::infinite, m)
            .then(
                [=, name = step_name(m)](const cloud_reply& answer) mutable {
                  if (answer.body)
                    tell->good(name + ", " + in_words(since(begun)));
                  promise.deliver(answer);
                },
                [=](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
        return promise;
      },
      [self, real](const ask_region& m) { return self->delegate(real, m); },
      [self, real](const ask_metadata& m) { return self->delegate(real, m); },
  };
}

class examination {
public:
  examination(found_surroundings& found, std::shared_ptr<teller> tell)
      : found_{found}, tell_{std::move(tell)}, api_{found.around.cluster} {}

  /// False: the API server cannot be asked.
  bool server() {
    tell_->waiting_for("API server");
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = get("/version");
    const auto where = "API server " + found_.around.cluster.server;
    if (!answer) {
      tell_->add(fault_of(where + ": ", answer.error()));
      return false;
    }
    if (answer->status != 200) {
      tell_->add(fault_of("", kubernetes::failure_of(where, *answer)));
      return false;
    }
    tell_->good(where + " answers, " + in_words(since(begun)));
    if (const auto date = parse_http_date(find_header(answer->headers, "Date")))
      tell_->add(clock_finding("the API server",
                               std::chrono::duration_cast<milliseconds>(system_now() - *date)));
    return true;
  }

  void configuration() {
    const auto& options = found_.around.options;
    config_source source{options.config_file, std::nullopt, options.cluster};
    if (options.config_file.empty())
      source.config_map = options.config_map;
    const auto read = read_configuration(source);
    if (!read)
      return tell_->add(fault_of("configuration: ", read.error()));
    for (const auto& problem : read->problems)
      tell_->add(
          {problem.level == config::severity::warning ? finding_level::note : finding_level::fault,
           "configuration " + config::explain(problem, source.name()), ""});
    if (!read->value)
      return;
    configuration_ = *read->value;
    const auto count = configuration_->instances.size();
    tell_->good("configuration " + source.name() + ": " + std::to_string(count) +
                (count == 1 ? " instance" : " instances"));
  }

  void permissions() {
    const auto& options = found_.around.options;
    const bool token_file = std::filesystem::exists(options.oidc_token_file);
    for (const auto& needed :
         needed_permissions(options, configuration_ ? &*configuration_ : nullptr, token_file)) {
      tell_->waiting_for("permissions");
      std::vector<std::string> missing;
      for (const auto& verb : needed.verbs) {
        const auto allowed = may(needed, verb);
        if (!allowed)
          return tell_->add(fault_of("permissions: ", allowed.error()));
        if (!*allowed)
          missing.push_back(verb);
      }
      tell_->add(permission_finding(needed, missing));
    }
  }

  void guard() {
    tell_->waiting_for("policies");
    std::vector<guard_answers> all;
    for (const auto* name : kubernetes::guard_policy_names)
      all.push_back({name, get(guard_policy_path(name)), get(guard_binding_path(name))});
    tell_->add(guard_finding(all, found_.around.options.account));
  }

  /// The helper's own actors, one instance after the other; none of them writes.
  void instances() {
    if (!configuration_)
      return;
    system_config settings;
    caf::actor_system system{settings};
    auto& around = found_.around;
    around.log = logger{[this](const log_record& line) { logged(line); }, log_level::info};
    around.report = reporter{[this](const fact& what) { told(what); }};
    around.make_gateway = [&] { return make_gateway(system, found_, {}); };
    const auto make = factories(system, around);
    const auto gateway = make.gateway();
    const auto api = make.kubernetes(gateway);
    const auto real = make.cloud(gateway);
    const auto cloud = system.spawn(tapped, real, tell_);
    std::vector<caf::strong_actor_ptr> all{keep(gateway), keep(api), keep(real), keep(cloud)};
    running_identities identities;
    for (const auto& instance : configuration_->instances) {
      token_deps deps;
      deps.identity =
          identities.obtain(instance.chain, [&](const config::role_chain& chain,
                                                const identity_source& base, const std::string&) {
            const bool origin = !base && chain.rrsa_role_arn.empty();
            auto made = origin ? make.origin(chain.origin, api, cloud)
                               : make.role_chain(chain, instance.name, api, cloud, base);
            all.push_back(keep(made));
            return made;
          });
      deps.name = instance.name;
      deps.instance_id = instance.instance_id;
      deps.region = instance.region;
      deps.domains = instance.domains;
      deps.cloud = cloud;
      deps.registries = gateway;
      deps.wall = [clock = around.clock] { return clock->now(); };
      deps.log = around.log;
      all.push_back(one(system, make, std::move(deps)));
    }
    tell_->add(clock_finding("Alibaba Cloud", -around.clock->offset()));
    for (const auto& who : all)
      caf::anon_send_exit(caf::actor_cast<caf::actor>(who), caf::exit_reason::kill);
  }

private:
  template <class Handle>
  static caf::strong_actor_ptr keep(const Handle& handle) {
    return caf::actor_cast<caf::strong_actor_ptr>(handle);
  }

  result<http_response> get(std::string path) {
    http_request request;
    request.url = std::move(path);
    return api_.ask(std::move(request));
  }

  /// Whether the verb is allowed for all names.
  result<bool> may(const permission& needed, const std::string& verb) {
    auto names = needed.names;
    names.push_back(needed.what.name);
    for (const auto& name : names) {
      auto question = needed.what;
      question.verb = verb;
      question.name = name;
      const auto answer = api_.ask(kubernetes::review_access(question));
      auto allowed = answer ? kubernetes::read_access(*answer) : answer.error();
      if (!allowed || !*allowed)
        return allowed;
    }
    return true;
  }

  caf::strong_actor_ptr one(caf::actor_system& system, const child_factories& make,
                            token_deps deps) {
    tell_->waiting_for(deps.name);
    const auto name = deps.name;
    caf::scoped_actor self{system};
    deps.sink = system.spawn([]() -> token_sink::behavior_type {
      return {[](const token_issued&) {}, [](const token_withdrawn&) {}};
    });
    {
      const std::lock_guard lock{guard_};
      logins_.reset();
    }
    const auto sink = keep(deps.sink);
    const auto begun = std::chrono::steady_clock::now();
    const auto token = make.token(std::move(deps));
    bool renewed = false;
    self->request(token, longest_attempt, renew_now{})
        .receive(
            [&](const renewal& answer) {
              renewed = answer.expires_at.has_value();
              if (renewed)
                tell_->good(name + ": a password until " + to_rfc3339(*answer.expires_at) + ", " +
                            in_words(since(begun)) + " in all");
              else
                tell_->add(fault_of(name + ": ", answer.expires_at.error()));
            },
            [&](const caf::error&) {
              tell_->add({finding_level::fault, name + ": no answer in time", ""});
            });
    if (renewed && found_.around.options.verify_login) {
      tell_->waiting_for(name + ": login");
      std::unique_lock lock{guard_};
      changed_.wait_for(lock, longest_login, [this] { return logins_.has_value(); });
      for (const auto& outcome : logins_.value_or(std::vector<registry::login_outcome>{}))
        tell_->add(login_finding(outcome));
    }
    caf::anon_send_exit(caf::actor_cast<caf::actor>(sink), caf::exit_reason::kill);
    return keep(token);
  }

  /// What only the log tells.
  void logged(const log_record& line) {
    const auto text = [&line](std::string_view key) {
      for (const auto& field : line.fields)
        if (field.key == key)
          if (const auto* value = std::get_if<std::string>(&field.value))
            return *value;
      return std::string{};
    };
    if (line.event == "identity_chosen") {
      const auto passed = text("passed_over");
      tell_->good("the helper's own identity: " + text("source") + ", AccessKey " +
                  text("access_key_id") + (passed.empty() ? "" : "; passed over: " + passed));
    } else if (line.event == "endpoint_found") {
      // Whether the nodes pull through that one is not known here.
      tell_->add({finding_level::note, text("instance") + ": " + text("cause"), text("remedy")});
    }
  }

  void told(const fact& what) {
    const std::lock_guard lock{guard_};
    if (const auto* held = std::get_if<password_held>(&what);
        held && std::none_of(held->domains.begin(), held->domains.end(), registry::can_be_asked))
      logins_.emplace();
    if (const auto* tried = std::get_if<logins_tried>(&what))
      logins_ = tried->outcomes;
    changed_.notify_all();
  }

  found_surroundings& found_;
  std::shared_ptr<teller> tell_;
  api_client api_;
  std::optional<config::configuration> configuration_;
  std::mutex guard_;
  std::condition_variable changed_;
  std::optional<std::vector<registry::login_outcome>> logins_; ///< Of the instance under way.
};

} // namespace

exit_code doctor(const doctor_options& options) {
  auto found = look_around(options.like);
  if (!found) {
    std::fprintf(stderr, "acr-credential-helper: %s\n", to_string(found.error()).c_str());
    return exit_code::cannot_start;
  }
  const auto tell = std::make_shared<teller>(options.output);
  examination all{*found, tell};
  if (!all.server()) {
    tell->end();
    return exit_code::cannot_start;
  }
  all.configuration();
  all.permissions();
  all.guard();
  all.instances();
  return tell->end();
}

} // namespace acr::helper
