// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/read_only_system.hpp"

#include <fmt/format.h>

#include "ollama_gpu/core/systemd/environment.hpp"

namespace ollama_gpu {

namespace {

// A string of the Nix language: `"`, `\` and `${` are escaped.
std::string nix_string(std::string_view value) {
  std::string text = "\"";
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool antiquotation = value[i] == '$' && i + 1 < value.size() && value[i + 1] == '{';
    if (value[i] == '"' || value[i] == '\\' || antiquotation) text += '\\';
    text += value[i];
  }
  return text + '"';
}

std::string nix_attributes(const DropIn& wanted) {
  std::string text;
  for (const DropInVariable& variable : wanted.variables) {
    text += fmt::format(" {} = {};", variable.name, nix_string(variable.value));
  }
  return text;
}

std::string nixos_hint(const DropIn& wanted) {
  return fmt::format(
      "write it into configuration.nix: services.ollama.environmentVariables = {{{} }}; and run "
      "nixos-rebuild switch",
      nix_attributes(wanted));
}

std::string image_hint(const std::string& directory) {
  return fmt::format(
      "put the drop-in into the image from which this system is made (ollama-gpu --root DIR "
      "configure ...), or make {} writable",
      directory);
}

}  // namespace

OsRelease parse_os_release(std::string_view text) {
  constexpr unsigned kAnyVersion = 254;
  OsRelease os;
  for (const Assignment& line : parse_environment_file({}, text, kAnyVersion).assignments) {
    if (line.name == "ID") os.id = line.value;
    if (line.name == "VARIANT_ID") os.variant_id = line.value;
    if (line.name == "PRETTY_NAME") os.pretty_name = line.value;
  }
  return os;
}

Error explain_read_only(Error refusal, const OsRelease& os, const std::string& directory,
                        const DropIn& wanted) {
  const std::string name = os.pretty_name.empty() ? os.id : os.pretty_name;
  if (os.id == "nixos") {
    refusal.message +=
        fmt::format("; {} generates the files below {} from its configuration", name, directory);
    refusal.hint = nixos_hint(wanted);
  } else if (os.id == "ubuntu-core") {
    refusal.message += fmt::format("; {} is read-only, and its services come from snaps", name);
    refusal.hint = "set it in the snap: snap set ollama KEY=VALUE (snap get ollama lists the keys)";
  } else {
    if (!name.empty()) refusal.message += fmt::format("; this {} keeps it read-only", name);
    refusal.hint = image_hint(directory);
  }
  return refusal;
}

}  // namespace ollama_gpu
