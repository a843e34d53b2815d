#include "actors/writer/desired_secrets.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "protocol/instance_name.hpp"

namespace acr {

namespace {

/// Namespaces whose group is remembered.
constexpr std::size_t most_known_namespaces = 16384;

/// Rows and entries of one Secret, before it is rendered.
struct draft {
  std::vector<registry::auth_entry> entries;
  std::vector<instance_row> rows;
  std::size_t document = 16; ///< Upper bound of bytes, with `{"auths":{}}`.
  std::size_t annotation = 64;
};

/// What the entries of one domain have taken so far.
struct places {
  std::size_t next = 0;   ///< The first Secret for a further one.
  std::size_t claims = 0; ///< Entries so far; `next` may be beyond, past Secrets without room.
};

/// Upper bound of an entry's bytes in the document, in steps: a password that is a few bytes longer
/// after a renewal moves no entry from one Secret to another.
std::size_t size_of(const registry::auth_entry& entry) {
  constexpr std::size_t frame = 96; // keys, quotes, braces
  constexpr std::size_t step = 128;
  const auto login = entry.user.size() + entry.password.size() + 1;
  const auto bytes = frame + entry.host.size() + entry.email.size() + login + 4 * ((login + 2) / 3);
  return (bytes + step - 1) / step * step;
}

std::size_t size_of_row(const std::string& instance) {
  constexpr std::size_t frame = 96; // keys, quotes, state and time
  return frame + instance.size();
}

std::size_t size_in_row(const std::string& domain) { return domain.size() + 3; }

desired_secret render(std::size_t index, draft from) {
  secret_content content;
  content.type = kubernetes::docker_config_type;
  content.label = kubernetes::field_manager;
  content.annotation = write_rows(from.rows);
  content.document = registry::render_docker_config(from.entries);
  content.digest =
      digest_of(content.document.reveal(), content.type, content.label, content.annotation);
  content.names_hosts = !from.entries.empty();
  content.names_instances = !from.rows.empty();
  for (const auto& row : from.rows)
    if (row.expires_at)
      content.first_end = std::min(content.first_end.value_or(*row.expires_at), *row.expires_at);
  return {secret_names.at(index), std::move(from.entries), std::move(from.rows),
          std::make_shared<const secret_content>(std::move(content))};
}

} // namespace

void desired_secrets::expect(expect_instances what) {
  std::map<std::string, instance_credential> kept;
  for (const auto& instance : what.instances) {
    const auto old = known_.find(instance.name);
    kept.emplace(instance.name, old == known_.end() || what.forget ? instance_credential{}
                                                                   : std::move(old->second));
  }
  known_ = std::move(kept);
  order_ = std::move(what.instances);
  email_ = std::move(what.email);
  limited_ = std::any_of(order_.begin(), order_.end(), [](const expected_instance& one) {
    return one.namespaces != selection{true};
  });
  group_of_.clear();
  numbered_.clear();
  groups_.clear();
  if (!limited_)
    make_group(std::vector<bool>(order_.size(), true));
  note_firsts();
}

desired_secrets::group& desired_secrets::make_group(std::vector<bool> members) const {
  auto& made = groups_[members];
  if (!made) {
    made = std::make_unique<group>();
    made->number = numbered_.size();
    made->members = std::move(members);
    numbered_.push_back(made.get());
  }
  return *made;
}

desired_secrets::group& desired_secrets::find_group(const std::string& ns) const {
  if (!limited_)
    return numbered_.empty() ? make_group({}) : *numbered_.front();
  const auto known = group_of_.find(ns);
  if (known != group_of_.end())
    return *known->second;
  std::vector<bool> members;
  members.reserve(order_.size());
  for (const auto& instance : order_)
    members.push_back(instance.namespaces.contains(ns));
  if (group_of_.size() >= most_known_namespaces) // some may have been deleted long ago
    group_of_.clear();
  return *(group_of_[ns] = &make_group(std::move(members)));
}

const desired_secrets::group& desired_secrets::current(const std::string& ns) const {
  auto& found = find_group(ns);
  if (found.outdated)
    make_secrets(found);
  return found;
}

const std::vector<desired_secret_ptr>& desired_secrets::secrets_in(const std::string& ns) const {
  return current(ns).secrets;
}

std::vector<left_out_domain> desired_secrets::left_out() const {
  std::vector<left_out_domain> all;
  for (const auto* each : numbered_)
    for (const auto& one : each->left_out)
      if (std::find(all.begin(), all.end(), one) == all.end())
        all.push_back(one);
  return all;
}

std::set<std::size_t> desired_secrets::groups_with(const std::string& instance) const {
  std::set<std::size_t> all;
  for (const auto* each : numbered_)
    if (goes_to(*each, instance))
      all.insert(each->number);
  return all;
}

std::vector<content_digest> desired_secrets::digests_of(std::size_t number) const {
  std::vector<content_digest> all;
  if (number < numbered_.size())
    for (const auto& secret : numbered_[number]->secrets)
      all.push_back(secret->digest());
  return all;
}

std::size_t desired_secrets::shape() const {
  std::size_t hash = 0;
  for (auto* each : numbered_) {
    if (each->outdated)
      make_secrets(*each);
    hash = hash * 31 + each->secrets.size() * 2 + (each->pending ? 1U : 0U);
  }
  return hash;
}

bool desired_secrets::misplaced_in(const std::string& ns, std::string_view annotation) const {
  if (!limited_)
    return false;
  const auto& those = find_group(ns);
  const auto rows = read_rows(annotation);
  return std::any_of(rows.begin(), rows.end(), [&](const instance_row& row) {
    return find(row.instance) != nullptr && !goes_to(those, row.instance);
  });
}

bool desired_secrets::goes_to(const group& those, const std::string& instance) const {
  for (std::size_t i = 0; i < order_.size(); ++i)
    if (order_[i].name == instance)
      return those.members[i];
  return false;
}

void desired_secrets::outdate(const std::string& instance) {
  for (auto* each : numbered_)
    if (goes_to(*each, instance)) {
      each->outdated = true;
      each->secrets.clear();
      each->left_out.clear();
    }
  note_firsts();
}

std::optional<std::chrono::milliseconds>
desired_secrets::renewed_with_left(const token_issued& what, wall_time now) const {
  const auto* state = find(what.instance);
  if (what.at_once || !state || !state->valid() || state->credential->user != what.value.user ||
      state->credential->domains != what.value.domains)
    return std::nullopt;
  return state->credential->expires_at - now;
}

std::optional<wall_time> desired_secrets::last_renewal(wall_time from, wall_time until) const {
  std::optional<wall_time> last;
  for (const auto& [name, state] : known_)
    if (state.valid() && state.renew_at >= from && state.renew_at <= until)
      last = std::max(last.value_or(state.renew_at), state.renew_at);
  return last;
}

bool desired_secrets::issue(const token_issued& what) {
  const auto found = known_.find(what.instance);
  if (found == known_.end())
    return false;
  std::optional<first_credential> first;
  if (found->second.pending())
    first = {what.value.expires_at, what.renew_at};
  found->second = instance_credential{what.value, what.renew_at, false, first};
  outdate(what.instance);
  return true;
}

void desired_secrets::blank(instance_credential& state) {
  state.credential->user.clear();
  state.credential->password = {};
  state.withdrawn = true;
}

bool desired_secrets::withdraw(const std::string& instance) {
  const auto found = known_.find(instance);
  if (found == known_.end() || !found->second.valid())
    return false;
  blank(found->second);
  outdate(instance);
  return true;
}

bool desired_secrets::expire(wall_time now) {
  bool any = false;
  for (auto& [name, state] : known_)
    if (state.valid() && state.credential->expires_at <= now) {
      blank(state);
      outdate(name);
      any = true;
    }
  return any;
}

std::optional<wall_time> desired_secrets::next_expiry() const {
  std::optional<wall_time> first;
  for (const auto& [name, state] : known_)
    if (state.valid())
      first = std::min(first.value_or(state.credential->expires_at), state.credential->expires_at);
  return first;
}

bool desired_secrets::has_pending() const {
  return std::any_of(known_.begin(), known_.end(),
                     [](const auto& item) { return item.second.pending(); });
}

bool desired_secrets::has_pending(const std::string& ns) const { return current(ns).pending; }

bool desired_secrets::has_withdrawn(const std::string& ns) const { return current(ns).withdrawn; }

const desired_secrets::instance_credential*
desired_secrets::find(const std::string& instance) const {
  const auto found = known_.find(instance);
  return found == known_.end() ? nullptr : &found->second;
}

std::vector<std::string> desired_secrets::pending() const {
  std::vector<std::string> names;
  for (const auto& [name, state] : known_)
    if (state.pending())
      names.push_back(name);
  return names;
}

bool desired_secrets::awaits(const group& those, const std::string& row) const {
  for (std::size_t i = 0; i < those.members.size(); ++i)
    if (those.members[i] && known_.at(order_[i].name).pending() &&
        base_of_name(order_[i].name) == base_of_name(row))
      return true;
  return false;
}

void desired_secrets::note_firsts() {
  firsts_.clear();
  for (const auto& [name, state] : known_)
    if (state.valid() && state.first)
      firsts_.emplace(name, *state.first);
}

void desired_secrets::make_secrets(group& of) const {
  of.outdated = of.pending = of.withdrawn = false;
  of.secrets.clear();
  of.left_out.clear();
  std::array<draft, secret_names.size()> drafts;
  // Places of pending instances are kept free, so that nothing moves when they come.
  std::map<std::string, places> of_domain;
  for (std::size_t number = 0; number < of.members.size(); ++number) {
    if (!of.members[number])
      continue;
    const auto& instance = order_[number];
    const auto& state = known_.at(instance.name);
    of.pending = of.pending || state.pending();
    of.withdrawn = of.withdrawn || state.withdrawn;
    const auto& domains = state.credential ? state.credential->domains : instance.domains;
    std::map<std::size_t, instance_row> rows;
    for (const auto& domain : domains) {
      auto& [place, claims] = of_domain[domain];
      const bool too_many = ++claims > drafts.size();
      if (place >= drafts.size()) {
        of.left_out.push_back({instance.name, domain, !too_many});
        continue;
      }
      if (!state.credential) {
        ++place;
        continue;
      }
      registry::auth_entry entry{domain, state.credential->user, state.credential->password,
                                 email_};
      const auto bytes = size_of(entry);
      const auto noted = size_in_row(domain);
      const auto fits = [&](std::size_t at) {
        const auto& into = drafts.at(at);
        const auto row = rows.contains(at) ? 0 : size_of_row(instance.name);
        return into.document + bytes <= limits_.document &&
               into.annotation + row + noted <= limits_.annotation;
      };
      while (place < drafts.size() && !fits(place))
        ++place;
      if (place >= drafts.size()) {
        of.left_out.push_back({instance.name, domain, true});
        continue;
      }
      auto& into = drafts.at(place);
      into.document += bytes;
      into.annotation += noted + (rows.contains(place) ? 0 : size_of_row(instance.name));
      rows[place].domains.push_back(domain);
      if (!state.withdrawn || keeps_hosts())
        into.entries.push_back(std::move(entry));
      ++place;
    }
    for (auto& [place, row] : rows) {
      row.instance = instance.name;
      if (!state.withdrawn)
        row.expires_at = state.credential->expires_at;
      drafts.at(place).rows.push_back(std::move(row));
    }
  }
  const bool any = std::find(of.members.begin(), of.members.end(), true) != of.members.end();
  for (std::size_t i = 0; i < drafts.size(); ++i)
    if ((i == 0 && (any || !limited_)) ||
        std::any_of(drafts.begin() + static_cast<std::ptrdiff_t>(i), drafts.end(),
                    [](const draft& d) { return !d.rows.empty(); }))
      of.secrets.push_back(
          std::make_shared<const desired_secret>(render(i, std::move(drafts.at(i)))));
}

const instance_row* desired_secrets::successor_of(const instance_row& row,
                                                  const std::vector<instance_row>& observed,
                                                  wall_time now) const {
  const auto* state = find(row.instance);
  if (!state || !state->withdrawn)
    return nullptr;
  const auto found = std::find_if(observed.begin(), observed.end(), [&](const instance_row& held) {
    return held.instance == row.instance && held.domains == row.domains && held.expires_at &&
           *held.expires_at > std::max(now, state->credential->expires_at);
  });
  return found == observed.end() ? nullptr : &*found;
}

desired_secret desired_secrets::carry_over(const std::string& ns, std::size_t index,
                                           const secret_content& observed, wall_time now,
                                           std::optional<wall_time>& carried_until) const {
  draft merged;
  const auto& those = current(ns);
  if (index < those.secrets.size()) {
    merged.entries = those.secrets[index]->entries;
    merged.rows = those.secrets[index]->rows;
  }
  std::set<std::string> taken;
  for (const auto& row : merged.rows)
    taken.insert(row.domains.begin(), row.domains.end());
  std::map<std::string, registry::auth_entry> old;
  if (auto parsed = registry::parse_docker_config(observed.document))
    for (auto& entry : *parsed)
      old.emplace(entry.host, std::move(entry));
  const auto held = read_rows_of_others(observed.annotation, now);
  std::vector<registry::auth_entry> entries; // in the order of the rows, as always
  for (auto& row : merged.rows) {
    const auto* successor = old.empty() ? nullptr : successor_of(row, held, now);
    if (successor) {
      row.expires_at = successor->expires_at;
      carried_until = std::min(carried_until.value_or(*row.expires_at), *row.expires_at);
    }
    for (const auto& domain : row.domains) {
      const auto found = old.find(domain);
      const auto own =
          std::find_if(merged.entries.begin(), merged.entries.end(),
                       [&](const registry::auth_entry& entry) { return entry.host == domain; });
      if (successor && found != old.end())
        entries.push_back(found->second);
      else if (own != merged.entries.end())
        entries.push_back(*own);
      else
        continue;
      entries.back().email = email_;
    }
  }
  merged.entries = std::move(entries);
  for (auto row : held) {
    const auto* state = find(row.instance);
    if (state ? !state->pending() || !goes_to(those, row.instance)
              : !empty() && !awaits(those, row.instance))
      continue;
    const bool valid = !old.empty() && row.expires_at && *row.expires_at > now;
    instance_row kept{row.instance, {}, {}};
    for (const auto& domain : row.domains) {
      if (!taken.insert(domain).second)
        continue;
      kept.domains.push_back(domain);
      if (!valid && !keeps_hosts())
        continue;
      const auto found = old.find(domain);
      auto kept_entry = valid && found != old.end() ? found->second : registry::blank_entry(domain);
      kept_entry.email = email_;
      merged.entries.push_back(std::move(kept_entry));
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
