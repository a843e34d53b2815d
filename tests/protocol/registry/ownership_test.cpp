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
  for (const auto* host :
       {"a-registry.cn-hangzhou.cr.aliyuncs.com:65001",
        "a-registry-vpc.distributed.cn-hangzhou.cr.aliyuncs.com:65001",
        "crpi-1.cn-hangzhou.personal.cr.aliyuncs.com", "*.cr.aliyuncs.com", "registry.aliyuncs.com",
        "registry.cn-hangzhou.aliyuncs.com", "registry.cn-hangzhou-finance.aliyuncs.com:443",
        "registry-vpc.us-west-1.aliyuncs.com", "registry-internal.cn-beijing.aliyuncs.com",
        "registry-intl.ap-southeast-1.aliyuncs.com", "registry-intl-vpc.me-central-1.aliyuncs.com",
        "registry.*.aliyuncs.com"})
    BOOST_TEST(of_the_vendor(host), host);
  for (const auto* host : {"aliyuncs.com.example.com", "notaliyuncs.com", "docker.io",
                           "cr.aliyuncs.com.example.com", "notcr.aliyuncs.com"})
    BOOST_TEST(!of_the_vendor(host), host);
}

BOOST_AUTO_TEST_CASE(hosts_of_the_vendors_customers_are_not_its_registries) {
  for (const auto* host :
       {"alb-1a2b3c.cn-hangzhou.alb.aliyuncs.com", "nlb-1a2b3c.cn-hangzhou.nlb.aliyuncs.com",
        "bucket.oss-cn-hangzhou.aliyuncs.com",
        // What a customer names like a registry:
        "registry.oss-cn-hangzhou.aliyuncs.com", "registry.oss-cn-hangzhou-internal.aliyuncs.com",
        "registry.oss-accelerate.aliyuncs.com", "registry.s3.oss-cn-hangzhou.aliyuncs.com",
        "registry.img-cn-hangzhou.aliyuncs.com", "registry.vpc100-oss-cn-beijing.aliyuncs.com",
        "registry.cn-hangzhou.log.aliyuncs.com", "registry.cn-hangzhou.fc.aliyuncs.com",
        "x.registry.cn-hangzhou.aliyuncs.com", "registry-x.cn-hangzhou.aliyuncs.com",
        "x-registry.cn-hangzhou.aliyuncs.com", "registry..aliyuncs.com",
        // Others of the vendor's, which are no registries:
        "cr.cn-hangzhou.aliyuncs.com", "aliyuncs.com", "*.aliyuncs.com", "*.*.aliyuncs.com"})
    BOOST_TEST(!of_the_vendor(host), host);
}
