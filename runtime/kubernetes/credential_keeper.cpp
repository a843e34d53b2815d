#include "runtime/kubernetes/credential_keeper.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

namespace acr::kubernetes {

namespace {

using namespace std::chrono_literals;

constexpr auto file_life = 60s;     // projected tokens are replaced at 80 % of their lifetime
constexpr auto tls_life = 5s;       // a stream's TLS failure goes to its receiver, not to us
constexpr auto tls_pause = 1s;      // however many requests fail at once
constexpr auto expiry_margin = 10s; // the request takes time, and clocks differ
constexpr auto plugin_pause = 10s;  // see before_request and after_refusal
constexpr auto failure_pause = 5s;  // see plugin_done

/// Whether less than `span` has passed; a clock that was set back does not count.
bool within(const std::optional<wall_time>& since, std::chrono::milliseconds span, wall_time now) {
  return since && now >= *since && now - *since < span;
}

/// Without white space at both ends; empty if it could not be a header's value.
std::string_view token_in(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos)
    return {};
  text = text.substr(begin, text.find_last_not_of(blank) - begin + 1);
  const bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  return printable ? text : std::string_view{};
}

failure unusable(std::string step) {
  return make_failure(errc::credentials_bad, std::move(step),
                      "the token holds blanks or control characters, which no request can carry");
}

} // namespace

credential_keeper::credential_keeper(cluster_access access, file_reader read_file)
    : access_{std::move(access)}, read_file_{std::move(read_file)}, tls_{access_.tls} {
  if (const auto* fixed = std::get_if<fixed_token>(&access_.credential)) {
    token_ = secret_string{token_in(fixed->value.reveal())};
    if (token_.empty() && !fixed->value.empty())
      reason_ = unusable("use the token of the kubeconfig");
  }
}

credential_keeper::verdict credential_keeper::before_request(wall_time now) {
  if (!within(tls_read_at_, tls_life, now))
    read_tls(now);
  if (const auto* file = std::get_if<token_file>(&access_.credential))
    return !token_.empty() && within(read_at_, file_life, now) ? verdict::ready
                                                               : read_token(file->path, now);
  if (const auto* fixed = std::get_if<fixed_token>(&access_.credential);
      fixed && token_.empty() && !fixed->value.empty())
    return verdict::failed; // not an anonymous request, whose refusal would be about permissions
  if (!std::holds_alternative<exec_plugin>(access_.credential))
    return verdict::ready;
  if (obtained_ && (!expires_at_ || now < *expires_at_ - expiry_margin))
    return verdict::ready;
  if (obtained_ && within(read_at_, plugin_pause, now))
    return verdict::ready; // the next one would be as short-lived; the server decides by its own
                           // clock
  return within(failed_at_, failure_pause, now) ? verdict::failed : verdict::run_plugin;
}

credential_keeper::verdict credential_keeper::after_refusal(std::uint64_t generation,
                                                            wall_time now) {
  if (generation != generation_)
    return verdict::ready;
  if (const auto* file = std::get_if<token_file>(&access_.credential)) {
    read_token(file->path, now);
    return generation != generation_ ? verdict::ready : verdict::failed;
  }
  if (!std::holds_alternative<exec_plugin>(access_.credential) ||
      within(read_at_, plugin_pause, now) || within(failed_at_, failure_pause, now))
    return verdict::failed;
  obtained_ = false;
  return verdict::run_plugin;
}

credential_keeper::verdict credential_keeper::after_tls_failure(std::uint64_t generation,
                                                                wall_time now) {
  if (!within(tls_read_at_, tls_pause, now))
    read_tls(now);
  return generation != generation_ ? verdict::ready : verdict::failed;
}

/// All or nothing: a certificate without its key would be worse than the previous pair. A read in
/// the middle of a rotation is corrected by the next one.
void credential_keeper::read_tls(wall_time now) {
  const auto& files = access_.files;
  if (!files.any())
    return;
  tls_read_at_ = now;
  auto fresh = access_.tls ? *access_.tls : tls_options{};
  const auto read = [this](const std::string& path, auto take) {
    if (path.empty())
      return true;
    const auto text = read_file_(path);
    if (!text || text->empty())
      return false;
    take(*text);
    return true;
  };
  const bool whole =
      read(files.ca, [&](const secret_string& pem) { fresh.ca_pem = pem.reveal(); }) &&
      read(files.client_cert,
           [&](const secret_string& pem) { fresh.client_cert_pem = pem.reveal(); }) &&
      read(files.client_key, [&](const secret_string& pem) { fresh.client_key_pem = pem; });
  const auto& known = access_.tls;
  if (!whole ||
      (known && known->ca_pem == fresh.ca_pem && known->client_cert_pem == fresh.client_cert_pem &&
       known->client_key_pem == fresh.client_key_pem))
    return;
  access_.tls = std::make_shared<const tls_options>(std::move(fresh));
  compose_tls();
  ++generation_;
}

void credential_keeper::compose_tls() {
  tls_ = access_.tls;
  if (plugin_cert_.empty())
    return;
  auto tls = tls_ ? *tls_ : tls_options{};
  tls.client_cert_pem = plugin_cert_;
  tls.client_key_pem = plugin_key_;
  tls_ = std::make_shared<const tls_options>(std::move(tls));
}

void credential_keeper::plugin_done(const result<exec_credential>& outcome, wall_time now) {
  if (!outcome) {
    reason_ = outcome.error();
    failed_at_ = now;
    return;
  }
  auto token = secret_string{token_in(outcome->token.reveal())};
  if (token.empty() && !outcome->token.empty()) {
    const auto* plugin = std::get_if<exec_plugin>(&access_.credential);
    std::string step{"run credential plugin "};
    reason_ = unusable(step.append(plugin ? plugin->command : ""));
    failed_at_ = now;
    return;
  }
  failed_at_.reset();
  read_at_ = now;
  obtained_ = true;
  expires_at_ = outcome->expires_at;
  ++generation_;
  token_ = std::move(token);
  plugin_cert_ = outcome->client_cert_pem;
  plugin_key_ = outcome->client_key_pem;
  compose_tls();
}

bool credential_keeper::authorize(http_request& request) const {
  if (!request.url.starts_with('/'))
    return false;
  request.url.insert(0, access_.server);
  request.tls = tls_;
  request.proxy_url = access_.proxy_url;
  if (!token_.empty())
    request.headers.push_back({"Authorization", "Bearer " + std::string{token_.reveal()}});
  return true;
}

credential_keeper::verdict credential_keeper::read_token(const std::string& path, wall_time now) {
  const auto text = read_file_(path);
  const auto token = text ? token_in(text->reveal()) : std::string_view{};
  if (!token.empty()) {
    read_at_ = now;
    replace(secret_string{token});
    return verdict::ready;
  }
  reason_ = text ? make_failure(errc::credentials_bad, "read " + path, "the file holds no token")
                 : text.error();
  return token_.empty() ? verdict::failed : verdict::ready;
}

void credential_keeper::replace(secret_string token) {
  if (token == token_)
    return;
  token_ = std::move(token);
  ++generation_;
}

} // namespace acr::kubernetes
