/// Admission by name: rules that refuse writes of chosen objects, as a ValidatingAdmissionPolicy
/// does, or that own the imagePullSecrets of ServiceAccounts, as a mutating policy does. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "tools/kubesim/refusal.hpp"
#include "tools/simkit/fault_list.hpp"

namespace acr::kubesim {

/// One rule. It either refuses or sets pull secrets.
struct admission_rule {
  std::uint64_t id = 0;
  std::string policy = "by-name"; ///< Name of the policy and of its binding, in messages.
  std::string resource;           ///< As in a URL: "secrets"; empty: any.
  std::string ns;                 ///< Shell patterns (`team-*`); empty: any.
  std::string name;
  std::string user;                    ///< Exact match; empty: anyone.
  std::vector<std::string> operations; ///< create, update, delete; empty: create and update.
  std::string refuse;                  ///< The message; the answer is 422 Invalid.
  /// Replaces `imagePullSecrets`, whatever was requested.
  std::optional<std::vector<std::string>> pull_secrets;
  std::optional<std::uint64_t> times_left; ///< Nothing: without end.
  std::uint64_t hits = 0;
};

/// Reads the body of `POST /admission`; throws refusal (400).
admission_rule read_admission_rule(const boost::json::object& from);

/// The write that admission examines.
struct admitted {
  std::string_view operation; ///< create, update, delete
  std::string_view resource;
  std::string_view ns;
  std::string_view name;
  std::string_view user;
};

class admission_table : public simkit::fault_list<admission_rule> {
public:
  boost::json::array list() const;

  /// Mutates: applies the first rule that owns the pull secrets of this ServiceAccount.
  void change(const admitted& what, boost::json::object& object);
  /// Throws refusal (422) if a rule refuses the write.
  void validate(const admitted& what, const subject& whom);
};

} // namespace acr::kubesim
