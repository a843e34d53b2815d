#define BOOST_TEST_MODULE certificates
#include <boost/test/unit_test.hpp>

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "protocol/x509/certificates.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

const auto noon = parse_rfc3339("2026-01-02T12:00:00Z").value();

/// What OpenSSL says of a server certificate at a time: X509_V_OK, or why not.
int verified(const std::string& authority, const std::string& certificate, wall_time at,
             const char* host) {
  const auto root = x509::certificate_from_pem(authority);
  const auto leaf = x509::certificate_from_pem(certificate);
  const x509::openssl_ptr<X509_STORE, X509_STORE_free> store{X509_STORE_new()};
  X509_STORE_add_cert(store.get(), root.get());
  const x509::openssl_ptr<X509_STORE_CTX, X509_STORE_CTX_free> context{X509_STORE_CTX_new()};
  X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  X509_STORE_CTX_set_time(context.get(), 0, std::chrono::system_clock::to_time_t(at));
  X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(context.get()), host, 0);
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

} // namespace

BOOST_AUTO_TEST_CASE(a_serving_certificate_is_good_for_its_names_and_its_time) {
  const auto made = x509::make_serving_material({"a.ns.svc", "127.0.0.1"}, {noon, noon + 1h});
  BOOST_TEST(verified(made.authority, made.certificate, noon + 1min, "a.ns.svc") == X509_V_OK);
  BOOST_TEST(verified(made.authority, made.certificate, noon + 1min, "b.ns.svc") ==
             X509_V_ERR_HOSTNAME_MISMATCH);
  BOOST_TEST(verified(made.authority, made.certificate, noon - 1s, "a.ns.svc") ==
             X509_V_ERR_CERT_NOT_YET_VALID);
  BOOST_TEST(verified(made.authority, made.certificate, noon + 2h, "a.ns.svc") ==
             X509_V_ERR_CERT_HAS_EXPIRED);
  BOOST_TEST(X509_check_private_key(x509::certificate_from_pem(made.certificate).get(),
                                    x509::key_from_pem(std::string{made.key.reveal()}).get()) == 1);
}

BOOST_AUTO_TEST_CASE(each_has_an_authority_of_its_own) {
  const auto one = x509::make_serving_material({"a"}, {noon, noon + 1h});
  const auto two = x509::make_serving_material({"a"}, {noon, noon + 1h});
  BOOST_TEST(verified(one.authority, two.certificate, noon + 1s, "a") != X509_V_OK);
}

BOOST_AUTO_TEST_CASE(a_certificate_is_read) {
  const auto made = x509::make_serving_material({"a.ns.svc", "127.0.0.1"}, {noon, noon + 1h});
  const auto found = x509::read_certificate(made.certificate);
  BOOST_REQUIRE(found);
  BOOST_TEST((found->when.from == noon));
  BOOST_TEST((found->when.until == noon + 1h));
  BOOST_TEST((found->names == std::vector<std::string>{"a.ns.svc", "127.0.0.1"}));
  for (const auto* text :
       {"", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})
    BOOST_TEST(!x509::read_certificate(text), text);
  BOOST_TEST(!x509::read_certificate(std::string{made.key.reveal()}));
}
