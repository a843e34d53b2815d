#include "actors/writer/object_key.hpp"

#include <utility>

#include "actors/writer/desired_secrets.hpp"

namespace acr {

object_key secret_key(std::string ns, std::size_t index) {
  return {std::move(ns), object_key::kind::secret, std::to_string(index)};
}

std::size_t index_of(const object_key& key) {
  return static_cast<std::size_t>(key.name.at(0) - '0');
}

std::string to_string(const object_key& key) {
  switch (key.what) {
  case object_key::kind::account:
    return "service account " + key.ns + "/" + key.name;
  case object_key::kind::secret:
    return "secret " + key.ns + "/" + secret_names.at(index_of(key));
  case object_key::kind::name_space:
    break;
  }
  return "namespace " + key.ns;
}

} // namespace acr
