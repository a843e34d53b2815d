#include "tools/kubesim/field_path.hpp"

#include <algorithm>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace acr::kubesim {

namespace json = boost::json;

std::string join_path(const std::string& path, const std::string& part) {
  return path.empty() ? part : path + path_separator + part;
}

namespace {

std::string key_element(const type& list, const json::value& item) {
  const auto* key = item.is_object() ? item.get_object().if_contains(list.key) : nullptr;
  return "k:" + json::serialize(json::object{{list.key, key ? *key : json::value("")}});
}

} // namespace

std::string item_element(const type& list, const json::value& item) {
  return list.set ? "v:" + json::serialize(item) : key_element(list, item);
}

std::string readable_path(const std::string& path) {
  std::string out;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find(path_separator, begin), path.size());
    const auto part = path.substr(begin, end - begin);
    begin = end + 1;
    if (part.starts_with("f:")) {
      out += "." + part.substr(2);
    } else if (part.starts_with("k:")) {
      const auto key = json::parse(part.substr(2)).get_object();
      for (const auto& item : key)
        out += "[" + std::string{item.key()} + "=" + json::serialize(item.value()) + "]";
    } else {
      out += "[=" + part.substr(2) + "]";
    }
  }
  return out;
}

bool walked_before(const std::string& a, const std::string& b) {
  std::size_t begin = 0;
  while (true) {
    const auto a_end = a.find(path_separator, begin);
    const auto b_end = b.find(path_separator, begin);
    if ((a_end == std::string::npos) != (b_end == std::string::npos))
      return a_end == std::string::npos;
    const auto order = a.compare(begin, a_end - begin, b, begin, b_end - begin);
    if (order != 0 || a_end == std::string::npos)
      return order < 0;
    begin = a_end + 1;
  }
}

} // namespace acr::kubesim
