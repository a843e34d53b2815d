#include "runtime/observability/html.hpp"

#include <cstdlib>

#include "protocol/aliyun/signature.hpp"

namespace acr {

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    case '\'':
      out += "&#39;";
      break;
    default:
      out += c;
    }
  }
  return out;
}

std::string in_words(std::chrono::milliseconds span) {
  const auto total = std::abs(std::chrono::duration_cast<std::chrono::seconds>(span).count());
  if (total >= 86400)
    return std::to_string(total / 86400) + " d " + std::to_string(total % 86400 / 3600) + " h";
  if (total >= 3600)
    return std::to_string(total / 3600) + " h " + std::to_string(total % 3600 / 60) + " min";
  if (total >= 60)
    return std::to_string(total / 60) + " min";
  return std::to_string(total) + " s";
}

std::string address_of(const page_wish& wish) {
  std::string out = "/";
  const auto add = [&out](std::string_view key, const std::string& value) {
    out.append(out.size() == 1 ? "?" : "&amp;").append(key).append("=").append(value);
  };
  if (!wish.find.empty())
    add("find", aliyun::percent_encode(wish.find));
  if (wish.instances > 1)
    add("instances", std::to_string(wish.instances));
  if (wish.namespaces > 1)
    add("namespaces", std::to_string(wish.namespaces));
  if (wish.live)
    add("live", "1");
  return out;
}

void html_text::pages(std::string_view of, page_wish wish, std::size_t page_wish::*which,
                      std::size_t pages) {
  if (pages < 2)
    return;
  const auto page = wish.*which;
  const auto link = [&](std::size_t to, std::string_view text) {
    wish.*which = to;
    add({"<a href=\"", address_of(wish), "\">", text, "</a>"});
  };
  add({"<nav aria-label=\"Pages of ", of, "\">"});
  if (page > 1)
    link(page - 1, "previous");
  add({"<span>page ", std::to_string(page), " of ", std::to_string(pages), "</span>"});
  if (page < pages)
    link(page + 1, "next");
  add({"</nav>\n"});
}

} // namespace acr
