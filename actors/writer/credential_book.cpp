#include "actors/writer/credential_book.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/evp.h>

#include "protocol/instance_name.hpp"

namespace acr {

namespace {

/// Rows and entries of one Secret, before it is rendered.
struct draft {
  std::vector<registry::auth_entry> entries;
  std::vector<instance_row> rows;

  bool has(const std::string& host) const {
    return std::any_of(entries.begin(), entries.end(),
                       [&](const auto& entry) { return entry.host == host; });
  }
};

std::string write_rows(const std::vector<instance_row>& rows) {
  boost::json::array list;
  for (const auto& row : rows) {
    boost::json::object item{{"instance", row.instance}};
    item["domains"] = boost::json::array(row.domains.begin(), row.domains.end());
    item["state"] = row.expires_at ? "valid" : "withdrawn";
    if (row.expires_at)
      item["expiresAt"] = to_rfc3339(*row.expires_at);
    list.push_back(std::move(item));
  }
  return boost::json::serialize(list);
}

/// Hashes texts so that their borders count.
class digester {
public:
  digester() : context_{EVP_MD_CTX_new()} { EVP_DigestInit_ex(context_, EVP_sha256(), nullptr); }
  digester(const digester&) = delete;
  digester& operator=(const digester&) = delete;
  ~digester() { EVP_MD_CTX_free(context_); }

  void add(std::string_view text) {
    const auto size = text.size();
    EVP_DigestUpdate(context_, &size, sizeof size);
    EVP_DigestUpdate(context_, text.data(), text.size());
  }
  content_digest finish() {
    content_digest digest{};
    EVP_DigestFinal_ex(context_, digest.data(), nullptr);
    return digest;
  }

private:
  EVP_MD_CTX* context_;
};

content_digest digest_of(std::string_view document, std::string_view type, std::string_view label,
                         std::string_view annotation) {
  digester sum;
  for (auto part : {document, type, label, annotation})
    sum.add(part);
  return sum.finish();
}

desired_secret render(std::size_t index, draft from) {
  desired_secret made;
  made.name = secret_names.at(index);
  made.document = registry::render_docker_config(from.entries);
  made.labels = {{managed_by_label, kubernetes::field_manager}};
  made.annotations = {{instances_annotation, write_rows(from.rows)}};
  made.digest = digest_of(made.document.reveal(), kubernetes::docker_config_type,
                          kubernetes::field_manager, made.annotations.begin()->second);
  made.entries = std::move(from.entries);
  return made;
}

std::string_view value_of(const std::map<std::string, std::string>& map, const char* key) {
  const auto found = map.find(key);
  return found == map.end() ? std::string_view{} : found->second;
}

std::optional<instance_row> read_row(const boost::json::value& value) {
  const auto* item = value.if_object();
  const auto* name = item ? item->if_contains("instance") : nullptr;
  const auto* domains = item ? item->if_contains("domains") : nullptr;
  if (!name || !name->is_string() || !domains || !domains->is_array())
    return std::nullopt;
  instance_row row;
  row.instance = name->get_string();
  for (const auto& domain : domains->get_array())
    if (domain.is_string())
      row.domains.emplace_back(domain.get_string());
  if (const auto* end = item->if_contains("expiresAt"); end && end->is_string())
    row.expires_at = parse_rfc3339(std::string_view{end->get_string()});
  return row;
}

} // namespace

content_digest digest_of(const kubernetes::secret& observed) {
  return digest_of(observed.docker_config.reveal(), observed.type,
                   value_of(observed.labels, managed_by_label),
                   value_of(observed.annotations, instances_annotation));
}

std::vector<instance_row> read_rows(std::string_view annotation) {
  std::vector<instance_row> rows;
  boost::json::error_code error;
  const auto document = boost::json::parse(annotation, error);
  if (error || !document.is_array())
    return rows;
  for (const auto& item : document.get_array())
    if (auto row = read_row(item))
      rows.push_back(std::move(*row));
  return rows;
}

std::optional<wall_time> first_end_in(const kubernetes::secret& observed) {
  std::optional<wall_time> first;
  for (const auto& row : read_rows(value_of(observed.annotations, instances_annotation)))
    if (row.expires_at)
      first = std::min(first.value_or(*row.expires_at), *row.expires_at);
  return first;
}

void credential_book::expect(expect_instances what) {
  std::map<std::string, entry> kept;
  for (const auto& instance : what.instances) {
    const auto old = known_.find(instance.name);
    const bool known = old != known_.end() && !what.forget;
    kept.emplace(instance.name, known ? std::move(old->second) : entry{});
  }
  known_ = std::move(kept);
  order_ = std::move(what.instances);
  email_ = std::move(what.email);
  rebuild();
}

std::optional<std::chrono::milliseconds>
credential_book::renewed_with_left(const token_issued& what, wall_time now) const {
  const auto* state = find(what.instance);
  if (what.at_once || !state || !state->valid() || state->credential->user != what.value.user ||
      state->credential->domains != what.value.domains)
    return std::nullopt;
  return state->credential->expires_at - now;
}

std::optional<wall_time> credential_book::last_renewal(wall_time from, wall_time until) const {
  std::optional<wall_time> last;
  for (const auto& [name, state] : known_)
    if (state.valid() && state.renew_at >= from && state.renew_at <= until)
      last = std::max(last.value_or(state.renew_at), state.renew_at);
  return last;
}

bool credential_book::issue(const token_issued& what) {
  const auto found = known_.find(what.instance);
  if (found == known_.end())
    return false;
  std::optional<first_password> first;
  if (found->second.pending())
    first = {what.value.expires_at, what.renew_at};
  found->second = entry{what.value, what.renew_at, false, first};
  rebuild();
  return true;
}

void credential_book::blank(entry& state) {
  state.credential->user.clear();
  state.credential->password = {};
  state.withdrawn = true;
}

bool credential_book::withdraw(const std::string& instance) {
  const auto found = known_.find(instance);
  if (found == known_.end() || !found->second.valid())
    return false;
  blank(found->second);
  rebuild();
  return true;
}

bool credential_book::expire(wall_time now) {
  bool any = false;
  for (auto& [name, state] : known_)
    if (state.valid() && state.credential->expires_at <= now) {
      blank(state);
      any = true;
    }
  if (any)
    rebuild();
  return any;
}

std::optional<wall_time> credential_book::next_expiry() const {
  std::optional<wall_time> first;
  for (const auto& [name, state] : known_)
    if (state.valid())
      first = std::min(first.value_or(state.credential->expires_at), state.credential->expires_at);
  return first;
}

bool credential_book::has_pending() const {
  return std::any_of(known_.begin(), known_.end(),
                     [](const auto& item) { return item.second.pending(); });
}

const credential_book::entry* credential_book::find(const std::string& instance) const {
  const auto found = known_.find(instance);
  return found == known_.end() ? nullptr : &found->second;
}

bool credential_book::awaits(const std::string& row) const {
  return std::any_of(known_.begin(), known_.end(), [&](const auto& item) {
    return item.second.pending() && base_of_name(item.first) == base_of_name(row);
  });
}

void credential_book::rebuild() {
  firsts_.clear();
  for (const auto& [name, state] : known_)
    if (state.valid() && state.first)
      firsts_.emplace(name, *state.first);
  std::array<draft, secret_names.size()> drafts;
  // Places of pending instances are kept free, so that nothing moves when they come.
  std::map<std::string, std::size_t> next_place;
  overflow_.clear();
  for (const auto& instance : order_) {
    const auto& state = known_.at(instance.name);
    const auto& domains = state.credential ? state.credential->domains : instance.domains;
    std::map<std::size_t, instance_row> rows;
    for (const auto& domain : domains) {
      const auto place = next_place[domain]++;
      if (place >= drafts.size()) {
        overflow_.push_back(domain + " (" + instance.name + ")");
        continue;
      }
      if (!state.credential)
        continue;
      auto& row = rows[place];
      row.domains.push_back(domain);
      drafts.at(place).entries.push_back(
          {domain, state.credential->user, state.credential->password, email_});
    }
    for (auto& [place, row] : rows) {
      row.instance = instance.name;
      if (!state.withdrawn)
        row.expires_at = state.credential->expires_at;
      drafts.at(place).rows.push_back(std::move(row));
    }
  }
  secrets_.clear();
  for (std::size_t i = 0; i < drafts.size(); ++i)
    if (i == 0 || std::any_of(drafts.begin() + static_cast<std::ptrdiff_t>(i), drafts.end(),
                              [](const draft& d) { return !d.entries.empty(); }))
      secrets_.push_back(render(i, std::move(drafts.at(i))));
}

desired_secret credential_book::carry_over(std::size_t index, const kubernetes::secret& observed,
                                           wall_time now,
                                           std::optional<wall_time>& carried_until) const {
  draft merged;
  if (index < secrets_.size()) {
    merged.entries = secrets_[index].entries;
    merged.rows = read_rows(secrets_[index].annotations.at(instances_annotation));
  }
  const auto old = registry::parse_docker_config(observed.docker_config);
  for (auto row : read_rows(value_of(observed.annotations, instances_annotation))) {
    const auto* state = find(row.instance);
    if (state ? !state->pending() : !empty() && !awaits(row.instance))
      continue;
    const bool valid = old && row.expires_at && *row.expires_at > now;
    instance_row kept{row.instance, {}, {}};
    for (const auto& domain : row.domains) {
      if (merged.has(domain))
        continue;
      auto kept_entry = registry::blank_entry(domain);
      if (valid)
        for (const auto& candidate : *old)
          if (candidate.host == domain)
            kept_entry = candidate;
      kept_entry.email = email_;
      merged.entries.push_back(std::move(kept_entry));
      kept.domains.push_back(domain);
    }
    if (kept.domains.empty())
      continue;
    if (valid) {
      kept.expires_at = row.expires_at;
      carried_until = std::min(carried_until.value_or(*row.expires_at), *row.expires_at);
    }
    merged.rows.push_back(std::move(kept));
  }
  return render(index, std::move(merged));
}

} // namespace acr
