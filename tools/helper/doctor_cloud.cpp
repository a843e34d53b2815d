#include "tools/helper/doctor_cloud.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/identity/running_identities.hpp"
#include "protocol/registry/image.hpp"
#include "runtime/system_config.hpp"
#include "tools/helper/doctor_checks.hpp"
#include "tools/helper/why_registry.hpp"

namespace acr::helper {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr auto longest_attempt = 8min; ///< Longer than the deadlines of all its steps.
constexpr auto longest_login = 20s;

/// The cloud session, with a finding for each call that goes through it.
cloud_session::behavior_type tapped(cloud_session::pointer self, const cloud_session& real,
                                    const std::shared_ptr<doctor_report>& tell) {
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

class cloud_examination {
public:
  cloud_examination(found_context& found, api_client& api, bool server,
                    const config::configuration& configuration,
                    const std::vector<std::string>& images, std::shared_ptr<doctor_report> report)
      : found_{found}, api_{api}, server_{server},
        configuration_{configuration}, images_{images}, tell_{std::move(report)} {}

  /// The helper's own actors, one instance after the other; none of them writes.
  void run() {
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
    for (const auto& instance : configuration_.instances) {
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

  caf::strong_actor_ptr one(caf::actor_system& system, const child_factories& make,
                            token_deps deps) {
    tell_->waiting_for("obtaining a credential of " + deps.name);
    const auto name = deps.name;
    caf::scoped_actor self{system};
    deps.sink = system.spawn([this]() -> token_sink::behavior_type {
      return {[this](const token_issued& m) {
                const std::lock_guard lock{guard_};
                issued_.push_back(m.value);
                changed_.notify_all();
              },
              [](const token_withdrawn&) {}};
    });
    std::size_t before = 0;
    {
      const std::lock_guard lock{guard_};
      logins_.reset();
      before = issued_.size();
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
    if (renewed) { // it is on its way to the sink, whose end would overtake it
      std::unique_lock lock{guard_};
      changed_.wait_for(lock, longest_login, [&] { return issued_.size() > before; });
    }
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
    const auto issued = [this] {
      const std::lock_guard lock{guard_};
      return issued_;
    }();
    if (images_.empty()) {
      if (!issued.empty())
        tell_->add({finding_level::note,
                    "whether the credentials open repositories (cr:PullRepository) was not checked",
                    "name an image of each instance: -i DOMAIN/REPOSITORY:TAG"});
      return;
    }
    for (const auto& image : images_) {
      tell_->waiting_for("asking for " + image);
      tell_->add(pull(image, issued));
    }
  }

  finding pull(const std::string& image, const std::vector<registry_credential>& issued) {
    const auto what = registry::parse_image(image);
    if (!what)
      return fault_of(image + ": ", what.error());
    std::optional<finding> refused;
    for (const auto& one : issued) {
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
  api_client& api_;
  const bool server_; ///< It has answered.
  const config::configuration& configuration_;
  const std::vector<std::string>& images_;
  std::shared_ptr<doctor_report> tell_;
  repeated_findings repeated_;
  std::vector<registry_credential> issued_;
  std::mutex guard_;
  std::condition_variable changed_;
  std::optional<std::vector<registry::login_outcome>> logins_; ///< Of the current instance.
};

} // namespace

void examine_instances(found_context& found, api_client& api, bool server,
                       const config::configuration& configuration,
                       const std::vector<std::string>& images,
                       std::shared_ptr<doctor_report> report) {
  cloud_examination{found, api, server, configuration, images, std::move(report)}.run();
}

} // namespace acr::helper
