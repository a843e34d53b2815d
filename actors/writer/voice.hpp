/// What the SecretWriter tells: lines of the log, and facts for metrics and Events.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>

#include "actors/writer/ledger.hpp"
#include "actors/writer/progress.hpp"
#include "actors/writer/work_queue.hpp"
#include "actors/writer/write_troubles.hpp"
#include "runtime/observability/log.hpp"
#include "runtime/observability/reporter.hpp"

namespace acr {

/// Lives in the state of the SecretWriter. Times are monotonic.
class writer_voice {
public:
  using ms = std::chrono::milliseconds;

  writer_voice() = default;
  writer_voice(logger log, reporter report) : log_{std::move(log)}, report_{std::move(report)} {}

  /// A Secret was written.
  void written(const std::string& ns, const std::string& secret);
  /// A write failed. A conflict is part of the game; anything else is told by cause, until it works
  /// again.
  void failed(const std::string& ns, const failure& reason, ms now);
  /// Nothing fails there any more.
  void works(const std::string& ns);
  /// All is done in a namespace.
  void finished(const std::string& ns, namespace_record& record, ms now);
  /// Tells what is due; to be called whenever something has happened.
  /// `leads` false: what waits, waits for the leader.
  void tell(const ledger& book, const work_queue& queue, ledger::times now, bool leads);
  const write_troubles& troubles() const { return troubles_; }
  /// When `tell` has to be called again although nothing happens.
  std::optional<ms> next() const;

private:
  void foreign(const kubernetes::object_meta& secret,
               const std::optional<kubernetes::object_meta>& account);
  void tell_troubles(const ledger& book, ms now);
  void tell_progress(const ledger& book, const work_queue& queue, ledger::times now, bool leads);

  logger log_;
  reporter report_;
  write_troubles troubles_;
  std::size_t written_ = 0;        ///< Since everything was last up to date.
  std::set<std::string> logged_;   ///< uids of foreign Secrets.
  std::set<std::string> reported_; ///< The same.
  writing_progress progress_;      ///< As told last.
  std::optional<ms> counted_at_;
  bool owed_ = false; ///< Something has happened since.
};

} // namespace acr
