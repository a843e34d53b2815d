/// One Lease as the API server keeps it: for the real elector against a fake session.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "protocol/http.hpp"
#include "tests/support/fake_api.hpp"

namespace acr::testing {

/// Optimistic locking as the server does it: a write with another version is a conflict, and one
/// without a version finds an existing Lease with 422 (measured on kube-apiserver 1.36).
struct fake_lease {
  /// Nothing: the request is not about a Lease.
  std::optional<http_response> answer(const http_request& request) {
    if (request.url.find("/leases/") == std::string::npos)
      return std::nullopt;
    if (request.method == "GET")
      return stored.empty() ? http_response{404, {}, {}} : ok();
    auto document = boost::json::parse(request.body).as_object();
    auto& meta = document["metadata"].as_object();
    const auto* seen = meta.if_contains("resourceVersion");
    if (seen != nullptr && (stored.empty() || seen->as_string() != written(version)))
      return http_response{409, {}, {}};
    if (seen == nullptr && !stored.empty())
      return http_response{422, {}, {}};
    meta["resourceVersion"] = written(++version);
    meta["uid"] = uid;
    stored = boost::json::serialize(document);
    return ok();
  }
  std::vector<std::string> list() const {
    return stored.empty() ? std::vector<std::string>{} : std::vector<std::string>{event("ADDED")};
  }
  std::string event(const std::string& type) const {
    return R"({"type":")" + type + R"(","object":)" + stored + "}";
  }
  /// Someone else writes it.
  void held_by(const std::string& whom) {
    stored = R"({"metadata":{"name":"acr","namespace":"kube-system","uid":")" + uid +
             R"(","resourceVersion":")" + written(++version) + R"("},"spec":{"holderIdentity":")" +
             whom + R"(","leaseDurationSeconds":15}})";
  }
  std::string holder() const {
    return boost::json::parse(stored).at("spec").at("holderIdentity").as_string().c_str();
  }
  std::string written(int number) const { return prefix + std::to_string(number); }

  std::string stored; ///< Empty: there is none.
  int version = 10;
  std::string uid = "u";
  std::string prefix; ///< Of versions; not empty: they are no numbers.

private:
  http_response ok() const { return {200, {}, secret_string{std::string_view{stored}}}; }
};

} // namespace acr::testing
