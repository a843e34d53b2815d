#define BOOST_TEST_MODULE proxy
#include <boost/test/unit_test.hpp>

#include <map>

#include "runtime/http/proxy.hpp"

using namespace acr;

namespace {

bool exempt(std::string_view list, std::string_view host, std::string_view port = "443") {
  return proxy_exemptions{list}.covers(host, port);
}

proxy_rules of_environment(std::map<std::string, std::string> variables,
                           std::string no_proxy = {}) {
  proxy_options options;
  options.no_proxy = std::move(no_proxy);
  return {options, [variables = std::move(variables)](const char* name) {
            const auto found = variables.find(name);
            return found == variables.end() ? std::string{} : found->second;
          }};
}

constexpr auto proxy = "http://user:marker@proxy.example:3128";

std::string chosen(const proxy_rules& rules, std::string_view host, std::string_view port = "443",
                   std::string_view scheme = "https") {
  return std::string{rules.choose(scheme, host, port)};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_name_exempts_itself_and_what_is_below) {
  for (const auto* list :
       {"example.com", " Example.COM ", "other,example.com", "example.com,", ",,example.com"}) {
    BOOST_TEST(exempt(list, "example.com"), list);
    BOOST_TEST(exempt(list, "a.example.com"), list);
    BOOST_TEST(exempt(list, "A.Example.Com"), list);
    BOOST_TEST(!exempt(list, "notexample.com"), list);
    BOOST_TEST(!exempt(list, "example.com.evil"), list);
  }
}

BOOST_AUTO_TEST_CASE(a_dot_or_a_star_in_front_means_only_what_is_below) {
  for (const auto* list :
       {".svc.cluster.local", "*.svc.cluster.local", "*.svc.cluster.local,10.0.0.0/8"}) {
    BOOST_TEST(exempt(list, "a.svc.cluster.local"), list);
    BOOST_TEST(exempt(list, "b.a.svc.cluster.local"), list);
    BOOST_TEST(!exempt(list, "svc.cluster.local"), list);
    BOOST_TEST(!exempt(list, "asvc.cluster.local"), list);
  }
}

BOOST_AUTO_TEST_CASE(a_star_exempts_all_and_nothing_exempts_nothing) {
  BOOST_TEST(exempt("*", "example.com"));
  BOOST_TEST(exempt("a,*", "10.0.0.1"));
  for (const auto* list :
       {"", ",", " , ", ":80", "*.", "/8", "10.0.0.0/33", "10.0.0.0/x", "::/129"})
    BOOST_TEST(!exempt(list, list[0] == ':' ? "1::2" : "10.0.0.1"), list);
}

BOOST_AUTO_TEST_CASE(addresses_and_blocks_are_compared_as_numbers) {
  BOOST_TEST(exempt("10.0.0.0/8", "10.255.1.2"));
  BOOST_TEST(!exempt("10.0.0.0/8", "11.0.0.1"));
  BOOST_TEST(exempt("172.16.0.0/12", "172.31.255.255"));
  BOOST_TEST(!exempt("172.16.0.0/12", "172.32.0.0"));
  BOOST_TEST(exempt("0.0.0.0/0", "1.2.3.4"));
  BOOST_TEST(!exempt("0.0.0.0/0", "example.com"));
  BOOST_TEST(exempt("10.1.2.3", "10.1.2.3"));
  BOOST_TEST(!exempt("10.1.2.3", "10.1.2.33"));
  BOOST_TEST(exempt("fd00::/8", "[fd12::1]"));
  BOOST_TEST(exempt("[fd00::1]", "fd00::1"));
  BOOST_TEST(exempt("FD00:0::1", "[fd00::1]"));
  BOOST_TEST(!exempt("fd00::/8", "10.0.0.1"));
  // A name is never resolved for it.
  BOOST_TEST(!exempt("127.0.0.0/8", "localhost"));
}

BOOST_AUTO_TEST_CASE(a_port_limits_an_exemption) {
  for (const auto& [list, host] :
       {std::pair{"example.com:443", "a.example.com"}, std::pair{"10.0.0.1:443", "10.0.0.1"},
        std::pair{"[fd00::1]:443", "[fd00::1]"}, std::pair{"*.example.com:443", "a.example.com"}}) {
    BOOST_TEST(exempt(list, host, "443"), list);
    BOOST_TEST(!exempt(list, host, "6443"), list);
  }
}

BOOST_AUTO_TEST_CASE(the_environment_is_read_as_go_programs_do) {
  for (const auto* name : {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"})
    BOOST_TEST(chosen(of_environment({{name, proxy}}), "example.com") == proxy, name);
  for (const auto* name : {"HTTP_PROXY", "http_proxy"}) {
    BOOST_TEST(chosen(of_environment({{name, proxy}}), "example.com", "80", "http") == proxy, name);
    BOOST_TEST(chosen(of_environment({{name, proxy}}), "example.com").empty(), name);
  }
  for (const auto* name : {"NO_PROXY", "no_proxy"})
    BOOST_TEST(
        chosen(of_environment({{"HTTPS_PROXY", proxy}, {name, "example.com"}}), "example.com")
            .empty(),
        name);
  BOOST_TEST(chosen(of_environment({}), "example.com").empty());
}

BOOST_AUTO_TEST_CASE(this_machine_and_the_api_server_of_a_pod_are_reached_directly) {
  const auto rules = of_environment(
      {{"HTTPS_PROXY", proxy}, {"KUBERNETES_SERVICE_HOST", "172.21.0.1"}}, "c.example");
  for (const auto* host :
       {"localhost", "127.0.0.1", "127.8.8.8", "[::1]", "172.21.0.1", "c.example"})
    BOOST_TEST(chosen(rules, host).empty(), host);
  for (const auto* host : {"172.21.0.2", "example.com", "localhost.example"})
    BOOST_TEST(chosen(rules, host) == proxy, host);
  const auto v6 = of_environment({{"HTTPS_PROXY", proxy}, {"KUBERNETES_SERVICE_HOST", "fd00::1"}});
  BOOST_TEST(chosen(v6, "[fd00::1]", "6443").empty());
}

BOOST_AUTO_TEST_CASE(a_fixed_proxy_serves_all_but_what_it_exempts_and_none_serves_nothing) {
  proxy_options options;
  options.policy = proxy_policy::fixed;
  options.url = secret_string{std::string_view{proxy}};
  options.no_proxy = "example.com";
  const environment_reader other = [](const char*) { return std::string{"http://other:1"}; };
  BOOST_TEST(chosen({options, other}, "127.0.0.1") == proxy);
  BOOST_TEST(chosen({options, other}, "a.example", "80", "http") == proxy);
  BOOST_TEST(chosen({options, other}, "example.com").empty());
  options.policy = proxy_policy::none;
  BOOST_TEST(chosen({options, other}, "a.example").empty());
  BOOST_TEST(chosen({}, "a.example").empty());
}

BOOST_AUTO_TEST_CASE(a_proxy_is_shown_without_its_password) {
  BOOST_TEST(shown_proxy(proxy) == "proxy.example:3128");
  BOOST_TEST(shown_proxy("user:p@ss@proxy:1/x?y") == "proxy:1");
  BOOST_TEST(shown_proxy("https://[fd00::1]:8080/") == "[fd00::1]:8080");
  BOOST_TEST(shown_proxy("").empty());
}
