/// Label and field selectors of lists and watches.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "tools/kubesim/kinds.hpp"

namespace acr::kubesim {

/// What a list or watch is limited to.
class selector {
public:
  /// Throws refusal (400) for what the server would not read.
  selector(const resource& what, std::string_view labels, std::string_view fields);

  bool matches(const boost::json::object& object) const;
  bool empty() const noexcept { return labels_.empty() && fields_.empty(); }

  /// The name that `metadata.name=x` asks for; what RBAC takes as the name of a list.
  std::string single_name() const;

private:
  enum class test { is, is_not, in, not_in, exists, absent, greater, less };
  struct requirement {
    std::string key;
    test how = test::is;
    std::vector<std::string> values;
  };
  void read_labels(std::string_view text);
  void read_fields(const resource& what, std::string_view text);

  std::vector<requirement> labels_;
  std::vector<requirement> fields_;
};

/// The name that RBAC sees in a list by such a field selector; none if it cannot be read, which is
/// refused only after it was allowed.
std::string name_asked_for(const resource& what, std::string_view fields);

/// The text at a dotted path ("metadata.name"); empty if there is none.
std::string text_at(const boost::json::object& object, std::string_view path);

} // namespace acr::kubesim
