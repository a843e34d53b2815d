/// One simulated world: cluster, cloud, network, the helper in it, and the actions that disturb it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tools/cloudsim/cloud.hpp"
#include "tools/faultlab/network/network.hpp"
#include "tools/faultlab/scenario/scenario.hpp"
#include "tools/faultlab/stage/clockwork.hpp"
#include "tools/faultlab/stage/cloud_text.hpp"
#include "tools/faultlab/stage/helper_process.hpp"
#include "tools/faultlab/stage/rivals.hpp"
#include "tools/faultlab/stage/witness.hpp"
#include "tools/kubesim/cluster.hpp"

namespace acr::faultlab {

inline constexpr const char* helper_user =
    "system:serviceaccount:kube-system:aliyun-acr-credential-helper";

/// Exit code for a handler that does not end.
inline constexpr int runaway_exit_code = 70;

class stage {
public:
  /// `witnesses` observe everything from the first object on; they must outlive the stage.
  stage(const scenario& about, std::vector<witness*> witnesses);
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;
  ~stage();

  clockwork& time() { return time_; }
  kubesim::cluster& cluster() { return *cluster_; }
  cloudsim::cloud& cloud() { return *cloud_; }
  network& net() { return *net_; }
  /// Of the helper, including one that only a rollout needs.
  std::size_t replicas() const { return helpers_.size(); }
  helper_process& helper(std::size_t index = 0) { return *helpers_.at(index); }
  bool any_running() const;
  /// The holder of the Lease according to the API server; empty: none.
  std::string leader() const;
  const world_spec& about() const { return about_.world; }
  const wish& wanted() const { return wanted_; } ///< By the last good configuration.

  /// Calls the API server as an administrator; returns the HTTP status.
  int ask(const std::string& method, const std::string& target, const std::string& body = {},
          const char* type = "application/json");

  /// Schedules the timeline and starts the helper.
  void begin();

  /// The maximum number of instances in any configuration of the scenario.
  static int most_instances(const scenario& about);

private:
  void act(const lab_event& what);
  void undo(const lab_event& what);
  void on_cloud(const lab_event& what, bool begins);
  void on_link(const std::string& host, const lab_event& what, bool begins);
  void on_api(const lab_event& what, bool begins);
  /// Through the administration of the simulated API server; the body of its answer.
  std::string administer_api(const lab_event& what, const char* method, const std::string& target,
                             const std::string& body = {});
  void on_helper(const lab_event& what, bool begins);
  helper_process& struck_by(const lab_event& what);
  void roll_out(const lab_event& what, bool begins);
  bool retired(const helper_process& who) const;
  void sleep(const lab_event& what);
  void act_as_people(const lab_event& what);
  void on_rival(const lab_event& what, bool begins);
  void react(const lab_event& rival);
  void install_webhook();
  std::optional<boost::json::value> call_webhook(const kubesim::admitted& what,
                                                 const boost::json::object& object);
  [[noreturn]] void give_up_on(const std::string& actor);
  void create_namespace(const std::string& name);
  void configure(const lab_event& what);
  void write_config(const std::string& data);

  scenario about_;
  std::vector<witness*> witnesses_;
  clockwork time_;
  std::unique_ptr<kubesim::cluster> cluster_;
  std::unique_ptr<cloudsim::cloud> cloud_;
  std::shared_ptr<network> net_;
  std::shared_ptr<kubernetes_site> api_;
  std::shared_ptr<cloud_site> cloud_site_;
  std::vector<std::unique_ptr<helper_process>> helpers_;
  std::map<const lab_event*, helper_process*> struck_; ///< Which replica it was.
  const lab_event* rolling_ = nullptr;                 ///< The rollout in progress.
  rivals rivals_;
  int webhook_faults_ = 0; ///< In force.
  int webhook_slow_ = 0;   ///< The same; it answers when the API server waits no longer.
  wish wanted_;
  /// Of servers, to be removed at their end.
  std::map<const lab_event*, std::vector<std::uint64_t>> faults_;
  std::map<std::string, std::vector<const lab_event*>> on_links_; ///< In force, by host.
};

/// The link during an event; `level` is the probability of each fault.
void disturb(link& way, const std::string& how, double level);

} // namespace acr::faultlab
