#include "protocol/aliyun/addon_token.hpp"

#include <memory>
#include <optional>
#include <string>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "protocol/aliyun/answer.hpp"
#include "protocol/aliyun/fields.hpp"
#include "protocol/base64.hpp"
#include "protocol/json.hpp"

namespace acr::aliyun {

namespace {

constexpr auto step = "addon token";
constexpr std::size_t block = 16;

failure bad(std::string message) {
  return make_failure(errc::malformed_answer, step, std::move(message));
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

const EVP_CIPHER* cipher_for(std::size_t key_size) {
  switch (key_size) {
  case 16:
    return EVP_aes_128_cbc();
  case 24:
    return EVP_aes_192_cbc();
  case 32:
    return EVP_aes_256_cbc();
  default:
    return nullptr;
  }
}

std::string blank_free(std::string_view text) {
  std::string result{text};
  std::erase_if(result, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  return result;
}

} // namespace

result<secret_string> decrypt_addon_value(std::string_view encoded, const secret_string& keyring) {
  const auto* const cipher = cipher_for(keyring.size());
  if (cipher == nullptr)
    return bad("keyring has " + std::to_string(keyring.size()) + " bytes, not 16, 24 or 32");
  const auto data = decode_base64(blank_free(encoded));
  if (!data || data->empty())
    return bad("not Base64");
  if (data->size() < 2 * block || data->size() % block != 0)
    return bad("not an IV and whole blocks");
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context{
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  std::string plain(data->size(), '\0');
  auto* const out = reinterpret_cast<unsigned char*>(plain.data());
  int written = 0;
  int rest = 0;
  const bool good =
      context &&
      EVP_DecryptInit_ex(context.get(), cipher, nullptr, bytes_of(keyring.reveal()),
                         bytes_of(*data)) == 1 &&
      EVP_DecryptUpdate(context.get(), out, &written, bytes_of(*data) + block,
                        static_cast<int>(data->size() - block)) == 1 &&
      EVP_DecryptFinal_ex(context.get(), out + written, &rest) == 1; // checks the padding
  if (!good) {
    wipe(plain);
    return bad("cannot be decrypted with the keyring");
  }
  secret_string value{std::string_view{plain}.substr(0, static_cast<std::size_t>(written) +
                                                            static_cast<std::size_t>(rest))};
  wipe(plain);
  return value;
}

result<credentials> read_addon_token(const secret_string& file, wall_time now) {
  const auto document = parse_json_object(file.reveal());
  if (!document)
    return bad(document.error().message);
  if (const auto* refused = object_at(&*document, "error")) {
    auto reason = make_failure(errc::denied, step, presentable(string_at(refused, "message")));
    reason.service_code = presentable(string_at(refused, "code"));
    if (const auto role = string_at(refused, "roleName"); !role.empty())
      reason.message += " (role " + presentable(role) + ")";
    return reason;
  }
  std::optional<failure> error;
  field_reader fields{*document, "", error};
  const auto keyring = fields.secret("keyring");
  const auto value = [&](const char* name) {
    const auto encrypted = fields.secret(name);
    if (error)
      return secret_string{};
    auto plain = decrypt_addon_value(encrypted.reveal(), keyring);
    if (!plain)
      fields.refuse(name, plain.error().message);
    else if (plain->empty())
      fields.refuse(name, "is empty");
    return error ? secret_string{} : *plain;
  };
  credentials session;
  session.access_key_id = std::string{value("access.key.id").reveal()};
  session.access_key_secret = value("access.key.secret");
  session.security_token = value("security.token");
  const auto expiration = fields.text("expiration");
  if (!error)
    session.expires_at = parse_rfc3339(expiration);
  if (!error && !session.expires_at)
    fields.refuse("expiration", "is not a time");
  if (error) {
    error->step = step;
    return *error;
  }
  if (*session.expires_at <= now)
    return make_failure(errc::credentials_bad, step,
                        "the token expired at " + to_rfc3339(*session.expires_at));
  return session;
}

} // namespace acr::aliyun
