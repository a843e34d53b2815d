/// Reads the known answers below tests/data/aliyun.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "protocol/aliyun/operation.hpp"
#include "protocol/http.hpp"

namespace acr::testing {

inline boost::json::value load_vectors(const std::string& name) {
  std::ifstream file{std::string{ACR_TEST_DATA} + "/aliyun/" + name};
  std::stringstream text;
  text << file.rdbuf();
  return boost::json::parse(text.str());
}

/// Empty if the vector does not have it.
inline std::string text_of(const boost::json::value& vector, const char* key) {
  const auto* found = vector.as_object().if_contains(key);
  return found != nullptr ? std::string{found->as_string()} : std::string{};
}

inline aliyun::parameters parameters_of(const boost::json::value& vector, const char* key) {
  aliyun::parameters values;
  if (const auto* found = vector.as_object().if_contains(key))
    for (const auto& pair : found->as_array())
      values.emplace_back(std::string{pair.at(0).as_string()}, std::string{pair.at(1).as_string()});
  return values;
}

inline std::vector<http_header> headers_of(const boost::json::value& vector) {
  std::vector<http_header> headers;
  for (auto& [name, value] : parameters_of(vector, "headers"))
    headers.push_back({name, value});
  return headers;
}

} // namespace acr::testing
