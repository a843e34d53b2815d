/// Decides which connections a server keeps: many slow or silent clients must not keep a prompt one
/// out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>

namespace acr {

/// Pure: tracks connections, and chooses one to end for a new one. A connection is *waited for*
/// until its request is complete, and again once its answer is there to be taken; between the two
/// it is *at work*, and then it is never ended for another one.
class connection_book {
public:
  using id = std::uint64_t;

  struct limits {
    std::size_t all = 64;
    std::size_t of_one_peer = 16;
  };

  explicit connection_book(limits most) : most_{most} {}

  struct verdict {
    bool accepted = false;
    std::optional<id> ended; ///< To be closed: the oldest that is waited for.
  };
  /// A new connection. Above the limit per peer the oldest of that peer ends; above the total limit
  /// the oldest of all. If all are at work, the new one is not accepted.
  verdict admit(id which, const std::string& peer);
  /// Its request is complete.
  void at_work(id which);
  /// Its answer is there: it takes that, and then may send the next request.
  void waited_for(id which);
  void gone(id which);

  /// The longest-waiting one, except `other`; nothing: there is none.
  std::optional<id> oldest_but(id other) const;

  std::size_t size() const { return known_.size(); }

private:
  struct connection {
    std::string peer;
    std::optional<std::list<id>::iterator> place; ///< In `waiting_`.
  };

  std::optional<id> oldest_of(const std::string& peer) const;

  limits most_;
  std::map<id, connection> known_;
  std::map<std::string, std::size_t> of_peer_;
  std::list<id> waiting_; ///< The oldest first.
};

} // namespace acr
