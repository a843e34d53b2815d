#include "actors/writer/account_table.hpp"

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

void account_record::see(const kubernetes::service_account& account) {
  resource_version = account.meta.resource_version;
  pull_secrets = account.pull_secrets.value_or(std::vector<std::string>{});
  uid = read_uuid(account.meta.uid);
  managed_by_us = account.managed_by_us;
  terminating = account.terminating;
}

kubernetes::object_meta account_record::meta(const std::string& ns, const std::string& name) const {
  return {{ns, name}, uid.is_nil() ? std::string{} : to_string(uid), resource_version};
}

kubernetes::service_account account_record::object(const std::string& ns,
                                                   const std::string& name) const {
  return {meta(ns, name), pull_secrets.get(), managed_by_us, terminating};
}

bool account_record::holds(const std::string& pull_secret) const {
  const auto& list = pull_secrets.get();
  return std::find(list.begin(), list.end(), pull_secret) != list.end();
}

account_record& account_table::at(const std::string& name) {
  const auto found = find(name);
  if (found == end())
    throw std::out_of_range{"no account " + name};
  return found->second;
}

void account_table::erase(const std::string& name) {
  if (const auto found = find(name); found != end())
    map_.erase(found);
}

void account_table::erase_if(const std::function<bool(const map::value_type&)>& goes) {
  for (auto at = begin(); at != end();)
    at = goes(*at) ? map_.erase(at) : std::next(at);
}

} // namespace acr
