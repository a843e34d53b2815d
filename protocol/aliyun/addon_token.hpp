/// The token file that ACK's control plane gives to add-ons: credentials of a managed role.
#pragma once

#include <string_view>

#include "protocol/aliyun/credentials.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret_string.hpp"
#include "protocol/time.hpp"

namespace acr::aliyun {

/// Reads `/var/addon/token-config`: one JSON object with `access.key.id`, `access.key.secret`,
/// `security.token` (encrypted), `expiration`, and `keyring`, the key, in the same file.
/// Errors: `malformed_answer` (naming the field), `credentials_bad` (expired), `denied` (the file
/// reports that the role could not be assumed).
result<credentials> read_addon_token(const secret_string& file, wall_time now);

/// Decrypts one value: Base64 of 16 bytes of IV and AES-CBC with PKCS#7 padding; the key is
/// `keyring` as it is, 16, 24 or 32 bytes. Errors: `malformed_answer`.
result<secret_string> decrypt_addon_value(std::string_view encoded, const secret_string& keyring);

} // namespace acr::aliyun
