/// The calls of the cloud and its answers: for tests that count. Holds no secret.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include <boost/json/object.hpp>

#include "protocol/time.hpp"

namespace acr::cloudsim {

struct call_record {
  std::uint64_t number = 0; ///< 1, 2, ...
  wall_time time{};         ///< By the machine's clock.
  std::string operation;
  std::string version;
  std::string host;
  std::string region;
  std::string scheme; ///< v3, rpc_v1, roa_v1, none
  std::string key;    ///< The key id, as claimed.
  std::string caller; ///< The ARN of the signer, once verified.
  std::string instance;
  std::string role;
  std::string source;
  bool secure = false;
  int status = 0;
  std::string code;
  std::string fault; ///< The kind of the fault that hit it.
};

class call_log {
public:
  void add(call_record item);
  void clear();
  /// `{"calls": [...], "counts": {operation: n}, "total": n, "next": n}`; the list has those after
  /// `number`, the counts cover all since the last `clear`; `next` is the number of the last one.
  boost::json::object since(std::uint64_t number) const;

private:
  // Enough for any test that examines single calls; the counts continue.
  static constexpr std::size_t most_ = 20000;
  std::deque<call_record> list_;
  std::map<std::string, std::uint64_t> counts_;
  std::uint64_t total_ = 0;
  std::uint64_t last_ = 0;
};

} // namespace acr::cloudsim
