/// Plans the work on the webhook's certificates: which replica makes them, when they are renewed,
/// and in which order, so that no request of the API server fails.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "protocol/kubernetes/webhook.hpp"
#include "protocol/time.hpp"
#include "protocol/x509/certificates.hpp"

namespace acr {

/// Pure: takes what the cluster holds and returns the next step. The leader makes certificates and
/// stores them in one Secret, which the others read. Renewal starts after two thirds of a
/// certificate's lifetime:
///
/// 1. a successor, with its own authority, is written beside the current certificate;
/// 2. `caBundle` gets both authorities;
/// 3. when the API server has had time to see that, the successor takes over; a replica that reads
///    it late keeps serving the old certificate, which is trusted until it expires.
class certificate_plan {
public:
  using maker = std::function<x509::serving_material(const std::vector<std::string>& names,
                                                     x509::validity when)>;

  /// `names`: DNS names by which the API server reaches us. `life`: validity of a certificate.
  certificate_plan(std::vector<std::string> names, std::chrono::milliseconds life,
                   maker make = x509::make_serving_material);

  void lead(bool leads) { leads_ = leads; }

  // What the cluster holds; nothing: there is no such object.
  void secret_is(std::optional<kubernetes::webhook_secret> seen);
  void configuration_is(std::optional<kubernetes::webhook_configuration> seen, wall_time now);
  /// The Secret may have changed.
  void secret_unknown() { secret_known_ = false; }
  void configuration_unknown() { configuration_known_ = false; }

  enum class step { read_secret, write_secret, read_configuration, trust, rest };
  struct action {
    step what = step::rest;
    kubernetes::webhook_certificates content{}; ///< Of `write_secret`.
    std::string why{};                          ///< Of `write_secret`: "created", "renewal begun".
    wall_time until{};                          ///< Of `rest`: when to ask again.
  };
  action next(wall_time now);

  /// The certificate to serve; nothing: there is none yet.
  const kubernetes::webhook_pair* serving() const;
  const std::optional<kubernetes::webhook_secret>& secret() const { return secret_; }
  const std::optional<kubernetes::webhook_configuration>& configuration() const {
    return configuration_;
  }
  const std::string& authorities() const { return secret_->content.authorities; }

private:
  bool usable(wall_time now) const;
  wall_time renewal_due() const;
  std::chrono::milliseconds look_again_after() const;
  action make(wall_time now);
  action renew(wall_time now) const;

  std::vector<std::string> names_;
  std::chrono::milliseconds life_;
  maker make_;
  bool leads_ = false;
  bool secret_known_ = false;
  bool configuration_known_ = false;
  std::optional<kubernetes::webhook_secret> secret_;
  std::optional<x509::certificate_facts> facts_; ///< Of its current certificate.
  std::optional<kubernetes::webhook_configuration> configuration_;
  std::optional<wall_time> trusted_since_; ///< `caBundle` has all authorities of the Secret.
};

/// The certificates in a PEM bundle, each as a PEM of its own.
std::vector<std::string> split_bundle(const std::string& pem);

} // namespace acr
