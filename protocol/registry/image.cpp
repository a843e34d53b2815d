#include "protocol/registry/image.hpp"

#include <vector>

#include <boost/algorithm/string/split.hpp>

namespace acr::registry {

namespace {

struct address {
  std::vector<std::string> labels;
  std::string port;
};

address parsed(std::string_view text) {
  address value;
  const auto colon = text.find(':');
  if (colon != std::string_view::npos)
    value.port = text.substr(colon + 1);
  const auto name = text.substr(0, colon);
  boost::algorithm::split(value.labels, name, [](char c) { return c == '.'; });
  return value;
}

} // namespace

std::string host_of(std::string_view image) {
  const auto slash = image.find('/');
  const auto first = image.substr(0, slash);
  const bool host = slash != std::string_view::npos &&
                    (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
  return host ? std::string{first} : "docker.io";
}

bool covers(std::string_view pattern, std::string_view host) {
  const auto wanted = parsed(pattern);
  const auto given = parsed(host);
  if (wanted.labels.size() != given.labels.size() || wanted.port != given.port)
    return false;
  for (std::size_t i = 0; i < wanted.labels.size(); ++i)
    if (wanted.labels[i] != "*" && wanted.labels[i] != given.labels[i])
      return false;
  return true;
}

} // namespace acr::registry
