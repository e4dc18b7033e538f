#pragma once
#include <boost/asio/any_io_executor.hpp>

#include <cstdint>

namespace runtime::net {

/// A port of 127.0.0.1 for a program that must be told where to listen: nobody listened there a moment ago,
/// and this process was not given it before. It lies below those that Linux takes for connections, one of
/// which could have it before the program does. Throws where none is left.
std::uint16_t free_port(const boost::asio::any_io_executor& executor);

}  // namespace runtime::net
