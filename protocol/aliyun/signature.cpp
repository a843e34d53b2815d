#include "protocol/aliyun/signature.hpp"

#include <algorithm>
#include <array>
#include <span>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "protocol/text.hpp"

namespace acr::aliyun {

namespace {

constexpr std::string_view v3_name = "ACS3-HMAC-SHA256";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower_case(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

int hex_value(char c) {
  const char l = lower(c);
  if (l >= '0' && l <= '9')
    return l - '0';
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

std::string hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

struct digest {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned length = 0;
  std::span<const unsigned char> view() const { return {bytes.data(), length}; }
};

digest hmac(const EVP_MD* hash, std::string_view key, std::string_view text) {
  digest result;
  HMAC(hash, key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
       result.bytes.data(), &result.length);
  return result;
}

std::string decode(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      result += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      result += text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

// Sorted by raw bytes of the undecoded name; char_traits<char> compares as unsigned.
parameters sorted(parameters values) {
  std::stable_sort(values.begin(), values.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  return values;
}

std::string canonical_query(const parameters& values) { return form_encode(sorted(values)); }

// All values of a header, trimmed and joined as HTTP allows.
std::string joined_header(const std::vector<http_header>& headers, std::string_view name) {
  std::string value;
  bool first = true;
  for (const auto& header : headers) {
    if (lower_case(header.name) != name)
      continue;
    if (!first)
      value += ',';
    first = false;
    value += trim_ascii(header.value);
  }
  return value;
}

std::vector<std::string> names_of(const std::vector<http_header>& headers,
                                  bool (*wanted)(std::string_view)) {
  std::vector<std::string> names;
  for (const auto& header : headers)
    if (auto name = lower_case(header.name); wanted(name))
      names.push_back(std::move(name));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

bool is_acs(std::string_view name) { return name.starts_with("x-acs-"); }

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    if (!text.empty())
      text += ';';
    text += name;
  }
  return text;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos)
      return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<authorization> parse_v3(std::string_view text) {
  authorization result;
  for (const auto& part : split(text, ',')) {
    const auto field = trim_ascii(part);
    const auto equals = field.find('=');
    if (equals == std::string_view::npos)
      return std::nullopt;
    const auto name = field.substr(0, equals);
    const auto value = field.substr(equals + 1);
    if (name == "Credential")
      result.access_key_id = value;
    else if (name == "SignedHeaders")
      result.signed_headers = split(value, ';');
    else if (name == "Signature")
      result.signature = value;
  }
  const auto& headers = result.signed_headers;
  if (result.access_key_id.empty() || headers.empty() || result.signature.empty() ||
      std::find(headers.begin(), headers.end(), "") != headers.end())
    return std::nullopt;
  return result;
}

std::optional<authorization> parse_roa_v1(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size())
    return std::nullopt;
  return authorization{signature_algorithm::roa_v1,
                       std::string{text.substr(0, colon)},
                       {},
                       std::string{text.substr(colon + 1)}};
}

} // namespace

std::string percent_encode(std::string_view text) {
  return boost::urls::encode(boost::core::string_view{text.data(), text.size()},
                             boost::urls::unreserved_chars);
}

std::string form_encode(const parameters& values) {
  std::string text;
  for (const auto& [name, value] : values) {
    if (!text.empty())
      text += '&';
    text += percent_encode(name) + '=' + percent_encode(value);
  }
  return text;
}

parameters form_decode(std::string_view text) {
  parameters values;
  for (const auto& part : split(text, '&')) {
    if (part.empty())
      continue;
    const std::string_view field = part;
    const auto equals = field.find('=');
    values.emplace_back(decode(field.substr(0, equals)), equals == std::string_view::npos
                                                             ? std::string{}
                                                             : decode(field.substr(equals + 1)));
  }
  return values;
}

std::string sha256_hex(std::string_view data) {
  digest result;
  EVP_Digest(data.data(), data.size(), result.bytes.data(), &result.length, EVP_sha256(), nullptr);
  return hex(result.view());
}

std::vector<std::string> v3_headers_to_sign(const std::vector<http_header>& headers) {
  return names_of(headers, [](std::string_view name) {
    return name == "host" || name == "content-type" || is_acs(name);
  });
}

std::string v3_canonical_request(std::string_view method, std::string_view path,
                                 const parameters& query, const std::vector<http_header>& headers,
                                 const std::vector<std::string>& signed_names,
                                 std::string_view payload_sha256_hex) {
  std::string text{method};
  text += '\n';
  text += path;
  text += '\n';
  text += canonical_query(query);
  text += '\n';
  for (const auto& name : signed_names)
    text += name + ':' + joined_header(headers, name) + '\n';
  text += '\n';
  text += joined(signed_names);
  text += '\n';
  text += payload_sha256_hex;
  return text;
}

std::string v3_string_to_sign(std::string_view canonical_request) {
  return std::string{v3_name} + '\n' + sha256_hex(canonical_request);
}

std::string v3_signature(std::string_view string_to_sign, const secret_string& access_key_secret) {
  return hex(hmac(EVP_sha256(), access_key_secret.reveal(), string_to_sign).view());
}

std::string star_encoded(std::string_view path) {
  std::string result;
  for (const char c : path) {
    if (c == '*')
      result += "%2A";
    else
      result += c;
  }
  return result;
}

std::string rpc_v1_string_to_sign(std::string_view method, const parameters& query,
                                  const parameters& form) {
  parameters all;
  all.reserve(query.size() + form.size());
  for (const auto* part : {&query, &form})
    for (const auto& parameter : *part)
      if (parameter.first != "Signature")
        all.push_back(parameter);
  return std::string{method} + "&%2F&" + percent_encode(canonical_query(all));
}

std::string rpc_v1_signature(std::string_view string_to_sign,
                             const secret_string& access_key_secret) {
  std::string key;
  key.reserve(access_key_secret.size() + 1); // no copy of the secret is left behind by growth
  key += access_key_secret.reveal();
  key += '&';
  auto signature = hmac_sha1_base64(key, string_to_sign);
  wipe(key);
  return signature;
}

std::string roa_v1_string_to_sign(std::string_view method, std::string_view path,
                                  const parameters& query, const std::vector<http_header>& headers,
                                  empty_value empty) {
  std::string text{method};
  text += '\n';
  for (const auto* name : {"accept", "content-md5", "content-type", "date"})
    text += joined_header(headers, name) + '\n';
  for (const auto& name : names_of(headers, is_acs))
    text += name + ':' + joined_header(headers, name) + '\n';
  text += path;
  char separator = '?';
  for (const auto& [name, value] : sorted(query)) {
    text += separator;
    text += name;
    if (!value.empty() || empty == empty_value::equals)
      text += '=' + value;
    separator = '&';
  }
  return text;
}

std::string roa_v1_signature(std::string_view string_to_sign,
                             const secret_string& access_key_secret) {
  return hmac_sha1_base64(access_key_secret.reveal(), string_to_sign);
}

std::string to_string(const authorization& value) {
  if (value.algorithm == signature_algorithm::roa_v1)
    return "acs " + value.access_key_id + ':' + value.signature;
  return std::string{v3_name} + " Credential=" + value.access_key_id +
         ",SignedHeaders=" + joined(value.signed_headers) + ",Signature=" + value.signature;
}

std::optional<authorization> parse_authorization(std::string_view text) {
  const auto blank = text.find(' ');
  if (blank == std::string_view::npos)
    return std::nullopt;
  const auto scheme = text.substr(0, blank);
  const auto rest = trim_ascii(text.substr(blank));
  if (scheme == v3_name)
    return parse_v3(rest);
  if (scheme == "acs")
    return parse_roa_v1(rest);
  return std::nullopt;
}

std::string hmac_sha1_base64(std::string_view key, std::string_view text) {
  const auto mac = hmac(EVP_sha1(), key, text);
  std::array<unsigned char, 64> encoded{}; // 20 bytes give 28 characters and a NUL
  const int length =
      EVP_EncodeBlock(encoded.data(), mac.bytes.data(), static_cast<int>(mac.length));
  return {encoded.data(), encoded.data() + length};
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace acr::aliyun
