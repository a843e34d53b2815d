#include "protocol/registry/pull.hpp"

#include <algorithm>

#include "protocol/json.hpp"
#include "protocol/registry/image.hpp"
#include "protocol/text.hpp"

namespace acr::registry {

namespace {

constexpr const char* step = "pull manifest";

std::string whole(const image_name& what) {
  const auto* between = what.reference.find(':') == std::string::npos ? ":" : "@";
  return what.host + "/" + what.repository + between + what.reference;
}

/// Names of images contain nothing else (distribution's grammar, a little wider).
bool plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"._-/:"}.find(c) != std::string_view::npos;
  });
}

failure explained(errc code, const http_response& answer, std::string cause_id, std::string cause,
                  std::string remedy) {
  auto out = make_failure(code, step, "status " + std::to_string(answer.status));
  out.status = answer.status;
  out.cause_id = std::move(cause_id);
  out.cause = std::move(cause);
  out.remedy = std::move(remedy);
  return out;
}

failure may_not(const image_name& what, const http_response& answer) {
  return explained(errc::denied, answer, "pull_denied",
                   what.host + " takes the password, but not for " + what.repository,
                   "give the identity cr:PullRepository on that repository, and see the access "
                   "control of its namespace");
}

} // namespace

result<image_name> parse_image(std::string_view image) {
  image_name out;
  out.host = host_of(image);
  auto rest = image;
  if (image.starts_with(out.host + "/"))
    rest.remove_prefix(out.host.size() + 1);
  const auto at = rest.find('@');
  if (at != std::string_view::npos) {
    out.reference = rest.substr(at + 1);
    rest = rest.substr(0, std::min(at, rest.find(':')));
  } else if (const auto tag = rest.rfind(':'); tag != std::string_view::npos) {
    out.reference = rest.substr(tag + 1);
    rest = rest.substr(0, tag);
  } else {
    out.reference = "latest";
  }
  out.repository = rest;
  if (out.host == "docker.io" && !rest.empty() && out.repository.find('/') == std::string::npos)
    out.repository.insert(0, "library/");
  if (!plain(out.repository) || !plain(out.reference) ||
      out.repository.find(':') != std::string::npos)
    return make_failure(errc::parameter_bad, "read the name of an image",
                        "no image is called " + one_line(beginning(image, 200)));
  return out;
}

failure pull_denied(const image_name& what, const http_response& answer) {
  return may_not(what, answer);
}

std::string pull_scope(const image_name& what) { return "repository:" + what.repository + ":pull"; }

result<http_header> read_token(const http_response& answer, const image_name& what) {
  if (const auto login = read_login(answer, what.host); login.reason)
    return *login.reason;
  const auto body = parse_json_object(answer.body.reveal());
  auto token = body ? string_at(&*body, "token") : std::string{};
  if (body && token.empty())
    token = string_at(&*body, "access_token");
  if (token.empty() ||
      !std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < '\x7f'; }))
    return *not_tried(malformed("there is no token in the answer"), what.host).reason;
  return http_header{"Authorization", "Bearer " + token};
}

http_request manifest(const image_name& what, std::vector<http_header> authorization) {
  http_request out = ping(what.host);
  out.url += what.repository + "/manifests/" + what.reference;
  out.headers = std::move(authorization);
  out.headers.push_back({"Accept", "application/vnd.oci.image.index.v1+json, "
                                   "application/vnd.oci.image.manifest.v1+json, "
                                   "application/vnd.docker.distribution.manifest.list.v2+json, "
                                   "application/vnd.docker.distribution.manifest.v2+json"});
  return out;
}

std::optional<failure> read_manifest(const http_response& answer, const image_name& what) {
  if (answer.status == 200)
    return std::nullopt;
  if (answer.status == 401 || answer.status == 403)
    return may_not(what, answer);
  if (answer.status == 404)
    return explained(errc::not_found, answer, "no_such_image",
                     "there is no " + whole(what) + ", or it is not shown to this user",
                     "see the spelling of repository and tag");
  auto out = make_failure(answer.status == 429   ? errc::throttled
                          : answer.status >= 500 ? errc::service_failed
                                                 : errc::malformed_answer,
                          step, "status " + std::to_string(answer.status));
  out.status = answer.status;
  return out;
}

} // namespace acr::registry
