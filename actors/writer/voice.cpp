#include "actors/writer/voice.hpp"

#include <algorithm>
#include <utility>

namespace acr {

namespace {

using namespace std::chrono_literals;

constexpr auto count_every = writer_voice::ms{1s}; // counting looks at every namespace

} // namespace

void writer_voice::written(const std::string& ns, const std::string& secret) {
  ++written_;
  log_.debug("secret_written", "", {{"namespace", ns}, {"secret", secret}});
}

void writer_voice::failed(const std::string& ns, const failure& reason, ms now) {
  log_.failed(log_level::debug, "write_failed", "", reason, {{"namespace", ns}});
  if (reason.code != errc::conflict)
    troubles_.failed(ns, reason, now);
}

void writer_voice::works(const std::string& ns) {
  const auto namespaces = troubles_.over(ns);
  if (!namespaces)
    return;
  log_.info("writes_recovered", "writes work again", {{"namespaces", *namespaces}});
  report_(writes_recovered{*namespaces});
}

void writer_voice::finished(const std::string& ns, namespace_record& record, ms now) {
  for (std::size_t i = 0; i < record.secrets.size(); ++i)
    if (const auto& secret = record.secrets.at(i); secret && !secret->ours)
      foreign({{ns, secret_names.at(i)}, secret->uid, secret->resource_version},
              account_in(ns, record));
  if (record.served || !record.secrets[0] || !record.secrets[0]->ours)
    return;
  record.served = true;
  const auto took = now - record.seen_at;
  log_.info("namespace_served", "its accounts are linked and its Secret is written",
            {{"namespace", ns},
             {"accounts", record.accounts.size()},
             {"ms", static_cast<std::int64_t>(took.count())}});
}

void writer_voice::foreign(const kubernetes::object_meta& secret,
                           const std::optional<kubernetes::object_meta>& account) {
  const auto& ref = secret.ref;
  if (logged_.insert(secret.uid).second)
    log_.warning("secret_foreign",
                 "a Secret of our name that is not ours is left alone: delete it, or label it "
                 "app.kubernetes.io/managed-by=acr-credential-helper",
                 {{"namespace", ref.ns}, {"secret", ref.name}});
  // An Event stands on an account, which may be seen a moment later.
  if (account && reported_.insert(secret.uid).second)
    report_(foreign_secret{secret, *account});
}

void writer_voice::tell(const ledger& book, const work_queue& queue, ledger::times now,
                        bool leads) {
  if (written_ > 0 && queue.idle(now.mono))
    log_.info("secrets_written", "every namespace in scope is up to date",
              {{"secrets", std::exchange(written_, 0)}, {"namespaces", book.serving()}});
  tell_troubles(book, now.mono);
  tell_progress(book, queue, now, leads);
}

void writer_voice::tell_troubles(const ledger& book, ms now) {
  for (const auto& told : troubles_.take(now)) {
    std::string examples;
    for (const auto& ns : told.examples)
      examples.append(examples.empty() ? "" : ",").append(ns);
    log_.failed(log_level::warning, "write_failed", "will be tried again", told.reason,
                {{"namespaces", told.namespaces}, {"examples", examples}});
    const auto record = book.records().find(told.examples.front());
    report_(writes_failing{
        told.reason, told.namespaces, told.examples,
        record == book.records().end() ? std::nullopt : account_in(record->first, record->second)});
  }
}

void writer_voice::tell_progress(const ledger& book, const work_queue& queue, ledger::times now,
                                 bool leads) {
  owed_ = counted_at_ && now.mono - *counted_at_ < count_every;
  if (owed_)
    return;
  counted_at_ = now.mono;
  auto progress = progress_of(book, troubles_, now);
  if (!leads)
    progress.unserved_since.reset();
  progress.waiting = queue.waiting(now.mono);
  progress.in_work = queue.in_work();
  if (progress != progress_)
    report_(progress_ = progress);
}

std::optional<writer_voice::ms> writer_voice::next() const {
  auto first = troubles_.next();
  if (owed_) {
    const auto then = *counted_at_ + count_every;
    first = std::min(first.value_or(then), then);
  }
  return first;
}

} // namespace acr
