#include "protocol/messages/namespaces.hpp"

namespace acr {

const char* to_string(namespace_state state) {
  switch (state) {
  case namespace_state::failing:
    return "failing";
  case namespace_state::foreign:
    return "foreign";
  case namespace_state::waiting:
    return "waiting";
  case namespace_state::leaving:
    return "leaving";
  case namespace_state::served:
    break;
  }
  return "served";
}

} // namespace acr
