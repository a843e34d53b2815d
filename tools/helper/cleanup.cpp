#include "tools/helper/cleanup.hpp"

#include <chrono>
#include <cstdio>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <variant>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "actors/writer/desired_secrets.hpp"
#include "protocol/kubernetes/admission.hpp"
#include "protocol/kubernetes/decode.hpp"
#include "protocol/kubernetes/requests.hpp"
#include "protocol/text.hpp"
#include "tools/helper/cleanup_plan.hpp"
#include "tools/helper/text_table.hpp"

namespace acr::helper {

namespace {

namespace json = boost::json;
using kubernetes::object_kind;

constexpr int most_rounds = 3; ///< Rounds to repeat after concurrent changes.
constexpr auto something_left = static_cast<exit_code>(3);

/// An object that others installed for the helper, and its effect once the helper is gone.
struct admission_object {
  const char* resource;
  std::string name;
  const char* effect;
};
std::vector<admission_object> admission_objects() {
  std::vector<admission_object> all{
      {"mutatingwebhookconfigurations", "acr-credential-helper",
       "the API server asks a helper that is gone"},
      {"mutatingadmissionpolicybindings", "acr-credential-helper",
       "new ServiceAccounts are linked to a Secret that does not exist"},
      {"mutatingadmissionpolicies", "acr-credential-helper", ""}};
  std::vector<const char*> guards{kubernetes::guard_policy_names.begin(),
                                  kubernetes::guard_policy_names.end()};
  guards.push_back(kubernetes::webhook_policy_name);
  for (const auto* name : guards)
    for (const auto* resource :
         {"validatingadmissionpolicybindings", "validatingadmissionpolicies"})
      all.push_back({resource, name, ""});
  return all;
}

std::string counted(std::size_t number, const char* what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

/// An object that changed meanwhile is retried in the next round.
bool told_at_once(errc code) { return code != errc::not_found && code != errc::conflict; }

class removal {
public:
  removal(const cleanup_options& options, const kubernetes::cluster_access& cluster)
      : options_{options}, cluster_{name_of(cluster, options.cluster)}, api_{cluster} {}

  exit_code run() {
    tell("cluster " + cluster_);
    auto code = wait_for_its_end();
    if (code == exit_code::orderly)
      code = remove_all();
    if (code == exit_code::orderly)
      code = remove_lease();
    if (code == exit_code::orderly)
      tell(words());
    if (code != exit_code::cannot_start)
      look_at_admission();
    if (options_.output != output_format::text)
      std::fputs(for_programs(in_json(code), options_.output).c_str(), stdout);
    return code;
  }

private:
  void complain(const std::string& text) {
    api_.shown().make_room();
    std::fprintf(stderr, "acr-credential-helper: %s\n", text.c_str());
  }

  void tell(const std::string& line) {
    if (options_.output != output_format::text)
      return;
    api_.shown().make_room();
    std::puts(line.c_str());
    std::fflush(stdout); // progress is visible through a pipe, too
  }

  void leave(const std::vector<left_object>& objects) {
    for (const auto& line : in_words(objects))
      complain("left alone: " + line);
    for (const auto& one : objects)
      left_.push_back({{"what", one.what}, {"name", one.name}, {"why", one.why}});
  }

  result<cleanup_plan> look() {
    std::vector<kubernetes::secret> secrets;
    std::vector<kubernetes::service_account> accounts;
    for (const char* name : secret_names)
      if (const auto reason = list_all(
              api_, {object_kind::secret, "", std::string{"metadata.name="} + name}, secrets))
        return *reason;
    if (const auto reason = list_all(api_, {object_kind::service_account, "", ""}, accounts))
      return *reason;
    return plan_cleanup(secrets, accounts, options_.all_references, removed_);
  }

  exit_code remove_all() {
    for (int round = 0;; ++round) {
      const auto plan = look();
      if (!plan) {
        complain(to_string(plan.error()));
        return exit_code::cannot_start;
      }
      if (round == 0 && !plan->empty() && !agreed(*plan))
        return something_left;
      const bool last = plan->empty() || options_.dry_run || round == most_rounds;
      if (last)
        leave(plan->left);
      if (round == most_rounds && !plan->empty())
        return still_there(*plan);
      carry_out(*plan);
      if (last)
        return exit_code::orderly;
    }
  }

  /// The current Lease; nothing: there is none. Errors: those of the session and `failure_of`.
  result<std::optional<kubernetes::lease>> read_lease() {
    const auto answer = api_.ask(kubernetes::get_object(object_kind::lease, options_.lease));
    if (!answer)
      return answer.error();
    auto seen = kubernetes::read_object(
        object_kind::lease, "read Lease " + options_.lease.ns + "/" + options_.lease.name, *answer);
    if (seen)
      return std::optional{std::get<kubernetes::lease>(std::move(*seen))};
    if (seen.error().code == errc::not_found)
      return std::optional<kubernetes::lease>{};
    return seen.error();
  }

  exit_code lease_unread(const failure& reason) {
    complain(to_string(reason) + ": whether a helper still runs is not known. Nothing was removed");
    return exit_code::cannot_start;
  }

  /// Not `orderly`: a helper renews the Lease, and would write again what is removed; or not known.
  /// One that was stopped without its permissions could not release it: this waits until it has
  /// expired.
  exit_code wait_for_its_end() {
    using namespace std::chrono_literals;
    const auto first = read_lease();
    if (!first)
      return lease_unread(first.error());
    if (!*first || (*first)->holder.empty())
      return exit_code::orderly;
    const auto& lease = **first;
    const auto who = one_line(lease.holder);
    if (lease.renewed_at && system_now() - *lease.renewed_at > 2 * lease.duration + 10s)
      return exit_code::orderly; // long ago, by any clock
    if (options_.dry_run) {
      complain(who + " holds the Lease, renewed " + relative(lease.renewed_at, system_now()) +
               ": stop the helper before the cleanup");
      return exit_code::orderly;
    }
    api_.shown().doing("waiting to see whether " + who + " still runs");
    const auto until = std::chrono::steady_clock::now() + lease.duration;
    while (true) {
      std::this_thread::sleep_for(500ms);
      const bool expired = std::chrono::steady_clock::now() >= until; // before it is read again
      const auto now = read_lease();
      if (!now) {
        if (expired)
          return lease_unread(now.error());
        continue;
      }
      if (!*now || (*now)->holder.empty())
        return exit_code::orderly;
      if ((*now)->renewed_at != lease.renewed_at || (*now)->holder != lease.holder) {
        complain("the helper still runs (" + one_line((*now)->holder) +
                 " has just renewed the Lease " + options_.lease.ns + "/" + options_.lease.name +
                 ") and would write everything again: stop it first, as by kubectl scale "
                 "--replicas=0. Nothing was removed");
        return something_left;
      }
      if (expired)
        return exit_code::orderly;
    }
  }

  /// "; X holds the Lease, renewed 3 s ago": a helper that may still be running. Empty: unknown.
  std::string holder() {
    const auto seen = read_lease();
    if (!seen || !*seen || (*seen)->holder.empty())
      return {};
    return "; " + one_line((*seen)->holder) + " holds the Lease, renewed " +
           relative((*seen)->renewed_at, system_now());
  }

  /// Asks the user, on a terminal.
  bool agreed(const cleanup_plan& plan) {
    if (options_.dry_run || options_.yes || !can_ask())
      return true;
    const auto question = "This deletes " + counted(plan.remove.size(), "Secret") +
                          " and takes references out of " +
                          counted(plan.unlink.size(), "ServiceAccount") + " in the cluster " +
                          cluster_ + holder() + ". Is the helper stopped, and is that meant?";
    api_.shown().doing("");
    api_.shown().make_room();
    if (ask_yes(question))
      return true;
    complain("nothing was removed");
    return false;
  }

  /// Failed objects are in the next plan again, if they still matter.
  void carry_out(const cleanup_plan& plan) {
    const auto dry = options_.dry_run;
    const auto all = plan.unlink.size() + plan.remove.size();
    std::size_t at = 0;
    const auto next = [&] {
      api_.shown().doing("removing: " + std::to_string(++at) + " of " + std::to_string(all));
    };
    for (const auto& account : plan.unlink) {
      next();
      const auto& ref = account.seen.meta.ref;
      std::string line = (dry ? "would unlink ServiceAccount " : "unlink ServiceAccount ") +
                         ref.ns + "/" + ref.name + ":";
      for (const auto& name : account.names)
        line += " " + name;
      tell(line);
      auto request = kubernetes::unlink_account(account.seen, account.names);
      unlinked_ += dry ? 1 : 0;
      if (dry || !request)
        continue;
      const auto answer = api_.ask(std::move(*request));
      const auto done = answer ? kubernetes::read_patched(line, *answer) : answer.error();
      if (done)
        ++unlinked_;
      else if (told_at_once(done.error().code))
        complain(to_string(done.error()));
    }
    for (const auto& seen : plan.remove) {
      next();
      const auto line =
          (dry ? "would delete Secret " : "delete Secret ") + seen.ref.ns + "/" + seen.ref.name;
      tell(line);
      deleted_ += dry ? 1 : 0;
      if (dry)
        continue;
      const auto answer = api_.ask(kubernetes::delete_secret(seen));
      if (const auto reason =
              answer ? kubernetes::read_deleted(line, *answer) : std::optional{answer.error()}) {
        if (told_at_once(reason->code))
          complain(to_string(*reason));
      } else if (removed_.insert(seen.ref).second)
        ++deleted_;
    }
  }

  /// Held by a helper that was stopped without its permissions, it would delay the next
  /// installation.
  exit_code remove_lease() {
    const auto seen = read_lease();
    if (!seen) {
      complain(to_string(seen.error()));
      return exit_code::cannot_start;
    }
    if (!*seen)
      return exit_code::orderly;
    const auto line = std::string{options_.dry_run ? "would delete Lease " : "delete Lease "} +
                      options_.lease.ns + "/" + options_.lease.name;
    tell(line);
    lease_ = true;
    if (options_.dry_run)
      return exit_code::orderly;
    const auto gone = api_.ask(kubernetes::delete_object(object_kind::lease, (*seen)->meta));
    const auto reason = gone ? kubernetes::read_deleted(line, *gone) : std::optional{gone.error()};
    if (!reason)
      return exit_code::orderly;
    lease_ = false;
    complain(to_string(*reason));
    if (reason->code == errc::conflict)
      complain("somebody has just renewed the Lease: does the helper still run?");
    return something_left;
  }

  /// Objects that people install with the helper are theirs to remove; but they should not be
  /// forgotten. Silent without permission to look: the Job of an uninstallation, after which they
  /// are gone.
  void look_at_admission() {
    for (const auto& [resource, name, effect] : admission_objects()) {
      // Kubernetes 1.34 and 1.35 have mutating policies in a beta API only.
      const bool beta = std::string_view{resource}.starts_with("mutatingadmission");
      if (exists("v1", resource, name) || (beta && exists("v1beta1", resource, name)))
        leave({{resource, name,
                "it was installed with the helper" +
                    (*effect ? std::string{" ("} + effect + ")" : "") + ": kubectl delete " +
                    resource + " " + name}});
    }
  }

  bool exists(const std::string& version, const char* resource, const std::string& name) {
    http_request request;
    request.url = "/apis/admissionregistration.k8s.io/" + version + "/" + resource + "/" + name;
    const auto answer = api_.ask(std::move(request));
    return answer && answer->status == 200;
  }

  exit_code still_there(const cleanup_plan& plan) {
    complain(counted(plan.remove.size(), "Secret") + " and references in " +
             counted(plan.unlink.size(), "ServiceAccount") + " remain: does the helper still run" +
             holder() + "?");
    return something_left;
  }

  std::string words() const {
    if (unlinked_ + deleted_ == 0 && !lease_)
      return "nothing to clean up";
    return std::string{options_.dry_run ? "would unlink " : "unlinked "} +
           counted(unlinked_, "ServiceAccount") + " and delete" + (options_.dry_run ? " " : "d ") +
           counted(deleted_, "Secret") + (lease_ ? " and the Lease" : "");
  }

  std::string in_json(exit_code code) const {
    return json::serialize(json::object{{"cluster", cluster_},
                                        {"dryRun", options_.dry_run},
                                        {"clean", code == exit_code::orderly},
                                        {"serviceAccountsUnlinked", unlinked_},
                                        {"secretsDeleted", deleted_},
                                        {"leaseDeleted", lease_},
                                        {"leftAlone", left_}});
  }

  const cleanup_options& options_;
  std::string cluster_;
  api_client api_;
  std::set<kubernetes::object_ref> removed_;
  std::size_t unlinked_ = 0; ///< Removed so far; or that would be.
  std::size_t deleted_ = 0;
  bool lease_ = false;
  json::array left_;
};

} // namespace

exit_code cleanup(const cleanup_options& options) {
  const auto cluster = find_cluster(options.cluster);
  if (!cluster) {
    std::fprintf(stderr, "acr-credential-helper: %s\n", to_string(cluster.error()).c_str());
    return exit_code::cannot_start;
  }
  return removal{options, *cluster}.run();
}

} // namespace acr::helper
