#define BOOST_TEST_MODULE cloudsim_server
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>

#include <curl/curl.h>

#include "tests/tools/cloudsim/cloud_fixture.hpp"
#include "tests/tools/cloudsim/token_maker.hpp"
#include "tools/cloudsim/server.hpp"

using namespace acr;
using namespace acr::testing;
using namespace acr::cloudsim;

namespace {

struct web_answer {
  CURLcode outcome = CURLE_OK;
  long status = 0;
  std::string body;
};

std::size_t collect(char* data, std::size_t size, std::size_t count, void* into) {
  static_cast<std::string*>(into)->append(data, size * count);
  return size * count;
}

/// The servers on free ports of the loopback interface, in a thread of their own.
struct server_fixture : cloud_fixture {
  server_fixture()
      : authority{make_authority("test CA")}, shell{std::make_unique<server>(cloud, authority)} {
    using kind = listener::kind;
    plain = shell->listen({"127.0.0.1", 0, kind::plain, ""});
    tls = shell->listen({"127.0.0.1", 0, kind::tls, ""});
    either = shell->listen({"127.0.0.1", 0, kind::either, ""});
    metadata = shell->listen({"127.0.0.1", 0, kind::plain, "100.100.100.200"});
    admin = shell->listen({"127.0.0.1", 0, kind::admin, ""});
    thread = std::thread{[this] { shell->run(); }};
  }

  ~server_fixture() { stop(); }

  void stop() {
    if (!thread.joinable())
      return;
    shell->stop();
    thread.join();
  }

  web_answer fetch(const std::string& url, const std::vector<std::string>& headers = {},
                   const std::string& method = "GET", const std::string& body = "") {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl{curl_easy_init(),
                                                                   curl_easy_cleanup};
    web_answer out;
    curl_slist* list = nullptr;
    for (const auto& header : headers)
      list = curl_slist_append(list, header.c_str());
    curl_blob roots{authority.certificate.data(), authority.certificate.size(), CURL_BLOB_COPY};
    curl_slist* resolve = nullptr;
    for (std::string name : {"sts.aliyuncs.com:", "cr-vpc.cn-hangzhou.aliyuncs.com:"})
      resolve =
          curl_slist_append(resolve, name.append(std::to_string(tls)).append(":127.0.0.1").c_str());
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_RESOLVE, resolve);
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CAINFO_BLOB, &roots);
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &out.body);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(curl.get(), CURLOPT_EXPECT_100_TIMEOUT_MS, timeout_ms);
    if (!body.empty())
      curl_easy_setopt(curl.get(), CURLOPT_COPYPOSTFIELDS, body.c_str());
    out.outcome = curl_easy_perform(curl.get());
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &out.status);
    curl_slist_free_all(list);
    curl_slist_free_all(resolve);
    return out;
  }

  /// Sends what the core's client signed.
  web_answer send(const std::string& base, const request& from) {
    std::vector<std::string> headers;
    for (const auto& [name, value] : from.headers)
      headers.emplace_back(name).append(": ").append(value);
    return fetch(base + from.target, headers, from.method, from.body);
  }

  static std::string at(std::uint16_t port, const std::string& scheme = "http") {
    return scheme + "://127.0.0.1:" + std::to_string(port);
  }

  identity_pem authority;
  std::unique_ptr<server> shell;
  std::uint16_t plain = 0, tls = 0, either = 0, metadata = 0, admin = 0;
  std::thread thread;
  long timeout_ms = 20000;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(server_suite, server_fixture)

BOOST_AUTO_TEST_CASE(signed_calls_are_answered_over_http_and_tls) {
  now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto call = [&](const std::string& base, const std::string& host) {
    return send(base, v3(puller, host, "2018-12-01", "GetAuthorizationToken",
                         {{"InstanceId", "cri-one"}}))
        .status;
  };
  BOOST_TEST(call(at(plain), "127.0.0.1:" + std::to_string(plain)) == 200);
  BOOST_TEST(call(at(tls, "https"), "127.0.0.1:" + std::to_string(tls)) == 200);
  const std::string name = "cr-vpc.cn-hangzhou.aliyuncs.com:" + std::to_string(tls);
  BOOST_TEST(call("https://" + name, name) == 200);
}

BOOST_AUTO_TEST_CASE(the_certificate_is_for_the_real_names) {
  const auto answer = fetch("https://sts.aliyuncs.com:" + std::to_string(tls) +
                            "/?Action=AssumeRole&Version=2015-04-01");
  BOOST_TEST(answer.outcome == CURLE_OK);
  BOOST_TEST(answer.body.find("IncompleteSignature") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_port_may_serve_both) {
  BOOST_TEST(fetch(at(either) + "/latest/meta-data/region-id").body == "cn-hangzhou");
  BOOST_TEST(fetch(at(either, "https") + "/latest/meta-data/region-id").body == "cn-hangzhou");
}

BOOST_AUTO_TEST_CASE(a_metadata_port_is_nothing_else) {
  BOOST_TEST(fetch(at(metadata) + "/latest/meta-data/region-id").body == "cn-hangzhou");
  BOOST_TEST(fetch(at(metadata) + "/auth?service=x").status == 404);
}

BOOST_AUTO_TEST_CASE(faults_are_felt_on_the_wire) {
  const auto felt = [&](const std::string& fault) {
    BOOST_REQUIRE(fetch(at(admin) + "/faults", {}, "POST", fault).status == 201);
    auto out = fetch(at(plain) + "/latest/meta-data/region-id");
    fetch(at(admin) + "/faults", {}, "DELETE");
    return out;
  };
  BOOST_TEST(felt(R"({"kind":"truncate"})").outcome == CURLE_PARTIAL_FILE);
  const auto reset = felt(R"({"kind":"reset"})").outcome;
  BOOST_TEST((reset == CURLE_RECV_ERROR || reset == CURLE_GOT_NOTHING));
  timeout_ms = 300;
  BOOST_TEST(felt(R"({"kind":"silence"})").outcome == CURLE_OPERATION_TIMEDOUT);
  timeout_ms = 20000;
  BOOST_TEST(felt(R"({"kind":"delay","ms":1})").body == "cn-hangzhou");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_too_big_is_refused) {
  // Its size is announced, and it is not sent unless the server wants it.
  const auto answer =
      fetch(at(plain) + "/", {"Expect: 100-continue"}, "POST", std::string(2 << 20, 'x'));
  BOOST_TEST(answer.outcome == CURLE_OK);
  BOOST_TEST(answer.status == 413);
}

BOOST_AUTO_TEST_CASE(keys_of_an_issuer_are_fetched_while_others_are_served) {
  // The server itself plays the issuer, with answers put in place: if fetching blocked it, nothing
  // would ever be answered.
  const auto path = at(plain) + "/latest/meta-data/";
  auto text = std::string{test_world};
  const std::string place = "client_ids: [sts.aliyuncs.com, other]";
  text.replace(text.find(place), place.size(), place + ", discovery_url: " + path + "discovery");
  BOOST_TEST(fetch(at(admin) + "/world", {}, "POST", text).status == 200);
  const json::object claims{{"iss", "https://issuer.example"},
                            {"aud", "sts.aliyuncs.com"},
                            {"sub", "system:serviceaccount:kube-system:helper"},
                            {"exp", 99999999999}};
  const auto exchange = [&] {
    return fetch(
        at(tls, "https") + "/", {}, "POST",
        aliyun::form_encode({{"Action", "AssumeRoleWithOIDC"},
                             {"Version", "2015-04-01"},
                             {"RoleArn", "acs:ram::1000000000000001:role/pod"},
                             {"OIDCProviderArn", "acs:ram::1000000000000001:oidc-provider/cluster"},
                             {"RoleSessionName", "helper"},
                             {"OIDCToken", jwt(claims, test_keys().rsa.get(), "rsa-1")}}));
  };
  const auto broken = exchange(); // there is no such document
  BOOST_TEST(broken.status == 401);
  BOOST_TEST(broken.body.find("IssuerConfigurationBroken") != std::string::npos);

  const auto put = [&](const std::string& name, const std::string& body) {
    const json::object fault{
        {"operation", std::string{"metadata/"} + name}, {"kind", "answer"}, {"body", body}};
    fetch(at(admin) + "/faults", {}, "POST", json::serialize(fault));
  };
  put("discovery", json::serialize(json::object{{"issuer", "https://issuer.example"},
                                                {"jwks_uri", path + "keys"}}));
  put("keys", jwks({jwk(test_keys().rsa.get(), "rsa-1")}));
  BOOST_TEST(exchange().status == 200);
  BOOST_TEST(exchange().status == 200);
  const auto calls = fetch(at(admin) + "/calls").body;
  BOOST_TEST(json::parse(calls).at("counts").at("metadata/keys").to_number<int>() == 1);
}

BOOST_AUTO_TEST_CASE(stopping_does_not_wait_for_clients) {
  BOOST_TEST(fetch(at(admin) + "/faults", {}, "POST", R"({"kind":"silence"})").status == 201);
  std::atomic<bool> told = false;
  CURLcode outcome = CURLE_OK;
  std::thread client{[&] {
    outcome = fetch(at(plain) + "/latest/meta-data/region-id").outcome;
    told = true;
  }};
  // Known to have arrived: the call is in the log.
  while (fetch(at(admin) + "/calls").body.find("metadata/region-id") == std::string::npos)
    std::this_thread::yield();
  stop();
  BOOST_TEST(!told); // it still waits, and would do so until its timeout
  shell.reset();     // closes what is open: only now the client learns
  client.join();
  BOOST_TEST((outcome == CURLE_RECV_ERROR || outcome == CURLE_GOT_NOTHING));
}

BOOST_AUTO_TEST_SUITE_END()
