#include "tools/cloudsim/call.hpp"

#include <algorithm>

namespace acr::cloudsim {

namespace {

constexpr std::string_view domain_suffix = ".aliyuncs.com";

/// The first label of a host name below aliyuncs.com, otherwise empty.
std::string_view first_label(std::string_view host) {
  if (!host.ends_with(domain_suffix))
    return {};
  return host.substr(0, host.find('.'));
}

service service_by_host(std::string_view host) {
  if (host == "100.100.100.200")
    return service::metadata;
  const auto label = first_label(host);
  if (label == "sts" || label == "sts-vpc")
    return service::sts;
  if (label == "cr" || label == "cr-vpc")
    return service::cr;
  if (label.starts_with("dockerauth"))
    return service::registry;
  return service::unknown;
}

service service_by_content(const call& about) {
  if (about.path.starts_with("/latest/") || about.path == "/latest")
    return service::metadata;
  if (about.path == "/auth")
    return service::registry;
  if (about.path == "/tokens" || about.version == "2018-12-01" || about.version == "2016-06-07")
    return service::cr;
  if (about.version == "2015-04-01")
    return service::sts;
  if (about.operation.starts_with("AssumeRole") || about.operation == "GetCallerIdentity")
    return service::sts;
  return about.operation.empty() ? service::unknown : service::cr;
}

std::string first_of(std::string_view header, std::string_view parameter) {
  return std::string{header.empty() ? parameter : header};
}

/// Between `Credential=` and the comma.
std::string credential_of(std::string_view authorization) {
  constexpr std::string_view name = "Credential=";
  const auto at = authorization.find(name);
  if (at == std::string_view::npos)
    return {};
  const auto rest = authorization.substr(at + name.size());
  return std::string{rest.substr(0, rest.find(','))};
}

void read_signature(const request& from, call& out) {
  const auto authorization = find_header(from.headers, "authorization");
  if (authorization.starts_with("ACS3-")) {
    out.signature = scheme::v3;
    out.key_id = credential_of(authorization);
  } else if (authorization.starts_with("acs ")) {
    out.signature = scheme::roa_v1;
    const auto rest = authorization.substr(4);
    out.key_id = rest.substr(0, rest.find(':'));
  } else if (has(out.all, "Signature") || has(out.all, "AccessKeyId")) {
    out.signature = scheme::rpc_v1;
    out.key_id = value_of(out.all, "AccessKeyId");
  }
}

std::string metadata_operation(std::string_view method, std::string_view path) {
  constexpr std::string_view credentials = "/latest/meta-data/ram/security-credentials";
  if (path == "/latest/api/token" && method == "PUT")
    return "metadata/token";
  if (path.starts_with(credentials))
    return path.size() <= credentials.size() + 1 ? "metadata/role" : "metadata/credentials";
  constexpr std::string_view base = "/latest/meta-data/";
  if (path.starts_with(base))
    return "metadata/" + std::string{path.substr(base.size())};
  return "metadata/unknown";
}

} // namespace

std::string region_of_host(std::string_view host) {
  const auto label = first_label(host);
  if (label.empty())
    return {};
  auto rest = host.substr(label.size());    // ".cn-hangzhou.aliyuncs.com"
  rest.remove_suffix(domain_suffix.size()); // ".cn-hangzhou"
  if (rest.empty() || rest.find('.', 1) != std::string_view::npos)
    return {};
  return std::string{rest.substr(1)};
}

call read_call(const request& from) {
  call out;
  const auto [path, query] = split_target(from.target);
  out.path = percent_decode(path);
  out.query = form_decode(query);
  const auto type = lower(find_header(from.headers, "content-type"));
  if (type.starts_with("application/x-www-form-urlencoded"))
    out.form = form_decode(from.body);
  out.all = out.query;
  out.all.insert(out.all.end(), out.form.begin(), out.form.end());
  out.version = first_of(find_header(from.headers, "x-acs-version"), value_of(out.all, "Version"));
  out.operation = first_of(find_header(from.headers, "x-acs-action"), value_of(out.all, "Action"));
  read_signature(from, out);

  const auto host = host_name(find_header(from.headers, "host"));
  out.to = service_by_host(host);
  if (out.to == service::unknown)
    out.to = service_by_content(out);
  out.region = region_of_host(host);
  if (out.region.empty())
    out.region = value_of(out.all, "RegionId");

  if (out.to == service::metadata)
    out.operation = metadata_operation(from.method, out.path);
  else if (out.to == service::registry)
    out.operation = "registry/auth";
  else if (out.path != "/") {
    out.roa = true;
    out.operation = from.method + " " + out.path;
  }
  return out;
}

} // namespace acr::cloudsim
