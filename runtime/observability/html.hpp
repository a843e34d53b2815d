/// HTML helpers shared by all parts of the status page.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>

namespace acr {

/// `text` escaped for HTML, also within an attribute's quotes.
std::string html_escaped(std::string_view text);

/// "2 d 4 h", "3 h 20 min", "14 min", "8 s"; the sign is left out.
std::string in_words(std::chrono::milliseconds span);

/// The view that the user has requested, from the page's URL.
struct page_wish {
  std::string find; ///< Part of the name of an instance, a domain, a namespace, an account.
  std::size_t instances = 1;  ///< Page of the list, from 1.
  std::size_t namespaces = 1; ///< The same.
  bool live = false;          ///< The browser should reload it periodically.
};

/// The URL of the page with that view, escaped for an attribute.
std::string address_of(const page_wish& wish);

/// Builds a document.
class html_text {
public:
  void add(std::initializer_list<std::string_view> parts) {
    for (const auto part : parts)
      text_ += part;
  }
  /// Links to the pages before and after `page` of `pages`; nothing if there is only one.
  void pages(std::string_view of, page_wish wish, std::size_t page_wish::*which, std::size_t pages);
  std::string take() { return std::move(text_); }

private:
  std::string text_;
};

} // namespace acr
