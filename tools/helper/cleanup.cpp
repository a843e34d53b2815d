#include "tools/helper/cleanup.hpp"

#include <cstdio>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "actors/writer/desired_secrets.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "protocol/kubernetes/requests.hpp"
#include "tools/helper/cleanup_plan.hpp"

namespace acr::helper {

namespace {

using kubernetes::object_kind;

constexpr int most_rounds = 3; ///< Who writes at the same time is waited out.
constexpr auto something_left = static_cast<exit_code>(3);

void complain(const std::string& text) {
  std::fprintf(stderr, "acr-credential-helper: %s\n", text.c_str());
}

result<cleanup_plan> look(api_client& api, bool all_references,
                          const std::set<kubernetes::object_ref>& removed) {
  std::vector<kubernetes::secret> secrets;
  std::vector<kubernetes::service_account> accounts;
  for (const char* name : secret_names)
    if (const auto reason =
            list_all(api, {object_kind::secret, "", std::string{"metadata.name="} + name}, secrets))
      return *reason;
  if (const auto reason = list_all(api, {object_kind::service_account, "", ""}, accounts))
    return *reason;
  return plan_cleanup(secrets, accounts, all_references, removed);
}

void tell(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout); // progress is visible through a pipe, too
}

/// What has been done, or would be.
struct tally {
  std::size_t unlinked = 0;
  std::size_t deleted = 0;
  bool lease = false;

  std::string words(bool dry_run) const {
    if (unlinked + deleted == 0 && !lease)
      return "nothing to clean up";
    return std::string{dry_run ? "would unlink " : "unlinked "} + std::to_string(unlinked) +
           " ServiceAccounts and delete" + (dry_run ? " " : "d ") + std::to_string(deleted) +
           " Secrets" + (lease ? " and the Lease" : "");
  }
};

/// What failed is in the next plan again, if it still matters.
void carry_out(api_client& api, const cleanup_plan& plan, bool dry_run,
               std::set<kubernetes::object_ref>& removed, tally& sum) {
  for (const auto& account : plan.unlink) {
    const auto& ref = account.seen.meta.ref;
    std::string line = (dry_run ? "would unlink ServiceAccount " : "unlink ServiceAccount ") +
                       ref.ns + "/" + ref.name + ":";
    for (const auto& name : account.names)
      line += " " + name;
    tell(line);
    auto request = kubernetes::unlink_account(account.seen, account.names);
    sum.unlinked += dry_run ? 1 : 0;
    if (dry_run || !request)
      continue;
    const auto answer = api.ask(std::move(*request));
    const auto done = answer ? kubernetes::read_patched(line, *answer) : answer.error();
    if (done)
      ++sum.unlinked;
    else if (done.error().code != errc::not_found)
      complain(to_string(done.error()));
  }
  for (const auto& seen : plan.remove) {
    const auto line =
        (dry_run ? "would delete Secret " : "delete Secret ") + seen.ref.ns + "/" + seen.ref.name;
    tell(line);
    sum.deleted += dry_run ? 1 : 0;
    if (dry_run)
      continue;
    const auto answer = api.ask(kubernetes::delete_secret(seen));
    if (const auto reason =
            answer ? kubernetes::read_deleted(line, *answer) : std::optional{answer.error()})
      complain(to_string(*reason));
    else if (removed.insert(seen.ref).second)
      ++sum.deleted;
  }
}

/// Held by a helper that was stopped without its permissions, it would delay the next installation.
/// Errors: those of the session; `conflict`: somebody has just renewed it.
std::optional<failure> remove_lease(api_client& api, const kubernetes::object_ref& ref,
                                    bool dry_run, tally& sum) {
  const auto line =
      std::string{dry_run ? "would delete Lease " : "delete Lease "} + ref.ns + "/" + ref.name;
  const auto answer = api.ask(kubernetes::get_object(object_kind::lease, ref));
  if (!answer)
    return answer.error();
  const auto seen = kubernetes::read_object(object_kind::lease, line, *answer);
  if (!seen)
    return seen.error().code == errc::not_found ? std::nullopt : std::optional{seen.error()};
  tell(line);
  sum.lease = true;
  if (dry_run)
    return std::nullopt;
  const auto gone =
      api.ask(kubernetes::delete_object(object_kind::lease, kubernetes::meta_of(*seen)));
  return gone ? kubernetes::read_deleted(line, *gone) : std::optional{gone.error()};
}

exit_code still_there() {
  complain("objects of the helper remain: does it still run?");
  return something_left;
}

} // namespace

exit_code cleanup(const cleanup_options& options) {
  const auto cluster = find_cluster(options.cluster);
  if (!cluster) {
    complain(to_string(cluster.error()));
    return exit_code::cannot_start;
  }
  api_client api{*cluster};
  std::set<kubernetes::object_ref> removed;
  tally sum;
  for (int round = 0;; ++round) {
    const auto plan = look(api, options.all_references, removed);
    if (!plan) {
      complain(to_string(plan.error()));
      return exit_code::cannot_start;
    }
    const bool last = plan->empty() || options.dry_run || round == most_rounds;
    if (last)
      for (const auto& line : plan->left)
        complain("left alone: " + line);
    if (round == most_rounds && !plan->empty())
      return still_there();
    carry_out(api, *plan, options.dry_run, removed, sum);
    if (last)
      break;
  }
  if (const auto reason = remove_lease(api, options.lease, options.dry_run, sum)) {
    complain(to_string(*reason));
    return options.dry_run ? exit_code::cannot_start : still_there();
  }
  tell(sum.words(options.dry_run));
  return exit_code::orderly;
}

} // namespace acr::helper
