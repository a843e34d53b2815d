/// The refusals of an API server, as exceptions inside the simulator: each is one Status.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace acr::kubesim {

struct cause {
  std::string reason;
  std::string message;
  std::string field;
};

/// The subject of a Status; the group is omitted if it is empty.
struct subject {
  std::string group;
  std::string kind; ///< The resource ("secrets"), of invalid objects the kind ("Secret").
  std::string name;
};

class refusal {
public:
  refusal(int code, std::string reason, std::string message);

  refusal about(const subject& whom);
  refusal because(const std::vector<cause>& causes);
  refusal retry_after(int seconds);
  refusal with_details();                    ///< An empty `details`, as in some answers.
  refusal but(int code, std::string reason); ///< The same message, as another kind of error.
  refusal go_on_with(const std::string& continue_token);

  int code() const noexcept { return code_; }
  int retry_after_s() const noexcept { return retry_after_s_; }
  boost::json::object status() const;

private:
  int code_;
  std::string reason_;
  std::string message_;
  boost::json::object details_;
  bool has_details_ = false;
  std::string continue_;
  int retry_after_s_ = 0;
};

refusal bad_request(std::string message);
refusal not_found(const subject& what);
refusal no_such_resource();
refusal method_not_allowed();
refusal already_exists(const subject& what, bool being_deleted);
refusal conflict(const subject& what, const std::string& why);
refusal modified(const subject& what); ///< A conflict: the resourceVersion is not the newest.
refusal forbidden(const subject& what, const std::string& why);
refusal expired(std::string message);
refusal broken_patch(); ///< 422 with the same message for every JSON Patch that does not apply.
refusal throttled(int seconds);
refusal internal(std::string message); ///< 500 without a reason.

/// Validation found errors: 422.
refusal invalid(const subject& what, const std::vector<cause>& causes);
cause invalid_value(std::string field, const std::string& value, const std::string& why);
cause too_long(std::string field, std::size_t most);
cause required(std::string field, const std::string& why = {});

std::string as_go_quotes(std::string_view text); ///< As Go's %q.

} // namespace acr::kubesim
