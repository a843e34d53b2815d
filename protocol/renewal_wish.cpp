#include "protocol/renewal_wish.hpp"

#include <algorithm>

#include "protocol/instance_name.hpp"

namespace acr {

namespace {

constexpr std::size_t most_of_request = 64;
constexpr std::size_t most_of_instance = 253;

bool plain(std::string_view text) {
  constexpr std::string_view marks = "-.:_@";
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

} // namespace

std::string to_string(const renewal_wish& wish) {
  return wish.instance.empty() ? wish.request : wish.request + " " + wish.instance;
}

std::optional<renewal_wish> read_renewal_wish(std::string_view text) {
  const auto blank = std::min(text.find(' '), text.size());
  const auto request = text.substr(0, blank);
  const auto instance = text.substr(std::min(blank + 1, text.size()));
  if (request.empty() || request.size() > most_of_request || !plain(request) ||
      instance.size() > most_of_instance || !plain(instance))
    return std::nullopt;
  return renewal_wish{std::string{request}, std::string{instance}};
}

bool concerns(const renewal_wish& wish, std::string_view instance_name) {
  return wish.instance.empty() || wish.instance == instance_name ||
         wish.instance == base_of_name(instance_name) ||
         wish.instance == instance_of_name(instance_name);
}

} // namespace acr
