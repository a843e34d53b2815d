/// Values shared by thousands of records: each is stored once, and a handle is a pointer.
#pragma once

#include <string>
#include <vector>

#include <boost/flyweight.hpp>

namespace acr {

/// Thread-safe; a value is freed with its last handle. Equal values have equal handles.
using shared_text = boost::flyweight<std::string>;
using shared_list = boost::flyweight<std::vector<std::string>>;

/// Orders by text; also looks up plain texts.
struct text_order {
  using is_transparent = void;
  bool operator()(const std::string& a, const std::string& b) const { return a < b; }
};

} // namespace acr
