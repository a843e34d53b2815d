#include "actors/writer/write_reporter.hpp"

#include <algorithm>
#include <utility>

namespace acr {

namespace {

using namespace std::chrono_literals;

constexpr auto count_every = write_reporter::ms{1s}; // counting scans every namespace
// After a restart thousands of namespaces are as an earlier helper left them: no change of state.
constexpr std::size_t most_found_named = 10;

} // namespace

void write_reporter::written(const object_key& key, const action& done) {
  const bool secret = key.what == object_key::kind::secret;
  if (done.what == action::kind::apply)
    ++written_;
  ++writes_[{secret ? "secrets" : "serviceaccounts", to_string(done.reason)}];
  if (secret)
    log_.debug("secret_written", "Secret written",
               {{"namespace", key.ns},
                {"secret", secret_names.at(index_of(key))},
                {"reason", to_string(done.reason)}});
  else
    log_.debug("account_written", "ServiceAccount linked or unlinked",
               {{"namespace", key.ns}, {"account", key.name}, {"reason", to_string(done.reason)}});
}

void write_reporter::failed(const object_key& key, const failure& reason, ms now) {
  log_.failed(log_level::debug, "write_failed", "a write failed", reason, {{"namespace", key.ns}});
  failures_.failed(key, reason, now);
}

void write_reporter::works(const object_key& key) { recovered(failures_.over(key)); }

void write_reporter::gone(const std::string& ns) { recovered(failures_.over_in(ns)); }

void write_reporter::recovered(std::optional<std::size_t> namespaces) {
  if (!namespaces)
    return;
  log_.info("writes_recovered", "writes work again", {{"namespaces", *namespaces}});
  report_(writes_recovered{*namespaces});
}

void write_reporter::synced(const std::string& ns, observed_namespace& record, ms now) {
  for (std::size_t i = 0; i < record.secrets.size(); ++i)
    if (const auto& secret = record.secrets.at(i); secret && !secret->ours)
      foreign({{ns, secret_names.at(i)}, secret->uid, secret->resource_version},
              account_in(ns, record));
  // After a restart an emptied Secret is left until there is something to put in.
  const auto& first = record.secrets[0];
  if (record.synced || !first || !first->ours || !first->content || !first->content->first_end)
    return;
  record.synced = true;
  const auto took = now - record.seen_at;
  // The watch may show a write before its answer is here.
  const bool named = record.worked_on || ++found_served_ <= most_found_named;
  if (!named) {
    ++untold_served_;
    untold_since_ = now;
  }
  const auto tell = named ? &logger::info : &logger::debug;
  (log_.*tell)("namespace_served", "accounts linked and Secret written",
               {{"namespace", ns},
                {"accounts", record.accounts.size()},
                {"ms", static_cast<std::int64_t>(took.count())}});
}

void write_reporter::foreign(const kubernetes::object_meta& secret,
                             const std::optional<kubernetes::object_meta>& account) {
  const auto& ref = secret.ref;
  if (logged_.insert(secret.uid).second)
    log_.warning("secret_foreign",
                 "a Secret of this name belongs to someone else and is left alone: delete it, or "
                 "label it app.kubernetes.io/managed-by=acr-credential-helper",
                 {{"namespace", ref.ns}, {"secret", ref.name}});
  // An Event is attached to an account, which may be seen a moment later.
  if (account && reported_.insert(secret.uid).second)
    report_(foreign_secret{secret, *account});
}

void write_reporter::report(const observed_state& observed, const desired_secrets& desired,
                            const workqueue& queue, times now, bool leads) {
  if (written_ > 0 && queue.idle(now.mono))
    log_.info("secrets_written", "every namespace in scope is up to date",
              {{"secrets", std::exchange(written_, 0)}, {"namespaces", observed.in_scope()}});
  if (untold_served_ > 0 && now.mono - untold_since_ >= count_every)
    log_.info("namespaces_found", "further namespaces that an earlier helper had served already",
              {{"namespaces", std::exchange(untold_served_, 0)}});
  report_failures(observed, now.mono);
  report_progress(observed, desired, queue, now, leads);
}

void write_reporter::report_failures(const observed_state& observed, ms now) {
  for (const auto& due : failures_.take(now)) {
    std::string examples;
    for (const auto& key : due.examples)
      examples.append(examples.empty() ? "" : ", ").append(to_string(key));
    log_.failed(log_level::warning, "write_failed", "retrying with backoff", due.reason,
                {{"objects", due.objects}, {"namespaces", due.namespaces}, {"examples", examples}});
    const auto& first = due.examples.front();
    const auto* record = observed.find(first.ns);
    std::optional<kubernetes::object_meta> account;
    if (record && first.what == object_key::kind::account) {
      if (const auto found = record->accounts.find(first.name); found != record->accounts.end())
        account = found->second.meta(first.ns, first.name);
    }
    if (record && !account)
      account = account_in(first.ns, *record);
    std::vector<std::string> names;
    for (const auto& key : due.examples)
      names.push_back(to_string(key));
    report_(writes_failing{due.reason, due.namespaces, std::move(names), std::move(account)});
  }
}

void write_reporter::left_out(const std::vector<left_out_domain>& entries, bool leads) {
  if (!leads) { // the credentials are forgotten, or of no use: what fits is not known
    left_out_.clear();
    return;
  }
  if (entries != left_out_)
    report_(credentials_left_out{left_out_ = entries});
  for (const auto& lost : entries)
    if (logged_left_out_.insert(lost.instance + " " + lost.domain).second)
      log_.warning("domain_left_out",
                   lost.no_room
                       ? "four Secrets of 1 MiB have no room for this entry"
                       : "more than four instances claim this domain; a Pod tries four Secrets",
                   {{"domain", lost.domain}, {"instance", lost.instance}});
  if (entries.empty())
    logged_left_out_.clear();
}

/// What the cluster holds is also true after a restart, when nothing else is known yet.
void write_reporter::report_found(const observed_state& observed, const desired_secrets& desired,
                                  wall_time now) {
  if (!observed.ready() || !observed.synced())
    return;
  auto found = found_credentials(observed, desired, now);
  for (const auto& [instance, what] : found) {
    const auto before = found_.find(instance);
    if (before == found_.end() || before->second.expires_at != what.expires_at ||
        before->second.domains != what.domains)
      report_(what);
  }
  found_ = std::move(found);
}

void write_reporter::report_progress(const observed_state& observed, const desired_secrets& desired,
                                     const workqueue& queue, times now, bool leads) {
  owed_ = counted_at_ && now.mono - *counted_at_ < count_every;
  if (owed_)
    return;
  counted_at_ = now.mono;
  if (std::exchange(led_, leads) != leads)
    found_.clear(); // to be reported again
  report_found(observed, desired, now.wall);
  auto progress = progress_of(observed, desired, failures_, now);
  if (!leads)
    progress.unserved_since.reset();
  progress.waiting = queue.waiting(now.mono);
  progress.in_work = queue.in_work();
  progress.writes = writes_;
  if (leads)
    report_scope(progress);
  if (progress != progress_)
    report_(progress_ = progress);
}

/// An empty scope is mostly a typo, and nothing else would show it.
void write_reporter::report_scope(const writing_progress& progress) {
  const bool nothing = progress.warm && (progress.namespaces == 0 || progress.accounts == 0);
  if (nothing && !nothing_in_scope_)
    log_.warning("scope_empty",
                 progress.namespaces == 0 ? "no namespace is in scope: see watch-namespace"
                                          : "no service account is in scope: see service-account",
                 {{"namespaces", progress.namespaces}, {"accounts", progress.accounts}});
  nothing_in_scope_ = nothing;
}

std::optional<write_reporter::ms> write_reporter::next() const {
  auto first = failures_.next();
  if (owed_) {
    const auto then = *counted_at_ + count_every;
    first = std::min(first.value_or(then), then);
  }
  if (untold_served_ > 0) {
    const auto then = untold_since_ + count_every;
    first = std::min(first.value_or(then), then);
  }
  return first;
}

} // namespace acr
