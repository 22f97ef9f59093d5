// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

// A valid service unit name (src/basic/unit-name.c): "ollama.service", "ollama@gpu0.service".
class UnitName {
 public:
  // Accepts "ollama", "ollama@gpu0", "ollama.service". Anything with a slash, another suffix, or a
  // character that systemd refuses is Errc::usage; so is a template without an instance.
  static Result<UnitName> parse(std::string_view text);

  const std::string& id() const { return id_; }
  std::string prefix() const;         // "ollama"
  std::string instance() const;       // "gpu0", or ""
  std::string template_name() const;  // "ollama@.service", or ""
  bool is_instance() const { return id_.find('@') != std::string::npos; }

 private:
  explicit UnitName(std::string id) : id_(std::move(id)) {}
  std::string id_;
};

// Undoes systemd's unit-name escaping ("a\\x2db" -> "a-b", "-" -> "/").
std::string unescape_unit_name(std::string_view text);

}  // namespace ollama_gpu
