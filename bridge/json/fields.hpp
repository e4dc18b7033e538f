#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace bridge::json {

/// Reads the fields of one JSON object and remembers the first that is missing or of the wrong type: a
/// decoder reads all it needs and asks once, at the end, whether the message held it. For rare, small
/// messages. Holds references: the tree and the owner of `problem` outlive it.
class Fields {
 public:
  /// The whole message; writes what is wrong into `problem`, once.
  Fields(const nlohmann::json& object, std::string& problem);

  /// Fields that must be there. A failed read returns an empty value.
  std::string text(std::string_view key) const;
  /// Never negative: neither provider has lengths, times or counts below zero.
  std::int64_t integer(std::string_view key) const;
  /// Also for an object that is missing: its fields then fail in their turn, without a second complaint.
  Fields object(std::string_view key) const;

  /// Fields that may be missing or null; another type is a problem all the same.
  std::string optional_text(std::string_view key) const;
  std::int64_t optional_integer(std::string_view key) const;
  Fields optional_object(std::string_view key) const;
  std::map<std::string, std::string> optional_texts(std::string_view key) const;
  /// An array, or an empty one.
  const nlohmann::json& optional_array(std::string_view key) const;

  /// Present, and null.
  bool is_null(std::string_view key) const;
  bool ok() const;

 private:
  Fields(const nlohmann::json& object, std::string path, std::string& problem);
  const nlohmann::json* find(std::string_view key) const;
  void complain(std::string_view key, std::string_view expected) const;

  const nlohmann::json& object_;
  std::string path_;  // "session.audio." or empty
  std::string& problem_;
};

}  // namespace bridge::json
