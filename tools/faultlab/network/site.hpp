/// A server on the simulated network, and the two implementations.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "protocol/http.hpp"
#include "protocol/time.hpp"
#include "tools/cloudsim/cloud.hpp"
#include "tools/faultlab/network/absurd_answers.hpp"
#include "tools/kubesim/cluster.hpp"

namespace acr::faultlab {

/// A server's answer to a request. With `stream`, that provides the body.
struct site_answer {
  http_response response;
  std::chrono::milliseconds delay{};
  kubesim::fate how = kubesim::fate::deliver;
  std::shared_ptr<kubesim::watch_stream> stream;
};

/// Called by one or several gateways, in virtual time; `now` is the true time and never goes back.
class site {
public:
  site() = default;
  site(const site&) = delete;
  site& operator=(const site&) = delete;
  virtual ~site() = default;

  /// `target`: path and query. `source` is the name of the calling program.
  virtual site_answer handle(const http_request& request, const std::string& host,
                             const std::string& target, const std::string& source,
                             wall_time now) = 0;
  /// A name for requests that belong together, such as the calls for one instance: random faults of
  /// one flow do not affect another.
  virtual std::string flow_of(const http_request& request, const std::string& target) const = 0;
  virtual std::optional<wall_time> next_due() const { return std::nullopt; }
  virtual void advance(wall_time) {}
};

/// The API server. `cluster` must outlive it.
class kubernetes_site : public site {
public:
  explicit kubernetes_site(kubesim::cluster& behind) : behind_{behind} {}

  site_answer handle(const http_request& request, const std::string& host,
                     const std::string& target, const std::string& source, wall_time now) override;
  std::string flow_of(const http_request& request, const std::string& target) const override;
  std::optional<wall_time> next_due() const override { return behind_.next_due(); }
  void advance(wall_time now) override { behind_.advance(now); }

  /// The client of the current request: for observers of changes.
  const std::string& source() const { return source_; }

private:
  kubesim::cluster& behind_;
  std::string source_;
};

/// STS, Container Registry and the metadata service. `cloud` must outlive it.
class cloud_site : public site {
public:
  using fetch_keys = std::function<result<simkit::key_set>(const cloudsim::key_request&)>;

  cloud_site(cloudsim::cloud& behind, fetch_keys fetch)
      : behind_{behind}, fetch_{std::move(fetch)} {}

  site_answer handle(const http_request& request, const std::string& host,
                     const std::string& target, const std::string& source, wall_time now) override;
  std::string flow_of(const http_request& request, const std::string& target) const override;

  /// Applied to each answer, one after the other. Keyed, to remove them.
  std::map<const void*, absurdity> absurdities;

private:
  cloudsim::cloud& behind_;
  fetch_keys fetch_;
};

/// The keys of a cluster's tokens, as an issuer publishes them.
result<simkit::key_set> keys_of(kubesim::cluster& cluster, wall_time now);

} // namespace acr::faultlab
