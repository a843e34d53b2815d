// Documents from clients: JSON, or YAML with typed plain scalars.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <yaml-cpp/yaml.h>

#include "tools/kubesim/state.hpp"

namespace acr::kubesim {

namespace json = boost::json;

namespace {

json::value from_scalar(const YAML::Node& node) {
  const auto& text = node.Scalar();
  if (node.Tag() == "!") // quoted
    return json::value(text);
  if (text.empty() || text == "~" || text == "null")
    return nullptr;
  if (text == "true" || text == "false")
    return text == "true";
  boost::system::error_code error;
  auto number = json::parse(text, error);
  if (!error && number.is_number())
    return number;
  return json::value(text);
}

json::value from_yaml(const YAML::Node& node) {
  switch (node.Type()) {
  case YAML::NodeType::Scalar:
    return from_scalar(node);
  case YAML::NodeType::Sequence: {
    json::array out;
    for (const auto& item : node)
      out.push_back(from_yaml(item));
    return out;
  }
  case YAML::NodeType::Map: {
    json::object out;
    for (const auto& item : node)
      out[item.first.as<std::string>()] = from_yaml(item.second);
    return out;
  }
  default:
    return nullptr;
  }
}

} // namespace

json::value read_document(const std::string& text, bool yaml) {
  constexpr std::size_t most = std::size_t{3} << 20U;
  if (text.size() > most)
    throw refusal{413, "RequestEntityTooLarge",
                  "Request entity too large: limit is " + std::to_string(most)};
  boost::system::error_code error;
  auto value = json::parse(text, error);
  if (!error)
    return value;
  if (!yaml)
    throw bad_request("couldn't get version/kind; json parse error: " + error.message());
  try {
    return from_yaml(YAML::Load(text));
  } catch (const YAML::Exception& problem) {
    throw bad_request(std::string{"error decoding YAML: "} + problem.what());
  }
}

} // namespace acr::kubesim
