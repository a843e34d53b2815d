/// What the SecretWriter reports: log lines, and facts for metrics and Events.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/writer/observed_state.hpp"
#include "actors/writer/progress.hpp"
#include "actors/writer/reconciler.hpp"
#include "actors/writer/workqueue.hpp"
#include "actors/writer/write_failures.hpp"
#include "runtime/observability/log.hpp"
#include "runtime/observability/reporter.hpp"

namespace acr {

/// Part of the state of the SecretWriter. Times are monotonic.
class write_reporter {
public:
  using ms = std::chrono::milliseconds;

  write_reporter() = default;
  write_reporter(logger log, reporter report) : log_{std::move(log)}, report_{std::move(report)} {}

  /// An object was written.
  void written(const object_key& key, const action& done);
  /// An action failed. Failures are grouped by cause until they are over.
  void failed(const object_key& key, const failure& reason, ms now);
  /// The object no longer fails.
  void works(const object_key& key);
  /// The namespace is of no interest any more.
  void gone(const std::string& ns);
  /// Nothing is left to do in a namespace.
  void synced(const std::string& ns, observed_namespace& record, ms now);
  /// Reports the entries that no Secret holds, whenever they change; only a leader knows. The
  /// status forgets them when the lead ends.
  void left_out(const std::vector<left_out_domain>& entries, bool leads);
  /// Reports what is due; to be called after every change. `leads` false: pending reports wait for
  /// the lead.
  void report(const observed_state& observed, const desired_secrets& desired,
              const workqueue& queue, times now, bool leads);
  const write_failures& failures() const { return failures_; }
  /// When `report` has to be called again although nothing happens.
  std::optional<ms> next() const;

private:
  void foreign(const kubernetes::object_meta& secret,
               const std::optional<kubernetes::object_meta>& account);
  void recovered(std::optional<std::size_t> namespaces);
  void report_failures(const observed_state& observed, ms now);
  void report_progress(const observed_state& observed, const desired_secrets& desired,
                       const workqueue& queue, times now, bool leads);
  void report_scope(const writing_progress& progress);
  void report_found(const observed_state& observed, const desired_secrets& desired, wall_time now);

  logger log_;
  reporter report_;
  write_failures failures_;
  std::size_t written_ = 0;       ///< Secrets, since everything was last up to date.
  std::size_t found_served_ = 0;  ///< Namespaces that were served before this process wrote there.
  std::size_t untold_served_ = 0; ///< Of these, those that a summary has to count.
  ms untold_since_{};             ///< The last of them.
  std::map<std::pair<std::string, std::string>, std::uint64_t> writes_; ///< (kind, reason)
  std::set<std::string> logged_;                  ///< uids of foreign Secrets.
  std::set<std::string> reported_;                ///< The same.
  std::set<std::string> logged_left_out_;         ///< Entries.
  std::vector<left_out_domain> left_out_;         ///< As reported last.
  std::map<std::string, credential_found> found_; ///< As reported last.
  bool led_ = false; ///< As of the last report; the status forgets `found_` when the lead ends.
  writing_progress progress_; ///< As reported last.
  std::optional<ms> counted_at_;
  bool nothing_in_scope_ = false; ///< Was logged.
  bool owed_ = false;             ///< Something has changed since.
};

} // namespace acr
