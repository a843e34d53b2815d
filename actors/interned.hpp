/// Values that thousands of records share: each is kept once, and a handle is a pointer.
#pragma once

#include <string>
#include <vector>

#include <boost/flyweight.hpp>

namespace acr {

/// Of any thread; a value goes with its last handle. Equal values have equal handles.
using shared_text = boost::flyweight<std::string>;
using shared_list = boost::flyweight<std::vector<std::string>>;

/// In the order of the texts; looks up by plain texts, too.
struct text_order {
  using is_transparent = void;
  bool operator()(const std::string& a, const std::string& b) const { return a < b; }
};

} // namespace acr
