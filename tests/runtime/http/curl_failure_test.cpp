#define BOOST_TEST_MODULE curl_failure
#include <boost/test/unit_test.hpp>

#include <cerrno>

#include "runtime/http/curl_failure.hpp"
#include "tests/support/print.hpp"

using namespace acr;
using namespace std::chrono_literals;

namespace {

const http_target target{"https", "sts.example.com", "443", "sts.example.com",
                         "https://sts.example.com/"};

failure of(const transfer_end& end) { return to_failure(end, "POST", target); }

transfer_end ended(CURLcode code, bool connected = false) {
  transfer_end end;
  end.code = code;
  end.connected = connected;
  return end;
}

} // namespace

BOOST_AUTO_TEST_CASE(each_stage_has_its_code) {
  BOOST_TEST(of(ended(CURLE_COULDNT_RESOLVE_HOST)).code == errc::dns_failed);
  BOOST_TEST(of(ended(CURLE_COULDNT_RESOLVE_PROXY)).code == errc::dns_failed);
  BOOST_TEST(of(ended(CURLE_COULDNT_CONNECT)).code == errc::connect_failed);
  BOOST_TEST(of(ended(CURLE_PROXY)).code == errc::connect_failed);
  BOOST_TEST(of(ended(CURLE_SSL_CONNECT_ERROR)).code == errc::tls_failed);
  BOOST_TEST(of(ended(CURLE_PEER_FAILED_VERIFICATION)).code == errc::tls_failed);
  BOOST_TEST(of(ended(CURLE_SSL_CERTPROBLEM)).code == errc::tls_failed);
  BOOST_TEST(of(ended(CURLE_SSL_CACERT_BADFILE)).code == errc::tls_failed);
  BOOST_TEST(of(ended(CURLE_SEND_ERROR, true)).code == errc::connection_lost);
  BOOST_TEST(of(ended(CURLE_RECV_ERROR, true)).code == errc::connection_lost);
  BOOST_TEST(of(ended(CURLE_GOT_NOTHING, true)).code == errc::connection_lost);
  BOOST_TEST(of(ended(CURLE_PARTIAL_FILE, true)).code == errc::connection_lost);
  BOOST_TEST(of(ended(CURLE_HTTP2, true)).code == errc::connection_lost);
  BOOST_TEST(of(ended(CURLE_HTTP2_STREAM, true)).code == errc::connection_lost);
  BOOST_TEST(of(ended(CURLE_FILESIZE_EXCEEDED, true)).code == errc::response_too_big);
  BOOST_TEST(
      of(ended(CURLE_FILESIZE_EXCEEDED, true)).message.ends_with("is larger than is accepted"));
  BOOST_TEST(of(ended(CURLE_WEIRD_SERVER_REPLY, true)).code == errc::malformed_answer);
  BOOST_TEST(of(ended(CURLE_UNSUPPORTED_PROTOCOL, true)).code == errc::malformed_answer);
  BOOST_TEST(of(ended(CURLE_URL_MALFORMAT)).code == errc::bad_request);
}

BOOST_AUTO_TEST_CASE(a_timeout_says_how_far_it_came) {
  BOOST_TEST(of(ended(CURLE_OPERATION_TIMEDOUT, true)).code == errc::http_timeout);
  auto end = ended(CURLE_OPERATION_TIMEDOUT);
  end.detail = "Resolving timed out after 5000 milliseconds";
  BOOST_TEST(of(end).code == errc::dns_failed);
  end.detail = "Connection timed out after 5000 milliseconds";
  BOOST_TEST(of(end).code == errc::connect_failed);
}

BOOST_AUTO_TEST_CASE(a_broken_tunnel_is_a_failed_connection_and_names_the_proxys_answer) {
  auto end = ended(CURLE_RECV_ERROR);
  end.proxy_status = 407;
  end.proxy = "proxy.example:3128";
  BOOST_TEST(of(end).code == errc::connect_failed);
  BOOST_TEST(of(end).message ==
             "the proxy proxy.example:3128 does not connect to sts.example.com:443: status 407");
}

BOOST_AUTO_TEST_CASE(a_proxy_that_fails_is_named) {
  auto end = ended(CURLE_COULDNT_CONNECT);
  end.proxy = "proxy.example:3128";
  end.os_error = ECONNREFUSED;
  BOOST_TEST(of(end).message == "no connection to sts.example.com:443 through the proxy "
                                "proxy.example:3128: Connection refused");
  end.code = CURLE_COULDNT_RESOLVE_PROXY;
  BOOST_TEST(of(end).message == "the name of the proxy proxy.example:3128 does not resolve");
  for (const bool connected : {false, true})
    BOOST_TEST(
        timed_out(connected, 5s, "GET", target, "proxy.example:3128")
            .message.find("sts.example.com:443 through the proxy proxy.example:3128 within") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_text_names_method_url_host_and_port) {
  auto end = ended(CURLE_COULDNT_CONNECT);
  end.os_error = ECONNREFUSED;
  BOOST_TEST(to_string(of(end)) == "POST https://sts.example.com/: connect_failed: "
                                   "no connection to sts.example.com:443: Connection refused");
}

BOOST_AUTO_TEST_CASE(the_status_that_came_is_kept) {
  auto end = ended(CURLE_PARTIAL_FILE, true);
  end.status = 200;
  BOOST_TEST(of(end).status == 200);
}

BOOST_AUTO_TEST_CASE(curls_words_are_used_for_tls_alone) {
  for (auto code : {CURLE_RECV_ERROR, CURLE_WEIRD_SERVER_REPLY, CURLE_COULDNT_CONNECT}) {
    auto end = ended(code, true);
    end.detail = "hunter2";
    BOOST_TEST(to_string(of(end)).find("hunter2") == std::string::npos);
  }
  auto end = ended(CURLE_PEER_FAILED_VERIFICATION);
  end.detail = "certificate has expired";
  BOOST_TEST(of(end).message ==
             "no trusted connection to sts.example.com:443: certificate has expired");
}

BOOST_AUTO_TEST_CASE(a_deadline_is_a_timeout_once_connected_and_a_failed_connection_before) {
  BOOST_TEST(timed_out(true, 15s, "GET", target).code == errc::http_timeout);
  const auto before = timed_out(false, 5s, "GET", target);
  BOOST_TEST(before.code == errc::connect_failed);
  BOOST_TEST(before.message == "no connection to sts.example.com:443 within 5000 ms");
}
