#include "protocol/registry/ownership.hpp"

#include <algorithm>
#include <array>

namespace acr::registry {

namespace {

std::string_view without_port(std::string_view host) { return host.substr(0, host.find(':')); }

/// The last `count` labels; all if there are fewer.
std::string_view last_labels(std::string_view name, int count) {
  auto start = name.size();
  for (int i = 0; i < count && start != std::string_view::npos; ++i)
    start = start == 0 ? std::string_view::npos : name.rfind('.', start - 1);
  return start == std::string_view::npos ? name : name.substr(start + 1);
}

/// Whether it is this domain or a subdomain.
bool within(std::string_view name, std::string_view domain) {
  return name == domain || (name.size() > domain.size() && name.ends_with(domain) &&
                            name[name.size() - domain.size() - 1] == '.');
}

template <std::size_t N>
bool within_one(std::string_view name, const std::array<std::string_view, N>& domains) {
  return std::any_of(domains.begin(), domains.end(),
                     [&](std::string_view domain) { return within(name, domain); });
}

// Suffixes under which anyone can register a name: the common ones of two labels.
constexpr std::array<std::string_view, 14> open_suffixes{
    "com.cn", "net.cn", "org.cn", "gov.cn", "edu.cn", "com.hk", "com.tw",
    "com.sg", "com.my", "com.au", "co.jp",  "co.kr",  "co.uk",  "github.io"};

constexpr std::array<std::string_view, 17> others{"docker.io",
                                                  "docker.com",
                                                  "ghcr.io",
                                                  "quay.io",
                                                  "gcr.io",
                                                  "pkg.dev",
                                                  "registry.k8s.io",
                                                  "k8s.gcr.io",
                                                  "mcr.microsoft.com",
                                                  "azurecr.io",
                                                  "azurecr.cn",
                                                  "amazonaws.com",
                                                  "amazonaws.com.cn",
                                                  "public.ecr.aws",
                                                  "registry.gitlab.com",
                                                  "tencentcloudcr.com",
                                                  "myhuaweicloud.com"};

// Personal edition has them in each region, and one of old without a region.
constexpr std::array<std::string_view, 6> personal_registries{
    "registry",      "registry-vpc",      "registry-internal",
    "registry-intl", "registry-intl-vpc", "registry-intl-internal"};

/// Whether a label is a region rather than another service: customers choose the label before
/// `.oss-cn-hangzhou.aliyuncs.com` (Object Storage), which otherwise looks the same.
bool region_label(std::string_view label) {
  constexpr std::array<std::string_view, 7> begins{"cn-", "ap-", "us-", "eu-", "me-", "na-", "sa-"};
  return label == "*" || (label.find('.') == std::string_view::npos &&
                          std::any_of(begins.begin(), begins.end(), [&](std::string_view begin) {
                            return label.starts_with(begin) && label.size() > begin.size();
                          }));
}

} // namespace

bool wide_wildcard(std::string_view host) {
  const auto name = without_port(host);
  if (name.find('*') == std::string_view::npos)
    return false;
  const auto fixed = last_labels(name, within_one(last_labels(name, 2), open_suffixes) ? 3 : 2);
  return fixed.find('*') != std::string_view::npos || fixed.find('.') == std::string_view::npos;
}

bool of_another_vendor(std::string_view host) { return within_one(without_port(host), others); }

bool of_the_vendor(std::string_view host) {
  constexpr std::string_view domain = ".aliyuncs.com";
  auto name = without_port(host);
  if (within(name, "cr.aliyuncs.com"))
    return true;
  if (!name.ends_with(domain))
    return false;
  name.remove_suffix(domain.size());
  const auto dot = name.find('.');
  return std::find(personal_registries.begin(), personal_registries.end(), name.substr(0, dot)) !=
             personal_registries.end() &&
         (dot == std::string_view::npos || region_label(name.substr(dot + 1)));
}

} // namespace acr::registry
