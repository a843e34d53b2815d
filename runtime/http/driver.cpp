#include "runtime/http/driver.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include <curl/curl.h>

#include "runtime/http/transfer.hpp"
#include "runtime/wiping_memory.hpp"

namespace acr {

namespace {

struct multi_deleter {
  void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
};
using multi_handle = std::unique_ptr<CURLM, multi_deleter>;

constexpr long idle_connections = 64;         // kept open between requests, besides the streams
constexpr long streams_per_connection = 1000; // the server's own limit is lower and is respected
constexpr std::chrono::milliseconds longest_sleep = std::chrono::hours{1};

struct start_command {
  transfer_id id;
  http_request request;
  std::variant<http_limits, stream_limits> limits;
};
struct acknowledge_command {
  transfer_id id;
  std::size_t bytes;
};
struct withdraw_command {
  transfer_id id;
};
using command = std::variant<start_command, acknowledge_command, withdraw_command>;

void check(CURLMcode code) {
  if (code != CURLM_OK)
    throw std::runtime_error{curl_multi_strerror(code)};
}

} // namespace

class http_driver::core {
public:
  core(http_driver_options options, listener tell)
      : options_{std::move(options)}, listener_{std::move(tell)}, budgets_{options_.budgets},
        multi_{curl_multi_init()} {
    if (!multi_)
      throw std::bad_alloc{};
    auto* multi = multi_.get();
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, long{CURLPIPE_MULTIPLEX});
    curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, streams_per_connection);
    keep_connections();
    // Never reached: the budgets keep exchanges and streams within it. A transfer that curl held
    // back would fail as "no connection", and a stream could take the place of an exchange.
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                      static_cast<long>(options_.budgets.exchanges + options_.budgets.streams));
  }
  core(const core&) = delete;
  core& operator=(const core&) = delete;

  ~core() {
    for (auto& [id, active] : transfers_)
      if (active->handle())
        curl_multi_remove_handle(multi_.get(), active->handle());
  }

  void post(command what) {
    {
      const std::lock_guard lock{mutex_};
      commands_.push_back(std::move(what));
    }
    curl_multi_wakeup(multi_.get());
  }

  void stop() {
    stopping_ = true;
    curl_multi_wakeup(multi_.get());
  }

  void run() noexcept {
    try {
      while (!stopping_)
        step();
    } catch (const std::exception& error) {
      tell(driver_failed{error.what()});
    }
  }

private:
  using clock = transfer::clock;

  void step() {
    for (auto& what : take_commands())
      std::visit([this](auto& order) { obey(order); }, what);
    int running = 0;
    check(curl_multi_perform(multi_.get(), &running));
    collect_finished();
    const auto now = clock::now();
    for (auto& [id, active] : transfers_)
      if (active->flush(listener_, now))
        note_opened(*active);
    expire(now);
    begin_whose_turn_it_is();
    check(curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(sleep_from(now).count()),
                          nullptr));
  }

  std::vector<command> take_commands() {
    const std::lock_guard lock{mutex_};
    return std::exchange(commands_, {});
  }

  void obey(start_command& order) {
    auto target = read_target(order.request);
    if (!target)
      return refuse(order, target.error());
    std::visit(
        [&](const auto& limits) {
          admit(std::make_unique<transfer>(order.id, std::move(order.request), *std::move(target),
                                           limits, clock::now()));
        },
        order.limits);
  }

  void refuse(const start_command& order, const failure& why) {
    if (std::holds_alternative<http_limits>(order.limits))
      tell(exchange_ended{order.id, why});
    else
      tell(transfer_ended{order.id, why});
  }

  void admit(std::unique_ptr<transfer> fresh) {
    const auto verdict = budgets_.ask(fresh->id(), place_of(*fresh), kind_of(*fresh));
    if (verdict == host_budgets::verdict::refuse)
      return fresh->refuse(listener_, held_by(*fresh));
    auto& kept = *transfers_.emplace(fresh->id(), std::move(fresh)).first->second;
    if (verdict == host_budgets::verdict::begin)
      begin(kept);
  }

  /// curl counts connections in use, too: behind many streams it would close each one after its
  /// exchange.
  void keep_connections() {
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, idle_connections + streams_);
  }

  void begin(transfer& one) {
    if (one.is_stream()) {
      ++streams_;
      keep_connections();
    }
    one.start(make_handle(), options_, clock::now());
    check(curl_multi_add_handle(multi_.get(), one.handle()));
  }

  void begin_whose_turn_it_is() {
    for (const auto id : budgets_.take_ready())
      begin(*transfers_.at(id));
  }

  void note_opened(const transfer& stream) {
    if (stream.shares_connection())
      budgets_.multiplexes(place_of(stream));
    else if (parks_transfers())
      unpark(place_of(stream));
    budgets_.opened(stream.id());
  }

  /// libcurl 8 wakes transfers that wait for another's connection when that can be shared, or when
  /// its transfer has ended: behind a stream over HTTP/1.1 that never happens.
  static bool parks_transfers() {
    static const bool parks = curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000U;
    return parks;
  }

  void unpark(const std::string& place) {
    for (auto& [id, one] : transfers_) {
      if (!one->may_wait_for_others() || place_of(*one) != place)
        continue;
      curl_multi_remove_handle(multi_.get(), one->handle());
      one->make_own_connection();
      check(curl_multi_add_handle(multi_.get(), one->handle()));
    }
  }

  static std::string place_of(const transfer& one) {
    return one.target().host + ":" + one.target().port;
  }

  static host_budgets::kind kind_of(const transfer& one) {
    return one.is_stream() ? host_budgets::kind::stream : host_budgets::kind::exchange;
  }

  /// What holds up a transfer that could not begin.
  std::string held_by(const transfer& one) const {
    const auto place = place_of(one);
    return std::to_string(budgets_.under_way(place, kind_of(one))) +
           (one.is_stream() ? " streams to " : " requests to ") + place + " are under way";
  }

  void obey(const acknowledge_command& order) {
    if (const auto found = transfers_.find(order.id); found != transfers_.end())
      found->second->acknowledge(order.bytes, clock::now());
  }

  void obey(const withdraw_command& order) {
    if (const auto found = transfers_.find(order.id); found != transfers_.end())
      drop(found);
  }

  void collect_finished() {
    int left = 0;
    while (const auto* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE)
        continue;
      // The message is valid only until its handle is removed.
      const auto code = message->data.result;
      transfer* ended = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &ended);
      if (code == CURLE_PEER_FAILED_VERIFICATION && ended->uses_roots())
        look_at_roots();
      if (ended->repeats(code)) {
        curl_multi_remove_handle(multi_.get(), ended->handle());
        check(curl_multi_add_handle(multi_.get(), ended->handle()));
        continue;
      }
      ended->finish(code, listener_);
      drop(transfers_.find(ended->id()));
    }
  }

  /// A certificate that the roots do not verify may mean that these have been replaced since. The
  /// next request uses the new ones; repeating the failed one is up to its caller.
  void look_at_roots() {
    const auto now = clock::now();
    if (!options_.changed_roots || now < roots_due_)
      return;
    roots_due_ = now + std::chrono::seconds{1};
    if (auto fresh = options_.changed_roots())
      options_.roots = std::move(fresh);
  }

  void expire(clock::time_point now) {
    // Waiting ones first, since they report what they wait for: that may end now, too.
    expire_those(now, [](const transfer& one) { return one.handle() == nullptr; });
    expire_those(now, [](const transfer&) { return true; });
  }

  template <class Which>
  void expire_those(clock::time_point now, Which which) {
    for (auto next = transfers_.begin(); next != transfers_.end();) {
      const auto current = next++;
      auto& one = *current->second;
      if (const auto due = one.due(); due && *due <= now && which(one)) {
        one.expire(listener_, one.handle() ? std::string{} : held_by(one));
        drop(current);
      }
    }
  }

  std::chrono::milliseconds sleep_from(clock::time_point now) const {
    auto sleep = longest_sleep;
    for (const auto& [id, active] : transfers_)
      if (const auto due = active->due())
        sleep = std::min(sleep, std::chrono::ceil<std::chrono::milliseconds>(*due - now));
    return std::max(sleep, std::chrono::milliseconds::zero());
  }

  using transfer_map = std::map<transfer_id, std::unique_ptr<transfer>>;

  void drop(transfer_map::iterator which) {
    budgets_.end(which->first);
    if (which->second->handle()) {
      if (which->second->is_stream()) {
        --streams_;
        keep_connections();
      }
      curl_multi_remove_handle(multi_.get(), which->second->handle());
      which->second->release();
    }
    transfers_.erase(which);
  }

  /// Always a fresh one: a handle keeps the buffer in which the last request was put together.
  static easy_handle make_handle() {
    easy_handle handle{curl_easy_init()};
    if (!handle)
      throw std::bad_alloc{};
    return handle;
  }

  void tell(driver_event event) { listener_(std::move(event)); }

  http_driver_options options_; ///< Those whose roots may be replaced.
  const listener listener_;
  host_budgets budgets_;
  std::mutex mutex_;
  std::vector<command> commands_; // guarded by mutex_
  std::atomic<bool> stopping_ = false;
  multi_handle multi_;
  transfer_map transfers_;
  long streams_ = 0;              ///< Number of streams that have begun.
  clock::time_point roots_due_{}; ///< No check for replaced roots before this.
};

http_driver::http_driver(http_driver_options options, listener tell) {
  if (!begin_curl())
    throw std::runtime_error{"libcurl cannot begin"};
  core_ = std::make_shared<core>(std::move(options), std::move(tell));
  thread_ = std::thread{[shared = core_] { shared->run(); }};
}

http_driver::~http_driver() {
  core_->stop();
  // A listener may hold the last reference to the owner: then this is the thread itself.
  if (thread_.get_id() == std::this_thread::get_id())
    thread_.detach();
  else
    thread_.join();
}

void http_driver::exchange(transfer_id id, http_request request, const http_limits& limits) {
  core_->post(start_command{id, std::move(request), limits});
}

void http_driver::open(transfer_id id, http_request request, const stream_limits& limits) {
  core_->post(start_command{id, std::move(request), limits});
}

void http_driver::acknowledge(transfer_id id, std::size_t bytes) {
  core_->post(acknowledge_command{id, bytes});
}

void http_driver::withdraw(transfer_id id) { core_->post(withdraw_command{id}); }

} // namespace acr
