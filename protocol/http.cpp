#include "protocol/http.hpp"

#include <boost/algorithm/string/predicate.hpp>

namespace acr {

std::string_view find_header(const std::vector<http_header>& headers, std::string_view name) {
  for (const auto& header : headers)
    if (boost::algorithm::iequals(header.name, name))
      return header.value;
  return {};
}

} // namespace acr
