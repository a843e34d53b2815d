#define BOOST_TEST_MODULE addon_token
#include <boost/test/unit_test.hpp>

#include "protocol/aliyun/addon_token.hpp"

using namespace acr;
using namespace acr::aliyun;

namespace {

secret_string secret(const char* text) { return secret_string{std::string{text}}; }

std::string decrypted(std::string_view encoded, const char* keyring) {
  const auto value = decrypt_addon_value(encoded, secret(keyring));
  return value ? std::string{value->reveal()} : "refused: " + value.error().message;
}

// The vendor's own sample: kubernetes-sigs/alibaba-cloud-csi-driver, a test of its token reader.
constexpr auto sample_keyring = "fake-keyring1234";
constexpr auto sample_id = "Ik032ULdaqWth2fvyigEcJHGMNNMnATo04/d+c5Jxz+bJN0Jh8fKd8A5MlNnYRwf";
constexpr auto sample_secret = "IDjwuQU+hced63SeMrRVBkVLQBvJu4M4KvWnYq5ysmCSZJh11xKkvUcCca6ekQnE";
constexpr auto sample_token =
    "PMz8KVai+0zGFRKQgtxMzU45UWkTryLO7KHmYA5nMCCITptCT/WNx+DDYAvrYugMSorxfEAj635cr94qopN0Ehft/"
    "wfnfb0jQ+7rgSzu27aiv5I8MFptekbt4fc8vygI";

std::string file(const std::string& extra = R"("expiration":"2021-01-01T14:22:45Z")") {
  return R"({"access.key.id":")" + std::string{sample_id} + R"(","access.key.secret":")" +
         sample_secret + R"(","security.token":")" + sample_token + R"(","keyring":")" +
         sample_keyring + R"(","cluster.type":"ManagedKubernetes",)" + extra + "}";
}

const wall_time before = *parse_rfc3339("2021-01-01T14:22:44Z");
const wall_time end = *parse_rfc3339("2021-01-01T14:22:45Z");

} // namespace

BOOST_AUTO_TEST_CASE(values_of_the_vendors_sample_are_decrypted) { // A1
  BOOST_TEST(decrypted(sample_id, sample_keyring) == "fake-accessKeyId");
  BOOST_TEST(decrypted(sample_secret, sample_keyring) == "fake-accessKeySecret");
  BOOST_TEST(decrypted(sample_token, sample_keyring) ==
             "STS.a-loooooooooooog-and-random-aweifuhaskichvaehiwciuhiuhiu-FakeSecurityToken");
}

BOOST_AUTO_TEST_CASE(a_value_of_whole_blocks_has_a_block_of_padding) { // D5
  BOOST_TEST(decrypted("AAECAwQFBgcICQoLDA0ODxKbrsMLkU8zWmTZzYKCXcg=", "0123456789abcdef") ==
             "STS.sim-ak");
  BOOST_TEST(decrypted("AAECAwQFBgcICQoLDA0ODwCSFN/mVr5ij/xlE7dhcmrjA4SGuYlug+i1k5kEICbu",
                       "0123456789abcdef") == "exactly16bytes!!");
}

BOOST_AUTO_TEST_CASE(a_whole_file_is_read) {
  const auto session = read_addon_token(secret_string{file()}, before);
  BOOST_REQUIRE(session.has_value());
  BOOST_TEST(session->access_key_id == "fake-accessKeyId");
  BOOST_TEST(session->access_key_secret.reveal() == "fake-accessKeySecret");
  BOOST_TEST(session->security_token.reveal().starts_with("STS.a-"));
  BOOST_TEST((session->expires_at == end));
}

BOOST_AUTO_TEST_CASE(an_expired_file_is_called_expired) {
  const auto session = read_addon_token(secret_string{file()}, end);
  BOOST_REQUIRE(!session);
  BOOST_TEST((session.error().code == errc::credentials_bad));
  BOOST_TEST(session.error().message == "the token expired at 2021-01-01T14:22:45Z");
}

BOOST_AUTO_TEST_CASE(what_the_control_plane_could_not_do_is_handed_on) {
  const auto session = read_addon_token(
      secret_string{
          file(R"("error":{"roleName":"AliyunCSManagedAcrRole","code":"EntityNotExist.Role",)"
               R"("message":"no such role"})")},
      before);
  BOOST_REQUIRE(!session);
  BOOST_TEST((session.error().code == errc::denied));
  BOOST_TEST(to_string(session.error()) ==
             "addon token: EntityNotExist.Role: no such role (role AliyunCSManagedAcrRole)");
}

BOOST_AUTO_TEST_CASE(values_that_cannot_be_decrypted_are_refused) {
  BOOST_TEST(decrypted(sample_id, "short") == "refused: keyring has 5 bytes, not 16, 24 or 32");
  BOOST_TEST(decrypted("", sample_keyring) == "refused: not Base64");
  BOOST_TEST(decrypted("????", sample_keyring) == "refused: not Base64");
  BOOST_TEST(decrypted("AAECAwQFBgcICQoLDA0ODw==", sample_keyring) ==
             "refused: not an IV and whole blocks");
  BOOST_TEST(decrypted("AAECAwQFBgcICQoLDA0ODxKbrsMLkU8zWmTZzYKCXQ==", sample_keyring) ==
             "refused: not an IV and whole blocks");
  BOOST_TEST(decrypted(sample_id, "fake-keyring1235") ==
             "refused: cannot be decrypted with the keyring");
}

BOOST_AUTO_TEST_CASE(files_that_are_bad_or_half_written_name_what_is_wrong) {
  const auto message = [](std::string text) {
    const auto session = read_addon_token(secret_string{std::move(text)}, before);
    BOOST_REQUIRE(!session);
    BOOST_TEST((session.error().code == errc::malformed_answer));
    BOOST_TEST(session.error().step == "addon token");
    BOOST_TEST(session.error().message.find("fake-keyring") == std::string::npos);
    return session.error().message;
  };
  BOOST_TEST(message(file().substr(0, 100)).starts_with("not JSON"));
  BOOST_TEST(message("{}") == "keyring is missing");
  BOOST_TEST(message(R"({"keyring":"fake-keyring1234"})") == "access.key.id is missing");
  BOOST_TEST(message(R"({"keyring":"fake-keyring1234","access.key.id":"?"})") ==
             "access.key.id not Base64");
  BOOST_TEST(message(file(R"("expiration":"soon")")) == "expiration is not a time");
}
