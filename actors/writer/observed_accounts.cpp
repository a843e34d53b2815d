#include "actors/writer/observed_accounts.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace acr {

namespace {

boost::uuids::uuid read_uuid(const std::string& text) {
  try {
    return boost::uuids::string_generator{}(text);
  } catch (const std::runtime_error&) {
    return {};
  }
}

} // namespace

void observed_account::see(const kubernetes::service_account& account) {
  resource_version = account.meta.resource_version;
  pull_secrets = account.pull_secrets.value_or(std::vector<std::string>{});
  uid = read_uuid(account.meta.uid);
  managed_by_us = account.managed_by_us;
  terminating = account.terminating;
}

kubernetes::object_meta observed_account::meta(const std::string& ns,
                                               const std::string& name) const {
  return {{ns, name}, uid.is_nil() ? std::string{} : to_string(uid), resource_version};
}

kubernetes::service_account observed_account::object(const std::string& ns,
                                                     const std::string& name) const {
  return {meta(ns, name), pull_secrets.get(), managed_by_us, terminating};
}

bool observed_account::holds(std::string_view pull_secret) const {
  const auto& list = pull_secrets.get();
  return std::find(list.begin(), list.end(), pull_secret) != list.end();
}

observed_account& observed_accounts::at(const std::string& name) {
  const auto found = find(name);
  if (found == end())
    throw std::out_of_range{"no account " + name};
  return found->second;
}

void observed_accounts::erase(const std::string& name) {
  if (const auto found = find(name); found != end())
    map_.erase(found);
}

void observed_accounts::erase_if(const std::function<bool(const map::value_type&)>& goes) {
  for (auto at = begin(); at != end();)
    at = goes(*at) ? map_.erase(at) : std::next(at);
}

} // namespace acr
