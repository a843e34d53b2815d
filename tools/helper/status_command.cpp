#include "tools/helper/status_command.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <thread>
#include <vector>

#include <unistd.h>

#include <boost/json/serialize.hpp>

#include "actors/writer/desired_secrets.hpp"
#include "config/parse.hpp"
#include "protocol/json.hpp"
#include "protocol/text.hpp"
#include "protocol/time.hpp"
#include "tools/helper/cluster_status.hpp"
#include "tools/helper/http_client.hpp"
#include "tools/helper/pages.hpp"
#include "tools/helper/text_table.hpp"

namespace acr::helper {

namespace {

namespace json = boost::json;

constexpr auto patience = std::chrono::seconds{5};
constexpr std::size_t most_bytes = 16U << 20U;
constexpr auto shortest_pause = std::chrono::seconds{2};
constexpr auto looks_of_pause = 9; ///< A pause is as long as that many looks.
constexpr const char* clear_screen = "\x1b[H\x1b[2J";

/// One request, with one deadline for all of it.
result<std::string> fetch(const page_address& where) {
  const auto host = where.host.empty() ? "127.0.0.1" : where.host;
  http_request request;
  request.url = "http://" + in_a_url(host) + ":" + std::to_string(where.port) + "/status";
  http_limits limits;
  limits.deadline = patience;
  limits.max_body = most_bytes;
  limits.use_proxy = false;
  http_client client;
  auto answer = client.ask(std::move(request), limits);
  if (!answer) {
    answer.error().step = "ask the helper";
    return answer.error();
  }
  if (answer->status != 200)
    return make_failure(errc::http_status, "ask the helper",
                        "it answered " + std::to_string(answer->status));
  return std::string{answer->body.reveal()};
}

/// Reads members that may be absent or of another type: then empty, zero, false.
class reader {
public:
  explicit reader(const json::value* from) : from_{from && from->is_object() ? from : nullptr} {}

  const json::value* at(std::string_view key) const {
    return from_ ? from_->as_object().if_contains(key) : nullptr;
  }
  std::string text(std::string_view key) const {
    const auto* found = at(key);
    return found && found->is_string() ? one_line(std::string{found->as_string()}) : "";
  }
  std::string number(std::string_view key) const {
    const auto* found = at(key);
    return found && found->is_number() ? std::to_string(found->to_number<std::int64_t>()) : "0";
  }
  bool flag(std::string_view key) const {
    const auto* found = at(key);
    return found && found->is_bool() && found->as_bool();
  }
  reader in(std::string_view key) const { return reader{at(key)}; }
  std::vector<const json::value*> list(std::string_view key) const {
    std::vector<const json::value*> items;
    const auto* found = at(key);
    if (found && found->is_array())
      for (const auto& item : found->as_array())
        items.push_back(&item);
    return items;
  }

private:
  const json::value* from_;
};

std::string first_of(const std::vector<const json::value*>& list) {
  if (list.empty() || !list.front()->is_string())
    return "-";
  auto text = one_line(std::string{list.front()->as_string()});
  if (list.size() > 1)
    text += " +" + std::to_string(list.size() - 1);
  return text;
}

} // namespace

result<std::string> status_in_words(const std::string& text) {
  const auto document = parse_json_object(text);
  if (!document)
    return make_failure(errc::malformed_answer, "read the status", "that is no JSON object");
  const json::value whole(*document);
  const reader all{&whole};
  const auto now = parse_rfc3339(all.text("now"));
  const auto config = all.in("configuration");
  const auto spaces = all.in("namespaces");
  std::string out = std::string{all.flag("ready") ? "ready" : "NOT READY"} + ", version " +
                    all.text("version") + ", started " +
                    relative(parse_rfc3339(all.text("startedAt")), now) +
                    (all.flag("leads") ? "" : ", standing by") + "\n";
  out += "configuration" + (config.text("source").empty() ? "" : " " + config.text("source")) +
         ": " + (config.text("state") == "unread" ? "not read yet" : config.text("state"));
  if (config.text("state") != "accepted" && config.flag("inForce"))
    out += ", the last good one is in force";
  out += "\n";
  for (const auto* problem : config.list("problems"))
    if (problem->is_string())
      out += "  " + one_line(std::string{problem->as_string()}) + "\n";
  out += "namespaces: " + spaces.number("served") + " of " + spaces.number("inScope") +
         " served, " + spaces.number("failing") + " failing, " + spaces.number("foreignSecrets") +
         (spaces.number("foreignSecrets") == "1" ? " foreign Secret" : " foreign Secrets") +
         "; service accounts: " + spaces.number("serviceAccountsLinked") + " of " +
         spaces.number("serviceAccounts") + " linked\n";
  if (all.in("namespaces").flag("listed") &&
      (spaces.number("inScope") == "0" || spaces.number("serviceAccounts") == "0"))
    out += spaces.number("inScope") == "0"
               ? "NO NAMESPACE IN SCOPE: see watch-namespace in the configuration\n"
               : "NO SERVICE ACCOUNT IN SCOPE, so no Pod gets a credential: see service-account in "
                 "the configuration\n";
  for (const auto* item : all.list("credentialsLeftOut")) {
    const reader one{item};
    out += "LEFT OUT: " + one.text("domain") + " of " + one.text("instance") + ": " +
           one.text("reason") + "\n";
  }
  for (const auto* item : all.list("instances")) {
    const reader one{item};
    if (const auto limit = one.text("limitedTo"); !limit.empty())
      out += "  " + one.text("name") + " is limited to " + limit + "\n";
  }
  out += "\n";
  std::vector<table_row> rows{
      {"INSTANCE", "STATE", "EXPIRES", "NEXT ATTEMPT", "FAILURES", "DOMAINS"}};
  std::string troubles;
  for (const auto* item : all.list("instances")) {
    const reader one{item};
    rows.push_back({one.text("name"), one.text("state"),
                    relative(parse_rfc3339(one.text("expiresAt")), now),
                    relative(parse_rfc3339(one.text("nextAttemptAt")), now),
                    one.number("failuresInARow"), first_of(one.list("domains"))});
    for (const auto* tried : one.list("logins"))
      if (const reader login{tried}; login.text("verdict") == "refused")
        troubles += "\n" + one.text("name") + ": " + login.in("reason").text("cause") +
                    "\n  remedy: " + login.in("reason").text("remedy") + "\n";
    for (const auto* item_of : one.list("endpoints"))
      if (const reader endpoint{item_of}; endpoint.flag("closed"))
        troubles += "\n" + one.text("name") + ": " + endpoint.text("cause") +
                    "\n  remedy: " + endpoint.text("remedy") + "\n";
    const auto why = one.in("lastFailure");
    if (why.text("reason").empty())
      continue;
    const auto code = why.text("serviceCode");
    troubles += "\n" + one.text("name") + ": " + why.text("step") + ": " +
                (code.empty() ? why.text("reason") : code) + ": " + why.text("message") + "\n";
    if (!why.text("cause").empty())
      troubles += "  cause:  " + why.text("cause") + "\n  remedy: " + why.text("remedy") + "\n";
  }
  return out + (rows.size() > 1 ? text_table(rows) : "no instances\n") + troubles;
}

namespace {

/// Reads what the caller is allowed to read; fails without Secrets.
result<cluster_facts> read_cluster(const status_options& options) {
  const auto cluster = find_cluster(options.cluster.value_or(cluster_options{}));
  if (!cluster)
    return cluster.error();
  api_client api{*cluster};
  cluster_facts facts;
  for (const char* name : secret_names)
    if (const auto reason = list_all(
            api, {kubernetes::object_kind::secret, "", std::string{"metadata.name="} + name},
            facts.secrets))
      return *reason;
  if (const auto reason =
          list_all(api, {kubernetes::object_kind::service_account, "", ""}, facts.accounts))
    return *reason;
  if (const auto reason =
          list_all(api, {kubernetes::object_kind::name_space, "", ""}, facts.namespaces))
    return *reason;
  const auto get = [&api](kubernetes::object_kind kind, const kubernetes::object_ref& ref) {
    const auto answer = api.ask(kubernetes::get_object(kind, ref));
    return answer ? kubernetes::read_object(kind, "get", *answer)
                  : result<kubernetes::object>{answer.error()};
  };
  const auto named = "the ConfigMap " + options.config_map.ns + "/" + options.config_map.name;
  const auto map = get(kubernetes::object_kind::config_map, options.config_map);
  if (!map) {
    facts.no_configuration =
        map.error().code == errc::not_found
            ? "there is no configuration: " + named +
                  " does not exist, and nothing is served until it does"
            : "the configuration is not known: " + named + ": " + to_string(map.error());
  } else if (auto read = config::parse_config_map(std::get<kubernetes::config_map>(*map).data);
             read.value) {
    facts.configuration = std::move(*read.value);
  } else {
    facts.no_configuration =
        named + " is refused as a whole: acr-credential-helper check tells why";
  }
  const auto lease = get(kubernetes::object_kind::lease, options.lease);
  if (lease)
    facts.lease = std::get<kubernetes::lease>(*lease);
  else
    facts.lease_hidden = lease.error().code != errc::not_found;
  facts.now = system_now(); // reading may have taken long
  return facts;
}

/// What one look yields.
struct sight {
  std::string out;
  std::string err; ///< Then there was nothing to see.
};

sight see_cluster(const status_options& options) {
  const auto facts = read_cluster(options);
  if (!facts)
    return {"", "acr-credential-helper: " + to_string(facts.error()) + "\n"};
  const auto view = view_cluster(*facts);
  return {options.output == output_format::text
              ? in_words(view, facts->now)
              : for_programs(to_json(view, facts->now), options.output),
          ""};
}

/// Facts that a standby replica lacks come from the cluster: the leader, and the synced namespaces.
std::string shown_by_standby(const std::string& own, const status_options& options) {
  const auto facts = read_cluster(options);
  const auto view = facts ? view_cluster(*facts) : cluster_view{};
  if (options.output != output_format::text) {
    const auto parsed = parse_json_object(own);
    auto document = parsed ? *parsed : json::object{};
    document["leader"] = view.leader;
    const auto held =
        facts ? parse_json(to_json(view, facts->now)) : result<json::value>{facts.error()};
    document["cluster"] = held ? *held : json::value{};
    return for_programs(json::serialize(document), options.output);
  }
  const auto whole = status_in_words(own);
  auto out = whole ? whole->substr(0, whole->find('\n') + 1) : std::string{};
  if (!view.leader.empty()) {
    const auto pod = view.leader.substr(0, view.leader.find('_'));
    out += "this replica stands by, and serves nobody; the leader is " + one_line(view.leader) +
           ". Ask it: kubectl exec -n " + options.lease.ns + " " + one_line(pod) +
           " -- acr-credential-helper status\n\n";
  } else {
    out += "this replica stands by, and serves nobody; the Lease " + options.lease.ns + "/" +
           options.lease.name + " tells who leads\n\n";
  }
  return out + (facts
                    ? in_words(view, facts->now)
                    : "what the cluster holds cannot be read: " + to_string(facts.error()) + "\n");
}

bool stands_by(const std::string& text) {
  const auto document = parse_json_object(text);
  const auto* leads = document ? document->if_contains("leads") : nullptr;
  return leads && leads->is_bool() && !leads->get_bool();
}

sight see(const status_options& options) {
  if (options.cluster)
    return see_cluster(options);
  auto own = fetch(options.address.value_or(options.usual));
  if (!own && !options.address && options.usual.host == "127.0.0.1")
    if (auto there = fetch({"::1", options.usual.port})) // a machine without IPv4
      own = std::move(there);
  if (!own && !options.address && find_cluster({}))
    return see_cluster(options);
  const auto shown = !own                                    ? result<std::string>{own.error()}
                     : stands_by(*own)                       ? shown_by_standby(*own, options)
                     : options.output != output_format::text ? for_programs(*own, options.output)
                                                             : status_in_words(*own);
  if (!shown)
    return {"",
            to_string(shown.error()) +
                "\nDoes it run with --status-address? In a cluster: kubectl exec -n kube-system "
                "deploy/acr-credential-helper -- acr-credential-helper status\n"};
  return {*shown, ""};
}

exit_code print(const sight& seen) {
  std::cerr << seen.err << std::flush;
  std::cout << seen.out << std::flush;
  return seen.err.empty() ? exit_code::orderly : exit_code::cannot_start;
}

} // namespace

std::chrono::milliseconds pause_after(std::chrono::milliseconds took) {
  return std::max<std::chrono::milliseconds>(shortest_pause, looks_of_pause * took);
}

exit_code show_status(const status_options& options) {
  if (!options.watch)
    return print(see(options));
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  while (std::cout) {
    const auto begun = std::chrono::steady_clock::now();
    auto seen = see(options);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begun);
    if (terminal)
      std::cout << clear_screen << std::flush; // before standard error, which may be one, too
    print(seen);
    std::this_thread::sleep_for(pause_after(took));
  }
  std::clearerr(stdout); // the user has closed it, and that ends the watch
  return exit_code::orderly;
}

} // namespace acr::helper
