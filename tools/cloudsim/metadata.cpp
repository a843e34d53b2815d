#include "tools/cloudsim/metadata.hpp"

#include <charconv>

#include <boost/json/serialize.hpp>

namespace acr::cloudsim {

namespace {

using namespace std::chrono_literals;

response text(int status, std::string body) {
  response out;
  out.status = status;
  out.headers = {{"Content-Type", "text/plain"}};
  out.body = std::move(body);
  return out;
}

response give_token(const setting& at) {
  if (at.about.metadata.access == metadata_service::mode::without_tokens)
    return text(404, "not found");
  if (!find_header(at.from.headers, "x-forwarded-for").empty())
    return text(403, "the request came through a proxy");
  const auto wish = find_header(at.from.headers, "x-aliyun-ecs-metadata-token-ttl-seconds");
  long seconds = 0;
  const auto [end, error] = std::from_chars(wish.data(), wish.data() + wish.size(), seconds);
  if (error != std::errc{} || end != wish.data() + wish.size() || seconds < 1 || seconds > 21600)
    return text(400, "the time to live must be between 1 and 21600 seconds");
  return text(200, at.given.issue_metadata_token(at.now + std::chrono::seconds{seconds}, at.now));
}

/// Whether the request may read: in hardened mode only with a valid token; an invalid token is
/// refused in every mode that supports tokens.
bool may_read(const setting& at) {
  const auto mode = at.about.metadata.access;
  if (mode == metadata_service::mode::without_tokens)
    return true;
  const auto token = find_header(at.from.headers, "x-aliyun-ecs-metadata-token");
  if (token.empty())
    return mode == metadata_service::mode::optional;
  return at.given.metadata_token_valid(token, at.now);
}

} // namespace

std::shared_ptr<const session> metadata_server::current_session(const setting& at) {
  const auto arn = at.about.metadata.role_arn;
  const auto* as = at.about.find_role(arn);
  if (!as)
    return nullptr;
  const bool same = current_ && current_->role_name == as->name;
  if (!same || at.now >= renew_at_) {
    session about;
    about.account = at.about.metadata.account;
    about.role_name = as->name;
    about.role_id = as->id;
    about.name = at.about.metadata.instance_id;
    about.ends = session_end(at.about.life, at.now, 6h);
    // The service renews long before the expiry: the old credentials overlap with the new ones.
    renew_at_ = at.now + (about.ends - at.now) * 3 / 4;
    updated_ = at.now;
    current_ = at.given.issue_session(std::move(about), at.now);
  }
  return current_;
}

response metadata_server::answer(const setting& at) {
  const auto& service = at.about.metadata;
  const auto& path = at.what.operation;
  if (service.region.empty() || service.access == metadata_service::mode::disabled)
    return text(403, "the metadata service is disabled");
  if (path == "metadata/token")
    return give_token(at);
  if (at.from.method != "GET" && at.from.method != "HEAD")
    return text(405, "method not allowed");
  if (!may_read(at))
    return text(403, "the token is missing, invalid or expired");
  if (path == "metadata/region-id")
    return text(200, service.region);
  if (path == "metadata/zone-id")
    return text(200, service.zone);
  if (path == "metadata/instance-id")
    return text(200, service.instance_id);
  if (path == "metadata/owner-account-id")
    return text(200, service.account);
  if (path == "metadata/vpc-id")
    return text(200, service.vpc);
  const auto* as = at.about.find_role(service.role_arn);
  if (!as)
    return text(404, "not found");
  if (path == "metadata/role")
    return text(200, as->name);
  if (path != "metadata/credentials" ||
      !at.what.path.ends_with("/security-credentials/" + as->name))
    return text(404, "not found");
  boost::json::object out{{"Code", service.code}};
  if (service.code == "Success") {
    const auto given = current_session(at);
    out["AccessKeyId"] = given->key_id;
    out["AccessKeySecret"] = given->secret;
    out["SecurityToken"] = given->token;
    out["Expiration"] = to_rfc3339(given->ends);
    out["LastUpdated"] = to_rfc3339(updated_);
  }
  return text(200, boost::json::serialize(out));
}

} // namespace acr::cloudsim
