#include "config/sizes.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace acr::config {

namespace {

constexpr std::string_view user = "cr_temp_user";
// An instance's public and VPC domain, if the entry names none:
// <name>-registry-vpc.<region>.cr.aliyuncs.com.
constexpr std::size_t usual_domains = 2;
constexpr std::size_t usual_host_bytes = 50;

/// `"host":{"username":"...","password":"...","auth":"...","email":"..."},`
std::size_t entry_bytes(std::size_t host, std::size_t email) {
  constexpr std::string_view frame = R"("":{"username":"","password":"","auth":""},)";
  constexpr std::string_view email_frame = R"(,"email":"")";
  constexpr auto pair = user.size() + 1 + usual_password_bytes;
  constexpr auto encoded = (pair + 2) / 3 * 4;
  return frame.size() + host + user.size() + usual_password_bytes + encoded +
         (email == 0 ? 0 : email_frame.size() + email);
}

/// As operators write sizes: "4.0 MiB".
std::string mebibytes(std::size_t bytes) {
  const auto tenths = (bytes * 10 + (std::size_t{1} << 19U)) >> 20U;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MiB";
}

} // namespace

namespace {

size_estimate estimate_in(const configuration& of, const std::string& ns) {
  size_estimate out;
  for (const auto& entry : of.instances) {
    if (!entry.namespaces.contains(ns))
      continue;
    const auto count = entry.domains.empty() ? usual_domains : entry.domains.size();
    out.domains += count;
    if (entry.domains.empty())
      out.bytes += count * entry_bytes(usual_host_bytes, of.notify_email.size());
    for (const auto& domain : entry.domains)
      out.bytes += entry_bytes(domain.size(), of.notify_email.size());
    ++out.entries;
    if (out.bytes <= secret_room)
      out.entries_fitting = out.entries;
  }
  return out;
}

/// Names of namespaces that the limits of entries distinguish, one for each pattern.
std::set<std::string> examples_of(const configuration& of) {
  constexpr std::size_t enough = 1000;
  std::set<std::string> out{"default"};
  for (const auto& entry : of.instances) {
    for (const auto& name : entry.namespaces.names)
      if (out.size() < enough && of.namespaces.contains(name))
        out.insert(name);
    for (auto name : entry.namespaces.patterns) {
      std::replace(name.begin(), name.end(), '*', 'x');
      if (out.size() < enough)
        out.insert(std::move(name));
    }
  }
  return out;
}

} // namespace

size_estimate estimate_size(const configuration& of) {
  size_estimate most;
  for (const auto& ns : examples_of(of))
    if (const auto one = estimate_in(of, ns); one.bytes > most.bytes)
      most = one;
  return most;
}

std::optional<problem> size_problem(const configuration& of) {
  const auto size = estimate_size(of);
  if (size.bytes <= secret_room)
    return std::nullopt;
  problem out;
  out.level = severity::warning;
  out.message = "needs about " + mebibytes(size.bytes) + " in each namespace (" +
                std::to_string(size.entries) + " entries, " + std::to_string(size.domains) +
                " domains, passwords of " + std::to_string(usual_password_bytes) +
                " bytes), and the four Secrets hold " + mebibytes(secret_room) + ": about " +
                std::to_string(size.entries - size.entries_fitting) +
                " entries will be left out; give `domains` only those that are used";
  return out;
}

} // namespace acr::config
