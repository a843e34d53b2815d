/// The environment of the process as a function, so that its readers can be tested.
#pragma once

#include <functional>
#include <string>

namespace acr {

/// Reads a variable of the environment; empty if it is not set.
using environment_reader = std::function<std::string(const char* name)>;

} // namespace acr
