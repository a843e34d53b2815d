#define BOOST_TEST_MODULE access
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

#include <stdlib.h> // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include "runtime/kubernetes/access.hpp"

using namespace acr;
using namespace acr::kubernetes;

namespace {

struct folder {
  folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "acr-access-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream{path / name} << text;
    return (path / name).string();
  }

  std::filesystem::path path;
};

std::string kubeconfig(const std::string& cluster, const std::string& user) {
  return "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u, namespace: n}}]\n"
         "clusters: [{name: c, cluster: {server: 'https://a', " +
         cluster + "}}]\nusers: [{name: u, user: {" + user + "}}]\n";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(access_suite, folder)

BOOST_AUTO_TEST_CASE(a_kubeconfig_and_its_files_are_read) {
  write("ca.crt", "the ca");
  write("c.pem", "the certificate");
  write("k.pem", "the key");
  const auto file = write("config", kubeconfig("certificate-authority: ca.crt, tls-server-name: k",
                                               "client-certificate: c.pem, client-key: k.pem"));
  const auto access = load_kubeconfig(file, "");
  BOOST_REQUIRE(access.has_value());
  BOOST_TEST(access->server == "https://a");
  BOOST_TEST(access->ns == "n");
  BOOST_TEST(access->tls->ca_pem == "the ca");
  BOOST_TEST(access->tls->client_cert_pem == "the certificate");
  BOOST_TEST(access->tls->client_key_pem.reveal() == "the key");
  BOOST_TEST(access->tls->server_name == "k");
}

BOOST_AUTO_TEST_CASE(a_file_that_a_kubeconfig_names_must_be_there) {
  const auto file = write("config", kubeconfig("certificate-authority: ca.crt", "token: marker"));
  const auto access = load_kubeconfig(file, "");
  BOOST_REQUIRE(access.has_error());
  BOOST_TEST((access.error().code == errc::file_failed));
  BOOST_TEST(to_string(access.error()) ==
             "read " + (path / "ca.crt").string() + ": file_failed: No such file or directory");
}

BOOST_AUTO_TEST_CASE(of_a_list_files_that_do_not_exist_are_skipped) {
  const auto file = write("config", kubeconfig("", "token: t"));
  const auto absent = (path / "absent").string();
  BOOST_TEST(load_kubeconfig(absent + ":" + file + ":", "").has_value());
  auto twice = absent + ":";
  twice += absent;
  for (const auto& list : {absent, twice, std::string{":"}, std::string{}}) {
    const auto access = load_kubeconfig(list, "");
    BOOST_REQUIRE(access.has_error());
    BOOST_TEST((access.error().code == errc::file_failed));
  }
}

BOOST_AUTO_TEST_CASE(a_pod_knows_its_cluster) {
  write("ca.crt", "the ca");
  const auto token = write("token", "t");
  write("namespace", "kube-system");
  const auto access = in_cluster({"10.0.0.1", "443", path.string()});
  BOOST_REQUIRE(access.has_value());
  BOOST_TEST(access->server == "https://10.0.0.1:443");
  BOOST_TEST(access->tls->ca_pem == "the ca");
  BOOST_TEST(access->ns == "kube-system");
  BOOST_TEST(std::get<token_file>(access->credential).path == token);
  const auto ipv6 = in_cluster({"fd00::1", "6443", path.string()});
  BOOST_REQUIRE(ipv6.has_value());
  BOOST_TEST(ipv6->server == "https://[fd00::1]:6443");
}

BOOST_AUTO_TEST_CASE(outside_a_pod_it_says_so) {
  for (const auto& pod : {pod_environment{"", "443", path.string()},
                          pod_environment{"10.0.0.1", "", path.string()}}) {
    const auto access = in_cluster(pod);
    BOOST_REQUIRE(access.has_error());
    BOOST_TEST((access.error().code == errc::unavailable));
  }
}

BOOST_AUTO_TEST_CASE(a_pod_without_token_or_ca_is_reported) {
  for (const auto* present : {"ca.crt", "token"}) {
    std::filesystem::remove(path / "ca.crt");
    write(present, "x");
    const auto access = in_cluster({"10.0.0.1", "443", path.string()});
    BOOST_REQUIRE(access.has_error());
    BOOST_TEST((access.error().code == errc::file_failed));
  }
}

BOOST_AUTO_TEST_CASE(files_are_small_and_read_whole) {
  BOOST_TEST(read_small_file(write("empty", ""))->reveal().empty());
  const std::string most(std::size_t{1} << 20, 'x');
  BOOST_TEST((read_small_file(write("most", most))->reveal() == most));
  const auto more = read_small_file(write("more", most + "x"));
  BOOST_REQUIRE(more.has_error());
  BOOST_TEST(more.error().message == "is larger than 1 MiB");
  BOOST_TEST(read_small_file(path.string()).has_error()); // a folder
}

BOOST_AUTO_TEST_SUITE_END()
