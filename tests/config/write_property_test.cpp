// Random configurations, written in each spelling, read again, and converted along chains.
#define BOOST_TEST_MODULE write_property
#include <boost/test/unit_test.hpp>

#include <array>
#include <random>

#include "config/document.hpp"
#include "config/instances.hpp"
#include "config/parse.hpp"
#include "config/write.hpp"
#include "tests/config/reading.hpp"

using namespace acr;
using namespace acr::config;
using origin_kind = identity_origin::kind;

namespace {

constexpr std::array forms{spelling::config_map, spelling::add_on, spelling::file};

/// Makes configurations as reading can make them. `common`: with what all spellings can say.
class maker {
public:
  maker(unsigned seed, bool common) : random_{seed}, common_{common} {}

  configuration make() {
    configuration value;
    rrsa_ = coin(3);
    const int count = below(5) + 1;
    for (int i = 0; i < count; ++i)
      add(value.instances, make_instance());
    value.namespaces = names({"default", "team-a", "kube-system", "1", "on", "null"});
    if (!common_ && coin(8))
      value.namespaces = {false, {"all", "b"}};
    value.service_accounts = names({"default", "robot", "a.b", "true"});
    value.expiring_threshold =
        std::chrono::seconds{coin(2) ? below(3 * 3600) + 1 : 60 * below(99) + 60};
    if (coin(2))
      value.notify_email = one_of({"ops@example.com", "\"q\"@example.com", "1@2", "@"});
    for (const auto& entry : value.instances)
      value.rrsa_enabled |= !entry.chain.rrsa_role_arn.empty();
    name_all(value.instances);
    return value;
  }

  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

private:
  bool coin(int sides) { return below(sides) == 0; }
  std::string one_of(const std::vector<std::string>& all) {
    return all[static_cast<std::size_t>(below(static_cast<int>(all.size())))];
  }

  selection names(const std::vector<std::string>& from) {
    if (coin(4))
      return {true, {}, {}, coin(2) ? strings{"kube-*"} : strings{}};
    selection chosen{false, {one_of(from)}};
    for (const auto& name : from)
      if (coin(3) && name != chosen.names.front())
        chosen.names.push_back(name);
    std::sort(chosen.names.begin(), chosen.names.end());
    if (coin(5))
      chosen.patterns = {"p-*"};
    if (chosen.open() && coin(2))
      chosen.excluded = {"*x", "p-1"};
    return chosen;
  }

  std::string a_role() {
    return one_of({"acs:ram::1000:role/a", "acs:ram::1001:role/b-1", "acs:ram::1002:role/c"});
  }

  identity_origin origin() {
    identity_origin made;
    made.from = common_ ? (coin(3) ? origin_kind::access_key : origin_kind::automatic)
                        : static_cast<origin_kind>(below(7));
    switch (made.from) {
    case origin_kind::access_key:
      made.access_key_id = one_of({"LTAI1", "2", "null"});
      made.access_key_secret =
          secret_string{one_of({"x", "1+/=", "a:b", "#", "'\"\\", "{x}", "-x", "true"})};
      break;
    case origin_kind::secret:
      made.secret_namespace = one_of({"", "kube-system"});
      made.secret_name = one_of({"a", "b.c", "1"});
      break;
    case origin_kind::profile:
      made.profile = one_of({"", "prod", "a b", "\u6587\u4ef6", "a: b", "~", "#a"});
      break;
    case origin_kind::worker_role:
      made.role_name = one_of({"", "KubernetesWorkerRole-1", "1"});
      break;
    default:
      break;
    }
    return made;
  }

  instance make_instance() {
    instance made;
    const bool personal = coin(3) && !(common_ && rrsa_);
    if (!personal)
      made.instance_id = one_of({"cri-1", "cri-2", "cri-3a"});
    made.region = one_of({"", "", "cn-hangzhou", "cn-beijing"});
    for (const auto* domain : {"b.example", "a-1.example:5000", "c.d.example"})
      if (coin(3))
        made.domains.emplace_back(domain);
    if (rrsa_ && !personal && coin(2)) {
      made.chain.rrsa_role_arn = a_role();
      made.chain.rrsa_oidc_provider_arn = provider;
    } else {
      made.chain.origin = origin();
    }
    for (int i = common_ ? below(2) : below(4); i > 0; --i)
      made.chain.roles.push_back({a_role(), one_of({"", "word", "1234", "a:b/c=@"})});
    if (coin(2))
      made.chain.expire_duration = std::chrono::seconds{3600 + 60 * below(9) * below(60)};
    return made;
  }

  /// One that reading would merge with another is left out.
  static void add(std::vector<instance>& all, instance made) {
    for (const auto& other : all) {
      if (other.instance_id != made.instance_id || other.region != made.region)
        continue;
      auto a = other.chain;
      a.expire_duration = made.chain.expire_duration;
      if (a == made.chain)
        return;
    }
    all.push_back(std::move(made));
  }

  std::mt19937 random_;
  bool common_;
  bool rrsa_ = false;
};

/// The same as the API server gives it to the helper.
reading from_cluster(const std::string& manifest) {
  problem_list problems;
  const auto root = load(manifest, "", {}, problems);
  const auto& data = *root.value().find("data");
  std::map<std::string, std::string> texts;
  for (std::size_t i = 0; i < data.keys.size(); ++i)
    texts[data.keys[i].text] = data.items[i].text;
  return parse_config_map(texts);
}

/// What reading makes of the text; nothing is refused in it.
configuration read(const written& made, spelling form) {
  const std::string text{made.text.reveal()};
  const auto r = parse_file(text);
  BOOST_TEST((r.form == form));
  for (const auto& problem : r.problems)
    BOOST_TEST((problem.level == severity::warning), to_string(problem) << "\n" << text);
  BOOST_TEST_REQUIRE(r.value.has_value(), text);
  if (form == spelling::config_map)
    BOOST_TEST(from_cluster(text).value.value().same_as(*r.value), text);
  return *r.value;
}

void check_same(const configuration& a, const configuration& b, const written& made) {
  BOOST_TEST(a.same_as(b), made.text.reveal());
}

} // namespace

BOOST_AUTO_TEST_CASE(what_all_spellings_can_say_means_the_same_in_each_and_along_any_chain) {
  for (unsigned seed = 0; seed < 1000; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      maker make{seed, true};
      const auto value = make.make();
      for (const auto form : forms) {
        const auto made = write(value, form);
        BOOST_TEST_REQUIRE(made.losses.empty());
        check_same(read(made, form), value, made);
      }
      auto last = value;
      for (int step = 0; step < 5; ++step) {
        const auto form = forms.at(static_cast<std::size_t>(make.below(3)));
        const auto made = write(last, form);
        last = read(made, form);
        check_same(last, value, made);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(what_a_spelling_cannot_say_is_reported_and_all_else_survives) {
  std::array<int, 3> told{};
  std::array<int, 3> said{};
  for (unsigned seed = 0; seed < 1000; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      const auto value = maker{seed, false}.make();
      for (std::size_t i = 0; i < forms.size(); ++i) {
        const auto made = write(value, forms.at(i));
        ++(made.losses.empty() ? said : told).at(i);
        BOOST_TEST(made.losses.empty() == !made.text.empty());
        if (made.losses.empty())
          check_same(read(made, forms.at(i)), value, made);
      }
    }
  }
  for (std::size_t i = 0; i < forms.size(); ++i) {
    BOOST_TEST((forms.at(i) == spelling::file ? told.at(i) == 0 : told.at(i) > 40));
    BOOST_TEST(said.at(i) > 40);
  }
}
