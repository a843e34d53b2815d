/// Label and field selectors of lists and watches.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "tools/kubesim/kinds.hpp"

namespace acr::kubesim {

/// The selection of a list or watch.
class selector {
public:
  /// Throws refusal (400) for what the server would reject.
  selector(std::string_view labels, std::string_view fields);
  /// Throws refusal (400) if the resource does not support these fields.
  void demand_known(const resource& what) const;

  bool matches(const boost::json::object& object) const;
  bool empty() const noexcept { return labels_.empty() && fields_.empty(); }

  /// The name in `metadata.name=x`; RBAC's resource name for a list.
  std::string single_name() const;

private:
  enum class test { is, is_not, in, not_in, exists, absent, greater, less };
  struct requirement {
    std::string key;
    test how = test::is;
    std::vector<std::string> values;
  };
  class lexer;
  void read_labels(std::string_view text);
  void read_fields(std::string_view text);
  static requirement read_requirement(lexer& from);
  static std::string read_value(lexer& from);
  static std::vector<std::string> read_values(lexer& from);
  static void check_key(const std::string& key);
  static void check_values(const requirement& item);

  std::vector<requirement> labels_;
  std::vector<requirement> fields_;
};

/// The text at a dotted path ("metadata.name"); empty if it is missing.
std::string text_at(const boost::json::object& object, std::string_view path);

} // namespace acr::kubesim
