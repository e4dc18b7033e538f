#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace runtime {

/// Awaits an operation of Asio; an error is a value and not an exception.
constexpr auto use_tuple = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace runtime
