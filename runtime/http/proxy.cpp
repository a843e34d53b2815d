#include "runtime/http/proxy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <utility>

#include <arpa/inet.h>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/trim.hpp>

namespace acr {

namespace {

using address = std::vector<unsigned char>;

std::string_view without_brackets(std::string_view host) {
  if (host.size() > 1 && host.front() == '[' && host.back() == ']')
    return host.substr(1, host.size() - 2);
  return host;
}

std::optional<address> parse_address(std::string_view text) {
  const std::string copy{text};
  address four(4);
  if (inet_pton(AF_INET, copy.c_str(), four.data()) == 1)
    return four;
  address six(16);
  if (inet_pton(AF_INET6, copy.c_str(), six.data()) == 1)
    return six;
  return std::nullopt;
}

bool within(const address& what, const address& block, unsigned bits) {
  if (what.size() != block.size())
    return false;
  const auto whole = bits / 8;
  if (!std::equal(block.begin(), block.begin() + whole, what.begin()))
    return false;
  const auto rest = bits % 8;
  const auto mask = static_cast<unsigned char>(0xFF00U >> rest);
  return rest == 0 || ((what[whole] ^ block[whole]) & mask) == 0;
}

bool is_loopback(const address& what) {
  return what.size() == 4 ? what[0] == 127 : what == *parse_address("::1");
}

/// Splits "host:port". An IPv6 address has a port only after brackets.
std::pair<std::string_view, std::string_view> split_port(std::string_view item) {
  const auto colon = item.rfind(':');
  const bool bracketed = item.starts_with('[');
  if (colon == std::string_view::npos || (bracketed && item[colon - 1] != ']') ||
      (!bracketed && item.find(':') != colon))
    return {item, {}};
  return {item.substr(0, colon), item.substr(colon + 1)};
}

bool fits(const std::string& wanted, std::string_view port) {
  return wanted.empty() || wanted == port;
}

} // namespace

proxy_exemptions::proxy_exemptions(std::string_view list) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    auto item = boost::algorithm::to_lower_copy(std::string{list.substr(0, end)});
    boost::algorithm::trim(item);
    add(item);
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

void proxy_exemptions::add(std::string_view item) {
  if (item == "*") {
    all_ = true;
    return;
  }
  if (const auto slash = item.find('/'); slash != std::string_view::npos) {
    const auto network = parse_address(item.substr(0, slash));
    const auto length = item.substr(slash + 1);
    unsigned bits = 0;
    const auto read = std::from_chars(length.data(), length.data() + length.size(), bits);
    if (network && read.ec == std::errc{} && read.ptr == length.data() + length.size() &&
        bits <= network->size() * 8)
      blocks_.push_back({*network, bits, {}});
    return;
  }
  const auto [host, port] = split_port(item);
  if (auto single = parse_address(without_brackets(host))) {
    const auto bits = static_cast<unsigned>(single->size() * 8);
    blocks_.push_back({std::move(*single), bits, std::string{port}});
    return;
  }
  auto suffix = host.starts_with("*.") ? host.substr(1) : host;
  if (suffix.empty())
    return;
  const bool itself = suffix.front() != '.';
  name made{std::string{suffix}, std::string{port}, itself};
  if (itself)
    made.suffix.insert(made.suffix.begin(), '.');
  names_.push_back(std::move(made));
}

bool proxy_exemptions::covers(std::string_view host, std::string_view port) const {
  if (all_)
    return true;
  const auto bare = boost::algorithm::to_lower_copy(std::string{without_brackets(host)});
  if (const auto where = parse_address(bare))
    return std::any_of(blocks_.begin(), blocks_.end(), [&](const block& item) {
      return within(*where, item.address, item.bits) && fits(item.port, port);
    });
  return std::any_of(names_.begin(), names_.end(), [&](const name& item) {
    const bool same = item.itself && std::string_view{item.suffix}.substr(1) == bare;
    return (same || bare.ends_with(item.suffix)) && fits(item.port, port);
  });
}

proxy_rules::proxy_rules(const proxy_options& options, const environment_reader& variable) {
  if (options.policy == proxy_policy::none)
    return;
  if (options.policy == proxy_policy::fixed) {
    for_https_ = options.url;
    for_http_ = options.url;
    exempt_ = proxy_exemptions{options.no_proxy};
    return;
  }
  const auto first_of = [&](std::initializer_list<const char*> names) {
    for (const auto* name : names)
      if (auto value = variable(name); !value.empty())
        return value;
    return std::string{};
  };
  for_https_ = secret_string{first_of({"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"})};
  for_http_ = secret_string{first_of({"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"})};
  // A Pod reaches its API server directly: a proxy for leaving the cluster does not lead there.
  exempt_ = proxy_exemptions{first_of({"NO_PROXY", "no_proxy"}) + "," + options.no_proxy + "," +
                             variable("KUBERNETES_SERVICE_HOST")};
  local_is_exempt_ = true;
}

std::string_view proxy_rules::choose(std::string_view scheme, std::string_view host,
                                     std::string_view port) const {
  const auto& url = scheme == "https" ? for_https_ : for_http_;
  if (url.empty() || exempt_.covers(host, port))
    return {};
  const auto bare = without_brackets(host);
  const auto where = parse_address(bare);
  if (local_is_exempt_ && (bare == "localhost" || (where && is_loopback(*where))))
    return {};
  return url.reveal();
}

std::string shown_proxy(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos)
    url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const auto user = url.rfind('@'); user != std::string_view::npos)
    url.remove_prefix(user + 1);
  return std::string{url};
}

} // namespace acr
