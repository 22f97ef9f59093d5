// SPDX-License-Identifier: MIT
#include "core/systemd/value_rules.hpp"

#include <algorithm>

#include "core/text/ascii.hpp"
#include "ollama_gpu/core/systemd/environment.hpp"
#include "ollama_gpu/core/text/utf8.hpp"

namespace ollama_gpu {
namespace {

constexpr std::size_t kPathMax = 4096;  // with the NUL at its end
constexpr std::size_t kFileNameMax = 255;
// "/.." is "/": path_simplify() of 257 knows that, of 252 does not.
constexpr unsigned kVersionOfRootsParent = 257;

}  // namespace

bool is_variable_name(std::string_view name) {
  if (name.empty() || is_digit(name.front())) return false;
  return std::ranges::all_of(name, [](char c) { return is_letter_or_digit(c) || c == '_'; });
}

bool is_environment_assignment(std::string_view text) {
  const std::size_t equals = text.find('=');
  return equals != std::string_view::npos && is_variable_name(text.substr(0, equals)) &&
         is_valid_utf8(text.substr(equals + 1));
}

bool is_safe_string(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < ' ' || byte == 0x7F || c == '"' || c == '\'' || c == '\\';
  });
}

bool is_valid_path(std::string_view path) {
  std::size_t length = 0;  // of a component
  for (const char c : path) {
    length = c == '/' ? 0 : length + 1;
    if (length > kFileNameMax) return false;
  }
  return !path.empty() && path.size() < kPathMax;
}

bool is_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.size() <= kFileNameMax &&
         name.find('/') == std::string_view::npos;
}

std::optional<std::string> simplify_path(std::string_view path, unsigned systemd_version) {
  if (path.empty() || path.front() != '/' || !is_valid_utf8(path)) return std::nullopt;
  std::string result;
  while (!path.empty()) {
    const std::size_t begin = std::min(path.find_first_not_of('/'), path.size());
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view name = path.substr(begin, end - begin);
    path.remove_prefix(end);
    if (name.empty() || name == ".") continue;
    if (name == ".." && result.empty() && systemd_version >= kVersionOfRootsParent) continue;
    if (name == ".." || name.size() > kFileNameMax) return std::nullopt;
    result.append("/").append(name);
  }
  if (result.size() >= kPathMax) return std::nullopt;
  return result.empty() ? "/" : result;
}

}  // namespace ollama_gpu
