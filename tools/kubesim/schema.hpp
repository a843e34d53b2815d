/// The fields of objects: reads JSON as the server's types do, and defines how lists merge.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace acr::kubesim {

struct structure;

struct type {
  enum class shape { text, number, flag, bytes, time, micro_time, any, structure, list, map };
  shape what = shape::any;
  const structure* of = nullptr;       ///< Of a structure.
  std::shared_ptr<const type> element; ///< Of a list or map.
  std::string key;                     ///< A list whose items are identified by this member.
  bool set = false;                    ///< A list whose items are values, each once.
  bool atomic = false;                 ///< Has one owner as a whole.
  bool pointer = false;                ///< Absent and zero are different.
  bool always = false;                 ///< Written even if it is zero.
  bool wide = false;                   ///< A number of 64 bits.

  /// Owned as a whole: scalars, atomic lists, maps and structures.
  bool leaf() const noexcept;
};

struct field {
  std::string name;
  type is;
};

struct structure {
  std::string name;
  std::vector<field> fields;

  const type* find(std::string_view member) const noexcept;
};

/// All structures, by name.
const std::map<std::string, structure, std::less<>>& structures();
const structure& structure_of(std::string_view name);

/// Why a document cannot be read as that type.
struct unreadable {
  std::string message;
  bool by_time = false; ///< Reported by the type of times, not by the JSON reader.
};

/// The object as the server would write it after reading it: unknown members are dropped (and
/// reported in `unknown`, by their paths), empty ones too, the order is that of the type. Throws
/// unreadable.
boost::json::object read_as(const structure& what, const boost::json::object& from,
                            std::vector<std::string>* unknown = nullptr);

/// Stores empty lists that are always written as null.
void forget_empty_lists(const structure& what, boost::json::object& object);

/// Paths of members that the type does not know (".data.x"), for server-side apply.
std::vector<std::string> undeclared(const structure& what, const boost::json::object& from);

} // namespace acr::kubesim
