#include "tools/helper/cleanup_plan.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "actors/writer/desired_secrets.hpp"

namespace acr::helper {

namespace {

enum class fate { goes, stays };

std::string name_of(const kubernetes::object_ref& ref) { return ref.ns + "/" + ref.name; }

} // namespace

std::vector<std::string> in_words(const std::vector<left_object>& left) {
  constexpr std::size_t most_told = 10;
  constexpr std::size_t most_named = 3;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> groups;
  for (const auto& one : left)
    groups[{one.what, one.why}].push_back(one.name);
  std::vector<std::string> out;
  for (const auto& [kind, names] : groups) {
    const auto& [what, why] = kind;
    if (names.size() <= most_told) {
      for (const auto& name : names)
        out.push_back(what + " " + name + ": " + why);
      continue;
    }
    std::string line = what;
    for (std::size_t i = 0; i < most_named; ++i)
      line += (i == 0 ? " " : ", ") + names[i];
    out.push_back(line + " and " + std::to_string(names.size() - most_named) + " more: " + why);
  }
  return out;
}

cleanup_plan plan_cleanup(const std::vector<kubernetes::secret>& secrets,
                          const std::vector<kubernetes::service_account>& accounts,
                          bool all_references, const std::set<kubernetes::object_ref>& removed) {
  cleanup_plan plan;
  std::map<kubernetes::object_ref, fate> known;
  for (const auto& ref : removed)
    known[ref] = fate::goes;
  for (const auto& secret : secrets) {
    known[secret.meta.ref] = secret.managed_by_us ? fate::goes : fate::stays;
    if (secret.managed_by_us)
      plan.remove.push_back(secret.meta);
    else
      plan.left.push_back({"Secret", name_of(secret.meta.ref), "the helper did not write it"});
  }
  for (const auto& account : accounts) {
    if (!account.pull_secrets)
      continue;
    account_cleanup ours{account, {}};
    const auto& list = *account.pull_secrets;
    for (const char* name : secret_names) {
      if (std::find(list.begin(), list.end(), name) == list.end())
        continue;
      const auto secret = known.find({account.meta.ref.ns, name});
      if (account.managed_by_us ||
          (secret == known.end() ? all_references : secret->second == fate::goes))
        ours.names.emplace_back(name);
      else
        plan.left.push_back(
            {"reference to " + std::string{name} + " in ServiceAccount", name_of(account.meta.ref),
             secret == known.end() ? "nothing shows who wrote it (--all-references removes it)"
                                   : "that Secret stays"});
    }
    if (!ours.names.empty())
      plan.unlink.push_back(std::move(ours));
  }
  return plan;
}

} // namespace acr::helper
