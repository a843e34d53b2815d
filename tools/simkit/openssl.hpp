/// OpenSSL helpers that several simulators use.
#pragma once

#include <string>
#include <string_view>

#include "protocol/x509/openssl.hpp"

namespace acr::simkit {

using namespace x509; // NOLINT(google-build-using-namespace): one vocabulary

std::string sha256(std::string_view bytes);
std::string hex(std::string_view bytes);

} // namespace acr::simkit
