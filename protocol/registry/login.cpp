#include "protocol/registry/login.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <boost/algorithm/string/predicate.hpp>

#include "protocol/aliyun/signature.hpp"
#include "protocol/base64.hpp"
#include "protocol/text.hpp"

namespace acr::registry {

namespace {

constexpr const char* step = "registry login";

struct cause_row {
  errc code;
  std::string_view id; ///< Stable; docs/troubleshooting.md lists it.
  std::string_view cause;
  std::string_view remedy;
};

// Texts follow the name of the domain.
constexpr std::array rows{
    cause_row{errc::credentials_bad, "login_refused", " refuses the user and password",
              "make sure that the domain belongs to this instance and region"},
    cause_row{errc::dns_failed, "registry_unresolved",
              " does not resolve here; the names of VPC endpoints do so only within linked VPCs",
              "none if the nodes pull through another domain; otherwise link the VPC, and check "
              "the DNS servers of the nodes"},
    cause_row{errc::connect_failed, "registry_unreachable",
              " does not accept connections from here",
              "check the access control list of the instance, network policies and routes"},
    cause_row{errc::http_timeout, "registry_silent", " does not answer in time",
              "check the access control list of the instance, network policies and routes"},
    cause_row{errc::connection_lost, "registry_cut_off", " ends the connection",
              "check the access control list of the instance, and proxies in between"},
    cause_row{errc::tls_failed, "registry_not_trusted",
              " shows a certificate that is not trusted here",
              "check --ca-file, and that the domain's certificate is deployed in the instance"},
    cause_row{errc::denied, "registry_denies", " refuses every login from here",
              "check the access control list of the instance"},
    cause_row{errc::malformed_answer, "no_registry", " does not respond like a registry",
              "check the spelling of the domain, and proxies in between"},
    cause_row{
        errc::config_bad, "registry_foreign",
        " is named by the configuration alone: the password is not tried there",
        "if it is a domain of this instance, allow cr:ListInstanceEndpoint and renew, or name "
        "it with --verify-login-at"},
};

failure explained(failure reason, const std::string& domain) {
  reason.step = step;
  const auto* const row = std::find_if(
      rows.begin(), rows.end(), [&](const cause_row& item) { return item.code == reason.code; });
  if (row == rows.end())
    return reason;
  reason.cause_id = row->id;
  reason.cause = domain;
  reason.cause += row->cause;
  reason.remedy = row->remedy;
  return reason;
}

std::string_view without_port(std::string_view domain) {
  return domain.substr(0, domain.find(':'));
}

/// An address of 127.0.0.0/8 or ::1, and not merely the same prefix: "127.example.com" is a name
/// that anyone can own.
bool loopback(std::string_view host) {
  const std::string text{host};
  in_addr four{};
  if (inet_pton(AF_INET, text.c_str(), &four) == 1)
    return ntohl(four.s_addr) >> 24U == 127;
  in6_addr six{};
  return inet_pton(AF_INET6, text.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six) != 0;
}

/// Whether a password may be sent there: over https, or over http to this machine if the registry
/// is on it, too.
bool proper_realm(std::string_view realm, std::string_view domain) {
  const auto begin = realm.find("://");
  if (begin == std::string_view::npos)
    return false;
  const auto scheme = realm.substr(0, begin);
  auto host = realm.substr(begin + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  // A backslash ends the host for some readers of URLs, and is a part of a user for others.
  if (host.empty() || host.find_first_of("@\\") != std::string_view::npos)
    return false;
  if (scheme == "https")
    return true;
  host = host.starts_with('[') ? host.substr(1, host.find(']') - 1) : without_port(host);
  return scheme == "http" && loopback(without_port(domain)) && loopback(host);
}

std::string base_url(const std::string& domain) {
  return (loopback(without_port(domain)) ? "http://" : "https://") + domain;
}

/// The value of `name="value"` or `name=value` in a list of such (RFC 9110, section 11).
std::string parameter(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    list.remove_prefix(std::min(list.find_first_not_of(", \t"), list.size()));
    const auto equals = list.find('=');
    if (equals == std::string_view::npos)
      return {};
    const auto found = list.substr(0, equals);
    list.remove_prefix(equals + 1);
    std::string value;
    if (list.starts_with('"')) {
      std::size_t at = 1;
      for (; at < list.size() && list[at] != '"'; ++at) {
        if (list[at] == '\\' && at + 1 < list.size())
          ++at;
        value += list[at];
      }
      list.remove_prefix(std::min(at + 1, list.size()));
    } else {
      const auto end = std::min(list.find_first_of(", \t"), list.size());
      value = list.substr(0, end);
      list.remove_prefix(end);
    }
    if (boost::algorithm::iequals(found, name))
      return value;
  }
  return {};
}

failure no_registry(const http_response& answer, const std::string& why) {
  auto reason = make_failure(errc::malformed_answer, step, why);
  reason.status = answer.status;
  return reason;
}

} // namespace

const char* to_string(login_verdict verdict) noexcept {
  switch (verdict) {
  case login_verdict::accepted:
    return "accepted";
  case login_verdict::refused:
    return "refused";
  case login_verdict::undecided:
    break;
  }
  return "undecided";
}

bool can_be_asked(const std::string& domain) { return domain.find('*') == std::string::npos; }

http_request ping(const std::string& domain) {
  http_request out;
  out.url = base_url(domain) + "/v2/";
  return out;
}

result<login_challenge> read_challenge(const http_response& answer, const std::string& domain) {
  const auto header = find_header(answer.headers, "WWW-Authenticate");
  const auto blank = header.find(' ');
  const auto scheme = header.substr(0, blank);
  const auto rest = blank == std::string_view::npos ? std::string_view{} : header.substr(blank);
  if (answer.status == 403)
    return make_failure(errc::denied, step, "status 403");
  if (answer.status != 401 || header.empty())
    return no_registry(answer, "it does not ask for a login");
  if (boost::algorithm::iequals(scheme, "Basic"))
    return login_challenge{true, "", ""};
  if (!boost::algorithm::iequals(scheme, "Bearer"))
    return no_registry(answer, "it asks for a login of an unknown kind");
  login_challenge out{false, parameter(rest, "realm"), parameter(rest, "service")};
  if (!proper_realm(out.realm, domain))
    return no_registry(answer, "its token endpoint is not asked over https: " +
                                   one_line(beginning(out.realm, 100)));
  return out;
}

http_request login(const login_challenge& to, const std::string& domain, const std::string& user,
                   const secret_string& password, const std::string& scope) {
  http_request out;
  if (to.basic) {
    out = ping(domain);
  } else {
    out.url = to.realm;
    out.url += to.realm.find('?') == std::string::npos ? '?' : '&';
    aliyun::parameters query{{"account", user}, {"service", to.service}};
    if (!scope.empty())
      query.emplace_back("scope", scope);
    out.url += aliyun::form_encode(query);
  }
  auto pair = user + ":";
  pair += password.reveal();
  out.headers.push_back({"Authorization", "Basic " + encode_base64(pair)});
  wipe(pair);
  return out;
}

login_outcome read_login(const http_response& answer, const std::string& domain) {
  if (answer.status == 200)
    return {domain, login_verdict::accepted, std::nullopt};
  const auto code = answer.status == 401   ? errc::credentials_bad
                    : answer.status == 403 ? errc::denied
                    : answer.status == 429 ? errc::throttled
                    : answer.status >= 500 ? errc::service_failed
                                           : errc::malformed_answer;
  auto reason = make_failure(code, step, "status " + std::to_string(answer.status));
  reason.status = answer.status;
  auto out = not_tried(std::move(reason), domain);
  if (code == errc::credentials_bad)
    out.verdict = login_verdict::refused;
  return out;
}

std::optional<failure> lost_login(const std::vector<login_outcome>& before,
                                  const std::vector<login_outcome>& after) {
  for (const auto& now : after) {
    const auto then = std::find_if(before.begin(), before.end(), [&](const login_outcome& item) {
      return item.domain == now.domain;
    });
    if (now.verdict == login_verdict::refused && then != before.end() &&
        then->verdict == login_verdict::accepted)
      return now.reason;
  }
  return std::nullopt;
}

login_outcome not_tried(failure reason, const std::string& domain) {
  return {domain, login_verdict::undecided, explained(std::move(reason), domain)};
}

} // namespace acr::registry
