#define BOOST_TEST_MODULE host
#include <boost/test/unit_test.hpp>

#include <string>

#include "protocol/registry/host.hpp"

using namespace acr::registry;

BOOST_AUTO_TEST_CASE(hosts_are_lower_case_names_with_an_optional_port) {
  for (const auto* host : {"r", "registry-vpc.cn-hangzhou.aliyuncs.com", "127.0.0.1:5000", "r:1",
                           "r:65535", "*.cr.aliyuncs.com", "xn--a", "1.example"})
    BOOST_TEST(valid_host(host), host);
  for (const auto* host : {"",     "R",   "https://r", "r/", "r/path",     "r:",   "r:0", "r:65536",
                           "r:08", "r:x", "r:1:2",     ".r", "r.",         "a..b", "-a",  "a-",
                           "a_b",  "a b", "r?",        "r*", "[::1]:5000", "r:+1"})
    BOOST_TEST(!valid_host(host), host);
  BOOST_TEST(valid_host(std::string(63, 'a')));
  BOOST_TEST(!valid_host(std::string(64, 'a')));
  std::string name = "a";
  while (name.size() < 253)
    name += ".a";
  BOOST_TEST(valid_host(name));
  BOOST_TEST(!valid_host(name + ".a"));
}
