/// The simulated Alibaba Cloud without sockets and without a clock: requests in, answers out.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <random>

#include "tools/cloudsim/call_log.hpp"
#include "tools/cloudsim/faults.hpp"
#include "tools/cloudsim/ledger.hpp"
#include "tools/cloudsim/message.hpp"
#include "tools/cloudsim/metadata.hpp"
#include "tools/cloudsim/registry.hpp"
#include "tools/cloudsim/sts.hpp"
#include "tools/cloudsim/world.hpp"

namespace acr::cloudsim {

struct cloud_options {
  std::uint64_t seed = std::random_device{}(); ///< Seed of all generated values.
  std::shared_ptr<const token_signer> signer;  ///< Null: a new one, generated when needed.
  std::string folder; ///< Folder of files named by a world given to `administer`.
};

/// Not thread-safe: one caller at a time.
class cloud {
public:
  explicit cloud(world about, cloud_options options = {});

  /// Answers as STS, ACR, the metadata service or a registry's token endpoint, by Host or content.
  /// Never throws because of a request.
  outcome handle(const request& from);

  /// Takes the keys of an OIDC issuer that `outcome::keys` requested, or why fetching them failed.
  void put_keys(const std::string& issuer, result<key_set> keys);

  /// The administration interface (README.md): faults, calls, world, clock.
  response administer(const request& from);

  const world& about() const noexcept { return about_; }
  void replace_world(world about);
  std::uint64_t add_fault(fault item) { return faults_.add(std::move(item)); }
  void remove_fault(std::uint64_t id) { faults_.remove(id); }
  /// An issued password that is valid or expired at most an hour ago; otherwise null.
  const password* find_password(std::string_view text) const { return given_.find_password(text); }
  const call_log& calls() const noexcept { return calls_; }

private:
  boost::json::object execute(const setting& at, call_record& record);
  response answer_call(const setting& at, call_record& record);
  void count_call(const setting& at, const std::string& account);
  fault_subject subject_of(const setting& at) const;
  response change_world(const std::string& text);

  world about_;
  cloud_options options_;
  ledger given_;
  issuer_keys keys_;
  metadata_server metadata_;
  fault_table faults_;
  call_log calls_;
  std::map<std::pair<std::string, std::string>, std::deque<wall_time>> recent_;
  std::chrono::milliseconds offset_{0}; ///< The cloud's clock minus the machine's.
};

} // namespace acr::cloudsim
