/// Translates a configuration into messages to the actors that serve namespaces.
#pragma once

#include "config/model.hpp"
#include "protocol/messages/scope.hpp"
#include "protocol/messages/writer.hpp"

namespace acr {

inline expect_instances instances_of(const config::configuration& from) {
  expect_instances all;
  all.email = from.notify_email;
  for (const auto& instance : from.instances)
    all.instances.push_back({instance.name, instance.domains, instance.namespaces});
  return all;
}

inline select_scope scope_of(const config::configuration& from) {
  return {config::served_namespaces(from), from.service_accounts, from.namespace_labels};
}

} // namespace acr
