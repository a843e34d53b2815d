#include "tools/helper/doctor.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/identity/running_identities.hpp"
#include "config/explain.hpp"
#include "config/parse.hpp"
#include "protocol/kubernetes/admission.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "protocol/registry/image.hpp"
#include "runtime/system_config.hpp"
#include "tools/helper/doctor_checks.hpp"
#include "tools/helper/guard_check.hpp"
#include "tools/helper/runtime_context.hpp"
#include "tools/helper/source.hpp"
#include "tools/helper/why_registry.hpp"

namespace acr::helper {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr auto something_is_wrong = static_cast<exit_code>(3);
constexpr auto longest_attempt = 8min; ///< Longer than the deadlines of all its steps.
constexpr auto longest_login = 20s;

milliseconds since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun);
}

/// "5 ok, 2 notes, 1 FAULT"
std::string counts(const std::vector<finding>& all) {
  const auto of = [&all](finding_level level) {
    return std::count_if(all.begin(), all.end(),
                         [&](const auto& one) { return one.level == level; });
  };
  const auto notes = of(finding_level::note);
  const auto faults = of(finding_level::fault);
  return std::to_string(of(finding_level::good)) + " ok, " + std::to_string(notes) +
         (notes == 1 ? " note, " : " notes, ") + std::to_string(faults) +
         (faults == 1 ? " FAULT" : " FAULTs");
}

/// Prints findings as they arrive, also from the threads of actors.
class teller {
public:
  explicit teller(output_format format) : format_{format}, colours_{shows_colours(stdout)} {}

  void add(finding one) {
    const std::lock_guard lock{guard_};
    if (format_ == output_format::text) {
      shown_.make_room();
      std::fputs(in_words(one, colours_).c_str(), stdout);
      std::fflush(stdout);
    }
    all_.push_back(std::move(one));
  }
  void good(std::string text) { add({finding_level::good, std::move(text), ""}); }

  /// Shows what is being waited for, until the next call.
  void waiting_for(std::string what) { shown_.doing(std::move(what)); }

  /// Only an answer shows the time at the service.
  void cloud_answered(bool now) { answered_ = answered_ || now; }
  bool cloud_answered() const { return answered_; }

  exit_code end() {
    const std::lock_guard lock{guard_};
    shown_.doing("");
    shown_.make_room();
    std::fputs(format_ == output_format::text
                   ? (counts(all_) + "\n").c_str()
                   : for_programs(to_json("healthy", all_, !any_fault(all_)), format_).c_str(),
               stdout);
    return any_fault(all_) ? something_is_wrong : exit_code::orderly;
  }

private:
  output_format format_;
  bool colours_;
  std::atomic<bool> answered_{false};
  progress shown_;
  std::mutex guard_;
  std::vector<finding> all_;
};

/// The cloud session, with a finding for each call that goes through it.
cloud_session::behavior_type tapped(cloud_session::pointer self, const cloud_session& real,
                                    const std::shared_ptr<teller>& tell) {
  return {
      [self, real, tell](const cloud_call& m) {
        auto promise = self->make_response_promise<cloud_reply>();
        const auto begun = std::chrono::steady_clock::now();
        self->request(real, caf::infinite, m)
            .then(
                [=, name = step_name(m)](const cloud_reply& answer) mutable {
                  tell->cloud_answered(answer.body || answer.body.error().status != 0);
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

/// Replaces the Kubernetes session where there is no cluster: sources of identity that need one are
/// skipped, or report it.
http_gateway::behavior_type nobody() {
  return {
      [](const http_call&) {
        auto reason = make_failure(errc::unavailable, "ask the API server",
                                   "there is no cluster to take a token or a Secret from");
        reason.remedy = "name a cluster with --kubeconfig";
        return http_reply{result<http_response>{std::move(reason)}};
      },
      [](const open_stream&) {},
      [](const stream_ack&) {},
      [](const close_stream&) {},
  };
}

class examination {
public:
  examination(found_context& found, std::shared_ptr<teller> tell,
              const std::vector<std::string>& images)
      : found_{found}, tell_{std::move(tell)}, api_{found.around.cluster}, images_{images} {
    api_.shown().doing(""); // the teller shows what is being waited for
  }

  /// False: the API server is unreachable.
  bool server(bool must_be) {
    const auto level = must_be ? finding_level::fault : finding_level::note;
    const auto fail = [&](finding one) {
      one.level = level;
      tell_->add(std::move(one));
      return false;
    };
    tell_->waiting_for("asking the API server");
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = get("/version");
    const auto where = "API server " + found_.around.cluster.server;
    if (!answer)
      return fail(fault_of(where + ": ", answer.error()));
    if (answer->status != 200)
      return fail(fault_of("", kubernetes::failure_of(where, *answer)));
    server_ = true;
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
           "configuration " + config::explain(problem, source.name()),
           problem.level == config::severity::warning
               ? ""
               : "correct it; acr-credential-helper check tells all that is wrong"});
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
      tell_->waiting_for("checking permissions: " + needed.what.resource);
      std::vector<std::string> missing;
      std::set<std::string> lacking;
      for (const auto& verb : needed.verbs) {
        const auto refused = refused_in(needed, verb);
        if (!refused)
          return tell_->add(fault_of("permissions: ", refused.error()));
        if (refused->empty())
          continue;
        missing.push_back(verb);
        lacking.insert(refused->begin(), refused->end());
      }
      lacking.erase("");
      tell_->add(permission_finding(needed, missing, {lacking.begin(), lacking.end()}));
    }
  }

  void guard() {
    tell_->waiting_for("looking at policies");
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
    const auto api = server_ ? make.kubernetes(gateway) : system.spawn(nobody);
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
    for (auto& one : repeated_.told())
      tell_->add(std::move(one));
    pulls();
    if (tell_->cloud_answered())
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

  /// Whether the verb is allowed there for all names.
  result<bool> may(const permission& needed, const std::string& verb, const std::string& ns) {
    auto names = needed.names;
    names.push_back(needed.what.name);
    for (const auto& name : names) {
      auto question = needed.what;
      question.verb = verb;
      question.name = name;
      question.ns = ns;
      const auto answer = api_.ask(kubernetes::review_access(question));
      auto allowed = answer ? kubernetes::read_access(*answer) : answer.error();
      if (!allowed || !*allowed)
        return allowed;
    }
    return true;
  }

  /// The namespaces in which it is denied; empty: it is allowed everywhere.
  result<std::vector<std::string>> refused_in(const permission& needed, const std::string& verb) {
    std::vector<std::string> out;
    // A permission for all namespaces saves asking for thousands of them.
    const auto everywhere = may(needed, verb, needed.spaces.empty() ? needed.what.ns : "");
    if (!everywhere)
      return everywhere.error();
    if (*everywhere)
      return out;
    if (needed.spaces.empty())
      return std::vector{needed.what.ns};
    for (const auto& ns : needed.spaces) {
      const auto there = may(needed, verb, ns);
      if (!there)
        return there.error();
      if (!*there)
        out.push_back(ns);
    }
    return out;
  }

  caf::strong_actor_ptr one(caf::actor_system& system, const child_factories& make,
                            token_deps deps) {
    tell_->waiting_for("obtaining a credential of " + deps.name);
    const auto name = deps.name;
    caf::scoped_actor self{system};
    deps.sink = system.spawn([this]() -> token_sink::behavior_type {
      return {[this](const token_issued& m) {
                const std::lock_guard lock{guard_};
                issued_.push_back(m.value);
              },
              [](const token_withdrawn&) {}};
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
                tell_->good(name + ": a credential until " + to_rfc3339(*answer.expires_at) + ", " +
                            in_words(since(begun)) + " in all");
              else
                repeated_.add(name, fault_once(answer.expires_at.error()));
            },
            [&](const caf::error&) {
              repeated_.add(name, {finding_level::fault, "no answer in time",
                                   general_remedy(errc::http_timeout)});
            });
    if (renewed && found_.around.options.verify_login) {
      tell_->waiting_for("trying the credential of " + name);
      std::unique_lock lock{guard_};
      changed_.wait_for(lock, longest_login, [this] { return logins_.has_value(); });
      for (const auto& outcome : logins_.value_or(std::vector<registry::login_outcome>{}))
        tell_login(outcome);
    }
    caf::anon_send_exit(caf::actor_cast<caf::actor>(sink), caf::exit_reason::kill);
    return keep(token);
  }

  /// Drops request ids, which differ although the failure is the same.
  static finding fault_once(failure reason) {
    const auto of_everybody = reason.code == errc::unavailable || reason.code == errc::not_ready;
    if (of_everybody)
      reason.request_id.clear();
    return fault_of("", reason);
  }

  void tell_login(const registry::login_outcome& outcome) {
    auto one = login_finding(outcome);
    if (one.level != finding_level::note || !one.text.starts_with(outcome.domain + " "))
      return tell_->add(std::move(one));
    one.text.erase(0, outcome.domain.size() + 1);
    repeated_.add(outcome.domain, std::move(one)); // as for the names of VPC endpoints
  }

  /// A password does not show what it gives access to: the images that the user named are checked.
  void pulls() {
    if (images_.empty()) {
      if (!issued_.empty())
        tell_->add({finding_level::note,
                    "whether the credentials open repositories (cr:PullRepository) was not checked",
                    "name an image of each instance: -i DOMAIN/REPOSITORY:TAG"});
      return;
    }
    for (const auto& image : images_) {
      tell_->waiting_for("asking for " + image);
      tell_->add(pull(image));
    }
  }

  finding pull(const std::string& image) {
    const auto what = registry::parse_image(image);
    if (!what)
      return fault_of(image + ": ", what.error());
    std::optional<finding> refused;
    for (const auto& one : issued_) {
      if (std::none_of(one.domains.begin(), one.domains.end(),
                       [&](const auto& domain) { return registry::covers(domain, what->host); }))
        continue;
      const auto reason = try_pull(api_, *what, {what->host, one.user, one.password, {}});
      if (!reason)
        return {finding_level::good, image + ": the registry grants it to this credential", ""};
      refused = speaks_of_here(*reason)
                    ? finding{finding_level::note, image + ": " + reason->cause, reason->remedy}
                    : fault_of(image + ": ", *reason);
    }
    return refused.value_or(finding{finding_level::fault,
                                    image + ": there is no credential for " + what->host,
                                    "name the domain in `domains` of its instance, or configure "
                                    "that instance"});
  }

  /// Facts that only the log has.
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
      // Whether the nodes pull through that endpoint is unknown here.
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

  found_context& found_;
  std::shared_ptr<teller> tell_;
  api_client api_;
  const std::vector<std::string>& images_;
  bool server_ = false; ///< It has answered.
  std::optional<config::configuration> configuration_;
  repeated_findings repeated_;
  std::vector<registry_credential> issued_;
  std::mutex guard_;
  std::condition_variable changed_;
  std::optional<std::vector<registry::login_outcome>> logins_; ///< Of the current instance.
};

} // namespace

exit_code doctor(const doctor_options& options) {
  const auto& like = options.like;
  // With a configuration in a file much can be checked before there is a cluster; but not if one
  // was specified.
  const bool must_be =
      like.config_file.empty() || !like.cluster.kubeconfig.empty() || !like.cluster.context.empty();
  auto found = look_around(like, must_be ? cluster_need::must_be : cluster_need::may_be);
  if (!found) {
    std::fprintf(stderr, "acr-credential-helper: %s\n", to_string(found.error()).c_str());
    return exit_code::cannot_start;
  }
  const auto tell = std::make_shared<teller>(options.output);
  examination all{*found, tell, options.images};
  const bool server = !found->no_cluster && all.server(must_be);
  if (!server && must_be) {
    tell->end();
    return exit_code::cannot_start;
  }
  if (found->no_cluster)
    tell->add({finding_level::note, "no cluster was found: " + to_string(*found->no_cluster), ""});
  if (!server)
    tell->add({finding_level::note,
               "without a cluster permissions and policies are not checked, and what takes its "
               "tokens (RRSA) or Secrets cannot work from here",
               "name one with --kubeconfig"});
  all.configuration();
  if (server) {
    all.permissions();
    all.guard();
  }
  all.instances();
  return tell->end();
}

} // namespace acr::helper
