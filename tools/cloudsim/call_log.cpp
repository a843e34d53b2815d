#include "tools/cloudsim/call_log.hpp"

#include <boost/json/array.hpp>

namespace acr::cloudsim {

namespace json = boost::json;

void call_log::add(call_record item) {
  item.number = ++last_;
  ++total_;
  ++counts_[item.operation];
  list_.push_back(std::move(item));
  if (list_.size() > most_)
    list_.pop_front();
}

void call_log::clear() {
  list_.clear();
  counts_.clear();
  total_ = 0;
}

json::object call_log::since(std::uint64_t number) const {
  json::array calls;
  for (const auto& item : list_) {
    if (item.number <= number)
      continue;
    json::object entry{
        {"number", item.number},       {"time_ms", item.time.time_since_epoch().count()},
        {"operation", item.operation}, {"host", item.host},
        {"secure", item.secure},       {"status", item.status}};
    const auto add = [&](const char* name, const std::string& value) {
      if (!value.empty())
        entry[name] = value;
    };
    add("version", item.version);
    add("region", item.region);
    add("scheme", item.scheme);
    add("key", item.key);
    add("caller", item.caller);
    add("instance", item.instance);
    add("role", item.role);
    add("source", item.source);
    add("code", item.code);
    add("fault", item.fault);
    calls.push_back(std::move(entry));
  }
  json::object counts;
  for (const auto& [operation, count] : counts_)
    counts[operation] = count;
  return {{"calls", std::move(calls)},
          {"counts", std::move(counts)},
          {"total", total_},
          {"next", last_}};
}

} // namespace acr::cloudsim
