#define BOOST_TEST_MODULE ownership
#include <boost/test/unit_test.hpp>

#include "protocol/registry/ownership.hpp"

using namespace acr::registry;

BOOST_AUTO_TEST_CASE(a_wildcard_is_wide_unless_two_labels_follow_it) {
  for (const auto* host : {"*", "*.*", "*.com", "*.*.com", "a.*", "a.*.com", "*:5000", "*.com.cn",
                           "a.*.com.cn", "*.co.uk"})
    BOOST_TEST(wide_wildcard(host), host);
  for (const auto* host : {"a", "a.com", "com.cn", "*.a.com", "*.a.com.cn", "*.*.a.com:80",
                           "registry.*.aliyuncs.com", "127.0.0.1"})
    BOOST_TEST(!wide_wildcard(host), host);
}

BOOST_AUTO_TEST_CASE(whose_a_host_is) {
  for (const auto* host : {"docker.io", "registry-1.docker.io:443", "*.gcr.io", "public.ecr.aws"})
    BOOST_TEST(of_another_vendor(host), host);
  for (const auto* host : {"docker.io.example.com", "mydocker.io", "io", "", "a.cr.aliyuncs.com"})
    BOOST_TEST(!of_another_vendor(host), host);
  for (const auto* host : {"a-registry.cn-hangzhou.cr.aliyuncs.com:65001", "*.aliyuncs.com"})
    BOOST_TEST(of_the_vendor(host), host);
  for (const auto* host : {"aliyuncs.com.example.com", "notaliyuncs.com", "docker.io"})
    BOOST_TEST(!of_the_vendor(host), host);
}
