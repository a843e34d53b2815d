/// The state of the cluster, shared by its source files. Private to them.
#pragma once

#include <list>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "tools/kubesim/admission.hpp"
#include "tools/kubesim/cluster.hpp"
#include "tools/kubesim/faults.hpp"
#include "tools/kubesim/field_set.hpp"
#include "tools/kubesim/kinds.hpp"
#include "tools/kubesim/selector.hpp"
#include "tools/kubesim/store.hpp"
#include "tools/kubesim/tokens.hpp"
#include "tools/simkit/form.hpp"

namespace acr::kubesim {

struct user_info {
  std::string name;
  std::string uid;
  std::vector<std::string> groups;
  bool in(std::string_view group) const;
};

/// A parsed request.
struct call {
  const request* from = nullptr;
  wall_time now{};
  std::string path;
  simkit::parameters query;
  const resource* what = nullptr; ///< Null: not about a known resource.
  std::string group;              ///< As in the path, known or not.
  std::string version;
  std::string plural;
  std::string subresource;
  std::string ns;
  std::string name;
  std::string verb; ///< In the terms of authorization.
  bool is_resource = false;
  user_info user;

  std::string_view param(std::string_view key) const { return simkit::value_of(query, key); }
  std::string_view header(std::string_view key) const;
  std::string key() const {
    return ns.empty() || what->plural == "namespaces" ? name : ns + "/" + name;
  }
  /// For admission: a write of that name.
  admitted writing(std::string_view operation, std::string_view which) const {
    return {operation, plural, ns, which, user.name};
  }
  bool dry_run() const { return param("dryRun") == "All"; }
  writer by() const; ///< The field manager: as requested, or the user agent's first word.
};

/// How objects are written into an answer: whole, metadata only, or as a table.
enum class form { whole, metadata, table };

class watch_queue;

/// The common options of lists and watches. Throws refusal (400).
struct list_options {
  explicit list_options(const call& about);

  std::uint64_t timeout_s = 0;
  std::uint64_t limit = 0;
  selector wanted;
};

struct rule_set {
  boost::json::array rules; ///< PolicyRules
  std::string ns;           ///< Empty: everywhere.
  std::string why;          ///< The binding, for people.
};

struct cluster::state {
  state(wall_time begin, cluster_options wishes);

  // Requests (cluster.cpp)
  outcome handle(const request& from);
  outcome answer(call& about);
  response reply(int status, const boost::json::value& body, const call* about = nullptr) const;
  outcome other_path(const call& about);

  // Authentication and authorization (access.cpp)
  user_info authenticate(const call& about);
  bool allowed(const user_info& who, const std::string& verb, const std::string& group,
               const std::string& of, const std::string& ns, const std::string& name,
               std::string* why = nullptr);
  bool allowed_path(const user_info& who, const std::string& verb, const std::string& path,
                    std::string* why = nullptr);
  void authorize(const call& about, const std::string& verb);
  const std::vector<rule_set>& rules_of(const user_info& who);
  outcome review(const call& about);
  boost::json::object review_access(const call& about, const boost::json::object& body);

  // Reading (reading.cpp)
  outcome get(const call& about) const;
  outcome list(const call& about) const;
  outcome watch(const call& about);
  response show(const call& about, int status, const boost::json::object& object) const;
  void publish(const change& item);
  void drop_watches(bool broken, const std::string& source);

  // Writing (writing.cpp)
  outcome create(const call& about);
  outcome create_object(const call& about, boost::json::object object);
  outcome update(const call& about);
  outcome patch(const call& about);
  outcome apply(const call& about, const boost::json::object& config);
  outcome remove(const call& about);
  outcome remove_all(const call& about);
  static boost::json::object wish_of(const call& about); ///< DeleteOptions; empty if none are sent.
  outcome finish_update(const call& about, const object_ptr& before, boost::json::object next,
                        std::optional<boost::json::array> managed);
  outcome token(const call& about);
  static boost::json::object body_of(const call& about, const resource& as);
  /// The body of a creation, read as the kind, with the fields that its writer manages.
  static boost::json::object read_body(const call& about);
  void call_webhook(const admitted& what, boost::json::object& object) const;
  void store_new(const resource& what, const boost::json::object& object, wall_time at);
  object_ptr delete_object(const resource& what, const std::string& key,
                           const boost::json::object& wish, const call* about);

  // Controllers (controllers.cpp)
  void bootstrap(wall_time begin);
  void advance(wall_time to);
  std::optional<wall_time> next_due() const;
  void schedule(wall_time at, const std::string& ns);
  void reconcile(const std::string& ns, wall_time at);
  void finish_namespace(const std::string& ns, wall_time at);

  // Administration (admin.cpp)
  response administer_admission(const request& from, const std::string& path,
                                const boost::json::object& wish);

  std::string new_uid();

  cluster_options options;
  wall_time now{};
  std::mt19937_64 random;
  store objects;
  token_issuer tokens;
  fault_table faults;
  admission_table admission;
  std::optional<backup> saved;                        ///< By the administration interface.
  std::map<std::string, std::vector<rule_set>> rules; ///< By user; emptied by changes of RBAC.
  std::map<wall_time, std::set<std::string>> due;     ///< Namespaces to process.
  std::list<std::weak_ptr<watch_queue>> watches;
  std::set<std::string> partitioned;
  std::vector<audit_record> audit;
  std::uint64_t audited = 0; ///< Total number; `audit` keeps the newest.
};

/// One open watch.
class watch_queue : public watch_stream {
public:
  watch_queue(const resource& of, std::string where, selector only, form as, std::string who)
      : what{of}, ns{std::move(where)}, wanted{std::move(only)}, how{as}, source{std::move(who)} {}

  std::string pull() override { return silent ? std::string{} : std::exchange(text, {}); }
  bool ended() const override { return closed && !silent; }
  bool broken() const override { return cut; }
  void on_ready(std::function<void()> call) override { wake = std::move(call); }

  void push(const std::string& kind, const boost::json::object& object);
  void end(bool by_breaking);
  void notify() const {
    if (wake && !silent)
      wake();
  }

  const resource& what;
  std::string ns;
  selector wanted;
  form how;
  std::string source;
  std::function<void()> wake;
  std::string text;
  bool closed = false;
  bool cut = false;
  bool silent = false;
  bool bookmarks = false;
  bool first_row = true;
  std::uint64_t after = 0; ///< Changes up to here are not sent.
  wall_time ends;
  std::optional<wall_time> next_bookmark;
  std::string bookmark_text; ///< With a placeholder for the version; made for the first one.
  std::size_t bookmark_at = 0;
};

/// Sends due bookmarks and ends due watches; called by `advance` (reading.cpp).
void tend_watches(std::list<std::weak_ptr<watch_queue>>& watches, const store& objects,
                  wall_time now, std::chrono::seconds interval);

/// The object in another form (show.cpp).
boost::json::object as_metadata(const boost::json::object& object);
boost::json::object as_view(const resource& what, const boost::json::object& stored);
boost::json::object as_table(const resource& what, const std::vector<object_ptr>& items,
                             wall_time now, bool with_columns = true);
form form_of(std::string_view accept);
/// A document of discovery for the path; nothing if there is none (discovery.cpp).
std::optional<boost::json::value> discover(const std::string& path, std::string_view host);
/// YAML or JSON (yaml.cpp). Throws refusal (400).
boost::json::value read_document(const std::string& text, bool yaml);

} // namespace acr::kubesim
