/// The three request signatures of Alibaba Cloud, for signing and for verifying.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/aliyun/operation.hpp"
#include "protocol/http.hpp"
#include "protocol/secret_string.hpp"

namespace acr::aliyun {

/// Current SDKs sign with V3. The older two differ by the style of the API: RPC signs parameters,
/// ROA signs headers.
enum class signature_algorithm : std::uint8_t { v3, rpc_v1, roa_v1 };

/// UTF-8 bytes; `A-Z a-z 0-9 - _ . ~` stay, all others become `%XX` in upper case. A blank is
/// `%20`, never `+`.
std::string percent_encode(std::string_view text);

/// `name=value&...`, both percent-encoded, in the order given: a query or a form body.
std::string form_encode(const parameters& values);

/// Reads a query or a form body: `+` is a blank, `%XX` a byte, a name without `=` has an empty
/// value. A malformed escape stays as it is: the signature then decides.
parameters form_decode(std::string_view text);

// V3 (ACS3-HMAC-SHA256): method, path, query, a list of headers, and the hash of the body.

/// Lower-case hex of SHA-256: `x-acs-content-sha256` of a body.
std::string sha256_hex(std::string_view data);

/// The names that a V3 signature lists for these headers, sorted: `host`, `content-type` and every
/// `x-acs-*`. What a client must sign; a verifier uses the list in the request.
std::vector<std::string> v3_headers_to_sign(const std::vector<http_header>& headers);

/// The canonical request. `path` is used unchanged: as on the wire (a verifier should also try
/// `star_encoded(path)`). `query` is decoded. Of `headers` those in `signed_names` (lower case,
/// sorted) count; a missing one counts as empty, repeated ones are joined with commas.
std::string v3_canonical_request(std::string_view method, std::string_view path,
                                 const parameters& query, const std::vector<http_header>& headers,
                                 const std::vector<std::string>& signed_names,
                                 std::string_view payload_sha256_hex);
std::string v3_string_to_sign(std::string_view canonical_request);
/// Lower-case hex.
std::string v3_signature(std::string_view string_to_sign, const secret_string& access_key_secret);

/// `*` in a path as `%2A`: how the Go and Node SDKs sign a path that they send with a bare `*`.
std::string star_encoded(std::string_view path);

// RPC v1 (HMAC-SHA1): query and form parameters together, without `Signature` itself.

std::string rpc_v1_string_to_sign(std::string_view method, const parameters& query,
                                  const parameters& form);
/// Base64. The key is the secret followed by one `&`.
std::string rpc_v1_signature(std::string_view string_to_sign,
                             const secret_string& access_key_secret);

// ROA v1 (HMAC-SHA1): some headers and the resource.

/// How a query parameter without a value is signed: the SDKs disagree, a verifier tries both.
enum class empty_value : std::uint8_t {
  bare_name, ///< `k`: Python, Go; also ours.
  equals,    ///< `k=`: Node.
};

/// `path` as on the wire, `query` decoded; the values are not encoded again.
std::string roa_v1_string_to_sign(std::string_view method, std::string_view path,
                                  const parameters& query, const std::vector<http_header>& headers,
                                  empty_value empty = empty_value::bare_name);
/// Base64.
std::string roa_v1_signature(std::string_view string_to_sign,
                             const secret_string& access_key_secret);

// The Authorization header.

struct authorization {
  signature_algorithm algorithm = signature_algorithm::v3; ///< v3 or roa_v1: RPC v1 has no header.
  std::string access_key_id;
  std::vector<std::string> signed_headers; ///< V3 only.
  std::string signature;                   ///< Hex for V3, Base64 for ROA v1.

  friend bool operator==(const authorization&, const authorization&) = default;
};

/// `ACS3-HMAC-SHA256 Credential=id,SignedHeaders=a;b,Signature=hex` or `acs id:base64`.
std::string to_string(const authorization& value);
/// Nothing if it is neither form or a part is missing.
std::optional<authorization> parse_authorization(std::string_view text);

/// Base64(HMAC-SHA1(key, text)).
std::string hmac_sha1_base64(std::string_view key, std::string_view text);

/// Whether two signatures are equal, in constant time.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

} // namespace acr::aliyun
