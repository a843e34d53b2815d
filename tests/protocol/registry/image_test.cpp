#define BOOST_TEST_MODULE image
#include <boost/test/unit_test.hpp>

#include "protocol/registry/image.hpp"

using namespace acr::registry;

BOOST_AUTO_TEST_CASE(the_host_of_an_image_is_what_a_runtime_takes_for_it) {
  BOOST_TEST(host_of("a.example/x/y:1") == "a.example");
  BOOST_TEST(host_of("a.example:5000/x@sha256:0") == "a.example:5000");
  BOOST_TEST(host_of("localhost/x") == "localhost");
  BOOST_TEST(host_of("library/nginx:1.2") == "docker.io");
  BOOST_TEST(host_of("nginx:1.2") == "docker.io");
  BOOST_TEST(host_of("") == "docker.io");
}

BOOST_AUTO_TEST_CASE(an_entry_covers_what_a_kubelet_finds_by_it) {
  BOOST_TEST(covers("a.example", "a.example"));
  BOOST_TEST(covers("*.cn-hangzhou.cr.aliyuncs.com", "x.cn-hangzhou.cr.aliyuncs.com"));
  BOOST_TEST(!covers("*.cr.aliyuncs.com", "x.cn-hangzhou.cr.aliyuncs.com"));
  BOOST_TEST(!covers("a.example", "b.example"));
  BOOST_TEST(!covers("a.example:443", "a.example"));
  BOOST_TEST(!covers("a.example", "a.example:5000"));
  BOOST_TEST(covers("a.example:5000", "a.example:5000"));
}
