// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/drop_in.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ollama_gpu/core/text/utf8.hpp"

namespace ollama_gpu {

namespace {

template <class Variables>
auto find_variable(Variables& variables, std::string_view name) {
  return std::ranges::find(variables, name, &DropInVariable::name);
}

void append_escaped(std::string& out, char byte) {
  const auto code = static_cast<unsigned char>(byte);
  if (byte == '%') {
    out += "%%";
  } else if (byte == '\\' || byte == '"') {
    out += '\\';
    out += byte;
  } else if (code < 0x20 || code == 0x7f) {
    out += fmt::format("\\x{:02x}", code);
  } else {
    out += byte;
  }
}

}  // namespace

const DropInVariable* DropIn::find(std::string_view name) const {
  const auto found = find_variable(variables, name);
  return found == variables.end() ? nullptr : &*found;
}

DropInVariable* DropIn::find(std::string_view name) {
  const auto found = find_variable(variables, name);
  return found == variables.end() ? nullptr : &*found;
}

void DropIn::put(DropInVariable variable) {
  if (auto* existing = find(variable.name)) {
    *existing = std::move(variable);
  } else {
    variables.push_back(std::move(variable));
  }
}

bool DropIn::remove(std::string_view name) {
  return std::erase_if(variables,
                       [&](const DropInVariable& variable) { return variable.name == name; }) > 0;
}

std::string quote_assignment(std::string_view name, std::string_view value) {
  std::string out = "\"";
  out += name;
  out += '=';
  for (const char byte : value) append_escaped(out, byte);
  out += '"';
  return out;
}

Result<void> check_carriable(std::string_view name, std::string_view value) {
  if (!is_variable_name(name)) {
    const std::string_view before = name.substr(0, name.find('='));
    return fail(Errc::usage,
                fmt::format("'{}' is not a name that systemd accepts for a variable", name),
                before != name && is_variable_name(before)
                    ? fmt::format("the name alone: {}", before)
                    : "a name has letters, digits and '_', and does not start with a digit");
  }
  if (value.find('\0') != std::string_view::npos) {
    return fail(Errc::usage, fmt::format("the value of {} contains a NUL byte", name),
                "no environment variable can hold one");
  }
  if (const auto offset = first_invalid_utf8(value)) {
    return fail(Errc::usage,
                fmt::format("the value of {} is not valid UTF-8 at byte {}", name, *offset + 1),
                "systemd drops such a line; write the value in UTF-8");
  }
  const std::size_t size = name.size() + 1 + value.size();
  if (size > kMaxAssignment) {
    return fail(Errc::usage,
                fmt::format("{} would be {} bytes long, but a process can be given at most {}",
                            name, size, kMaxAssignment),
                "the service would fail to start with it (execve: argument list too long)");
  }
  return {};
}

}  // namespace ollama_gpu
