#include "protocol/renewal_request.hpp"

#include <algorithm>

#include "protocol/instance_name.hpp"

namespace acr {

namespace {

constexpr std::size_t most_of_request = 64;
constexpr std::size_t most_of_instance = 253;

bool plain(std::string_view text, std::string_view marks) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

} // namespace

std::string to_string(const renewal_request& request) {
  return request.instance.empty() ? request.request : request.request + " " + request.instance;
}

std::optional<renewal_request> read_renewal_request(std::string_view text) {
  const auto blank = std::min(text.find(' '), text.size());
  const auto request = text.substr(0, blank);
  const auto instance = text.substr(std::min(blank + 1, text.size()));
  if (request.empty() || request.size() > most_of_request || !plain(request, "-.:_@") ||
      instance.size() > most_of_instance || !plain(instance, "-.:_@#"))
    return std::nullopt;
  return renewal_request{std::string{request}, std::string{instance}};
}

bool concerns(const renewal_request& request, std::string_view instance_name) {
  return request.instance.empty() || request.instance == instance_name ||
         request.instance == base_of_name(instance_name) ||
         request.instance == instance_of_name(instance_name);
}

} // namespace acr
