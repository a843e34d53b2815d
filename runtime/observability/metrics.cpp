#include "runtime/observability/metrics.hpp"

#include <array>
#include <filesystem>
#include <fstream>

#include <sys/resource.h>
#include <unistd.h>

#include "runtime/observability/exposition.hpp"

namespace acr {

namespace {

constexpr auto seconds_since_epoch = [](wall_time at) {
  return std::chrono::duration<double>{at.time_since_epoch()}.count();
};

double number(bool flag) { return flag ? 1 : 0; }
double number(std::uint64_t count) { return static_cast<double>(count); }

class writer {
public:
  writer(const helper_status& state, exposition& out) : state_{state}, out_{out} {}

  void configuration() {
    const auto& known = state_.configuration;
    gauge("acr_helper_configuration_in_force", "1 if a valid configuration is in force, else 0.",
          number(known.in_force));
    gauge("acr_helper_configuration_rejected",
          "1 if the configuration read last was refused as a whole, else 0.",
          number(known.read && known.verdict == configuration_verdict::rejected));
    gauge("acr_helper_configuration_missing", "1 if the configuration is missing or empty, else 0.",
          number(known.read && known.verdict == configuration_verdict::missing));
    gauge("acr_helper_configuration_problems",
          "Number of problems in the configuration read last, warnings included.",
          number(known.problems.size()));
    gauge("acr_helper_configuration_entries_rejected",
          "Number of problems for which entries of the configuration are left out.",
          number(known.entries_rejected));
    gauge("acr_helper_configuration_accepted_timestamp_seconds",
          "Unix time at which a configuration was last accepted, 0 if never.",
          known.accepted_at ? seconds_since_epoch(*known.accepted_at) : 0);
    gauge("acr_helper_configuration_expiring_threshold_seconds",
          "Remaining validity below which credentials are renewed.",
          static_cast<double>(known.threshold.count()));
  }

  void instances() {
    out_.family(
        "acr_helper_credential_expiry_timestamp_seconds", "gauge",
        "Unix time at which the credential in the Secrets for a domain expires, whether this "
        "process or an earlier one wrote it.");
    for (const auto& [name, instance] : state_.instances)
      if (const auto& ends = instance.expires_at ? instance.expires_at : instance.found_until)
        for (const auto& domain : instance.domains)
          out_.sample(seconds_since_epoch(*ends), {{"acr_instance", name}, {"domain", domain}});
    each("acr_helper_credential_issued_timestamp_seconds",
         "Unix time of the last successful renewal, 0 if none.",
         [](const auto& one) { return one.issued_at ? seconds_since_epoch(*one.issued_at) : 0; });
    each("acr_helper_credential_withdrawn",
         "1 if the last credential has expired and its entry is blanked, else 0.",
         [](const auto& one) { return number(one.withdrawn); });
    each("acr_helper_refresh_due_timestamp_seconds",
         "Unix time at which the next attempt is due, 0 if unknown.",
         [](const auto& one) { return one.renew_at ? seconds_since_epoch(*one.renew_at) : 0; });
    each("acr_helper_refresh_failures_in_a_row",
         "Number of failed attempts since the last success.",
         [](const auto& one) { return static_cast<double>(one.failures); });
    out_.family("acr_helper_refresh_successes_total", "counter",
                "Number of attempts that obtained a credential.");
    for (const auto& [name, instance] : state_.instances)
      out_.sample(number(instance.successes), {{"acr_instance", name}});
    out_.family("acr_helper_refresh_failures_total", "counter",
                "Number of failed attempts to obtain a credential, by step and code.");
    for (const auto& [name, instance] : state_.instances)
      for (const auto& [why, count] : instance.failures_by)
        out_.sample(number(count),
                    {{"acr_instance", name}, {"step", why.first}, {"code", why.second}});
    out_.family("acr_helper_registry_login", "gauge",
                "Result of the last login check per domain: 1 for the verdict that applies.");
    for (const auto& [name, instance] : state_.instances)
      for (const auto& one : instance.logins)
        out_.sample(1, {{"acr_instance", name},
                        {"domain", one.domain},
                        {"verdict", registry::to_string(one.verdict)}});
    out_.family("acr_helper_endpoint_closed", "gauge",
                "1 for an endpoint that is on and lets no node through, with the cause.");
    for (const auto& [name, instance] : state_.instances)
      for (const auto& one : instance.endpoints)
        if (one.closed)
          out_.sample(
              1, {{"acr_instance", name}, {"endpoint", one.endpoint}, {"cause_id", one.cause_id}});
    durations();
  }

  void writing() {
    const auto& progress = state_.writing;
    gauge("acr_helper_caches_warm", "1 if all lists that writing needs are complete, else 0.",
          number(progress.warm));
    gauge("acr_helper_namespaces", "Number of namespaces in scope.", number(progress.namespaces));
    gauge("acr_helper_namespaces_served",
          "Number of namespaces in scope whose objects match the desired state.",
          number(progress.namespaces_served));
    gauge("acr_helper_namespaces_failing", "Number of namespaces in which the last write failed.",
          number(progress.failing));
    gauge("acr_helper_service_accounts", "Number of ServiceAccounts in scope.",
          number(progress.accounts));
    gauge("acr_helper_service_accounts_linked",
          "Number of ServiceAccounts in scope that are linked.", number(progress.accounts_linked));
    gauge("acr_helper_secrets_foreign",
          "Number of Secrets in scope that have the helper's name and belong to someone else.",
          number(progress.foreign));
    gauge("acr_helper_credentials_left_out",
          "Number of credentials that no Secret holds: the four are full, or too many claim a "
          "domain.",
          number(state_.left_out.size()));
    gauge("acr_helper_unserved_since_timestamp_seconds",
          "Unix time since which the longest-waiting namespace is out of sync, 0 if none.",
          progress.unserved_since ? seconds_since_epoch(*progress.unserved_since) : 0);
    gauge("acr_helper_queue_waiting", "Number of namespaces with pending or failed work.",
          number(progress.waiting));
    gauge("acr_helper_queue_in_work", "Number of namespaces with writes in progress.",
          number(progress.in_work));
  }

  void program() {
    out_.family("acr_helper_api_requests_total", "counter",
                "Number of requests to the Kubernetes API server, by status code or failure.");
    for (const auto& [what, count] : state_.api_requests)
      out_.sample(number(count), {{"verb", std::get<0>(what)},
                                  {"resource", std::get<1>(what)},
                                  {"code", std::get<2>(what)}});
    out_.family("acr_helper_writes_total", "counter",
                "Number of successful writes of Secrets and ServiceAccounts, by reason.");
    for (const auto& [what, count] : state_.writing.writes)
      out_.sample(number(count), {{"resource", what.first}, {"reason", what.second}});
    out_.family(
        "acr_helper_watch_restarts_total", "counter",
        "Number of watches that were reopened, by the reason for the end of the previous one.");
    for (const auto& [what, count] : state_.watches)
      out_.sample(number(count), {{"resource", what.first}, {"reason", what.second}});
    out_.family("acr_helper_part_restarts_total", "counter", "Number of restarts per component.");
    for (const auto& [part, count] : state_.deaths)
      out_.sample(number(count), {{"part", part}});
    out_.family("acr_helper_events_total", "counter", "Number of Kubernetes Events, by outcome.");
    constexpr std::array outcomes{"written", "suppressed", "dropped", "failed"};
    for (std::size_t i = 0; i < outcomes.size(); ++i)
      out_.sample(number(state_.events.at(i)), {{"outcome", outcomes.at(i)}});
  }

  void gauge(std::string_view name, std::string_view help, double value) {
    out_.family(name, "gauge", help);
    out_.sample(value);
  }

private:
  template <class Value>
  void each(std::string_view name, std::string_view help, Value value) {
    out_.family(name, "gauge", help);
    for (const auto& [instance_name, instance] : state_.instances)
      out_.sample(value(instance), {{"acr_instance", instance_name}});
  }

  void durations() {
    out_.family("acr_helper_refresh_duration_seconds", "histogram",
                "Duration of attempts to obtain a credential in seconds, failed ones included.");
    for (const auto& [name, instance] : state_.instances) {
      const auto& times = instance.durations;
      for (std::size_t i = 0; i < duration_histogram::bounds.size(); ++i)
        out_.sample(number(times.counts.at(i)),
                    {{"acr_instance", name}, {"le", shown(duration_histogram::bounds.at(i))}},
                    "_bucket");
      out_.sample(number(times.counts.back()), {{"acr_instance", name}, {"le", "+Inf"}}, "_bucket");
      out_.sample(times.sum, {{"acr_instance", name}}, "_sum");
      out_.sample(number(times.counts.back()), {{"acr_instance", name}}, "_count");
    }
  }

  static std::string shown(double bound) {
    auto text = std::to_string(bound); // 0.050000
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.'))
      text += '0';
    return text;
  }

  const helper_status& state_;
  exposition& out_;
};

} // namespace

std::optional<process_usage> measure_process() {
  rusage used{};
  std::ifstream memory{"/proc/self/statm"};
  double pages = 0;
  double resident = 0;
  if (getrusage(RUSAGE_SELF, &used) != 0 || !(memory >> pages >> resident))
    return std::nullopt;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  process_usage usage;
  usage.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  usage.resident_bytes = resident * static_cast<double>(sysconf(_SC_PAGESIZE));
  std::error_code failed;
  for (std::filesystem::directory_iterator at{"/proc/self/fd", failed}, end; !failed && at != end;
       at.increment(failed))
    usage.open_files += 1;
  usage.memory_limit_bytes = memory_limit("/sys/fs/cgroup");
  return usage;
}

double memory_limit(const std::filesystem::path& cgroup) {
  // The newer hierarchy has "max" for no limit, the older one a number close to 2^63.
  constexpr double none = 1e18;
  for (const auto* name : {"memory.max", "memory/memory.limit_in_bytes"}) {
    std::ifstream file{cgroup / name};
    double bytes = 0;
    if (file >> bytes)
      return bytes < none ? bytes : 0;
  }
  return 0;
}

std::string metrics_text(const helper_status& state, const std::string& version,
                         const std::optional<process_usage>& usage) {
  exposition out;
  out.family("acr_helper_build_info", "gauge", "Always 1; the version is a label.");
  out.sample(1, {{"version", version}});
  writer write{state, out};
  write.gauge("acr_helper_leader",
              "1 if this replica is active (always without leader election), 0 if it stands by.",
              number(state.leads));
  write.configuration();
  write.instances();
  write.writing();
  write.program();
  write.gauge("process_start_time_seconds", "Unix time at which the program started.",
              seconds_since_epoch(state.started_at));
  if (usage) {
    out.family("process_cpu_seconds_total", "counter", "CPU time used, in seconds.");
    out.sample(usage->cpu_seconds);
    write.gauge("process_resident_memory_bytes", "Resident memory in bytes.",
                usage->resident_bytes);
    write.gauge("acr_helper_memory_limit_bytes",
                "Memory limit of the container in bytes, 0 if there is none.",
                usage->memory_limit_bytes);
    write.gauge("acr_helper_clock_behind_seconds",
                "Seconds by which the clock of this machine is behind those of the API server and "
                "Alibaba Cloud, negative if it is ahead.",
                usage->clock_behind_seconds);
    write.gauge("process_open_fds", "Number of open file descriptors.", usage->open_files);
  }
  return out.take();
}

} // namespace acr
