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
  selector(std::string_view labels, std::string_view fields);
  /// Throws refusal (400) if the resource has no such fields to select by.
  void demand_known(const resource& what) const;

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

/// The text at a dotted path ("metadata.name"); empty if there is none.
std::string text_at(const boost::json::object& object, std::string_view path);

} // namespace acr::kubesim
