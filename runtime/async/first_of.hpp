#pragma once
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace runtime {

/// Asio's `a || b` and `a && b`, compiled once: each pair of types costs its file two seconds and 800 KB.
///
/// Runs both. The first success ends the other by a terminal cancellation, and its number, 0 or 1, is
/// returned once both have ended. An operation that throws is no success, and would have to wait for the
/// other one: both report failure by value.
boost::asio::awaitable<std::size_t> first_of(boost::asio::awaitable<void> a, boost::asio::awaitable<void> b);
/// Runs both to their ends.
boost::asio::awaitable<void> both(boost::asio::awaitable<void> a, boost::asio::awaitable<void> b);

/// What an awaitable of T comes to.
template <class T>
using Outcome = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
boost::asio::awaitable<void> into(boost::asio::awaitable<T> op, std::optional<Outcome<T>>& outcome) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(op);
    outcome.emplace();
  } else {
    outcome.emplace(co_await std::move(op));
  }
}

/// And what the first one came to.
template <class A, class B>
boost::asio::awaitable<std::variant<Outcome<A>, Outcome<B>>> first_of(boost::asio::awaitable<A> a,
                                                                      boost::asio::awaitable<B> b) {
  std::optional<Outcome<A>> of_a;
  std::optional<Outcome<B>> of_b;
  const auto first = co_await first_of(into(std::move(a), of_a), into(std::move(b), of_b));
  using First = std::variant<Outcome<A>, Outcome<B>>;
  if (first == 0) co_return First(std::in_place_index<0>, std::move(*of_a));
  co_return First(std::in_place_index<1>, std::move(*of_b));
}

}  // namespace runtime
