#include "tools/faultlab/report/chronicle.hpp"

#include <map>

namespace acr::faultlab {

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;

// Passwords expire by themselves: this is the resolution of that time.
constexpr ms glance = 30s;

class chronicler : public checker {
public:
  chronicler(bench& on, chronicle& into) : checker{on}, into_{into} {}

  void begin() override {
    const auto most = stage::most_instances(on_.about);
    for (int i = 0; i < most; ++i) {
      auto& one = into_.instances.emplace_back();
      one.name = instance_id(i);
    }
    on_.on_pull = [this](int instance, const std::string& ns, bool worked) {
      story(instance).pulls.push_back({on_.elapsed(), worked, ns});
    };
    glance_again();
  }

  void changed(const change_seen& seen) override {
    if (on_.world && seen.resource == "secrets")
      on_.world->time().after(ms{0}, [this] { look(); }); // the expected state is updated, too
  }

  void passed(const traffic& seen) override {
    if (seen.what == traffic::kind::sent) {
      if (seen.flow.find("GetAuthorizationToken") != std::string_view::npos)
        if (const auto which = instance_in(seen.flow); which >= 0)
          under_way_[seen.id] = which;
      return;
    }
    const auto found = under_way_.find(seen.id);
    if (found == under_way_.end() || seen.what == traffic::kind::arrived)
      return;
    attempted(found->second, seen);
    under_way_.erase(found);
  }

private:
  instance_story& story(int instance) {
    return into_.instances.at(static_cast<std::size_t>(instance));
  }

  void attempted(int instance, const traffic& seen) {
    std::string what = seen.what == traffic::kind::withdrawn ? "given up"
                       : seen.status != 0                    ? std::to_string(seen.status)
                                                             : to_string(seen.failed);
    story(instance).attempts.push_back({on_.elapsed(), seen.status == 200, std::move(what)});
  }

  int instance_in(std::string_view flow) const {
    for (std::size_t i = 0; i < into_.instances.size(); ++i)
      if (flow.find(into_.instances[i].name) != std::string_view::npos)
        return static_cast<int>(i);
    return -1;
  }

  void glance_again() {
    on_.world->time().after(glance, [this] {
      look();
      if (on_.elapsed() < on_.about.lasts)
        glance_again();
    });
  }

  void look() {
    const auto now = on_.world->time().now();
    for (int i = 0; i < static_cast<int>(into_.instances.size()); ++i) {
      instance_story::standing seen{on_.elapsed(), 0, 0};
      const auto host = instance_hosts(on_.about.world, i)[0];
      for (const auto& [ns, space] : on_.held.spaces()) {
        if (!on_.in_scope(ns, space) || i >= on_.world->wanted().instances)
          continue;
        ++seen.of;
        pull_secrets names;
        for (const auto& [name, secret] : space.secrets)
          names.push_back(name);
        seen.valid += try_to_pull(space, names, host, now) == pull::works ? 1 : 0;
      }
      auto& known = story(i).standings;
      if (known.empty() || !known.back().same(seen))
        known.push_back(seen);
    }
  }

  chronicle& into_;
  std::map<std::uint64_t, int> under_way_;
};

} // namespace

std::unique_ptr<checker> make_chronicler(bench& on, chronicle& into) {
  return std::make_unique<chronicler>(on, into);
}

} // namespace acr::faultlab
