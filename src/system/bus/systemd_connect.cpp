// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <cstdlib>

#include "ollama_gpu/system/bus/systemd_bus.hpp"
#include "system/bus/bus_call.hpp"

namespace ollama_gpu {
namespace {

using Bus = SystemdBus::Bus;

// systemd's own socket: no bus daemon between, so it works at early boot too.
Result<Bus> open_private(const std::string& socket) {
  sd_bus* raw = nullptr;
  int result = sd_bus_new(&raw);
  Bus bus(raw);
  if (result >= 0) result = sd_bus_set_address(bus.get(), ("unix:path=" + socket).c_str());
  if (result >= 0) result = sd_bus_start(bus.get());
  if (result < 0) return Failure(bus::bus_failure("reach systemd at " + socket, result));
  return bus;
}

Result<Bus> open_system() {
  if (geteuid() == 0) {
    if (auto bus = open_private("/run/systemd/private")) return bus;
  }
  sd_bus* raw = nullptr;
  const int result = sd_bus_open_system(&raw);
  if (result < 0) return Failure(bus::bus_failure("reach systemd over the system bus", result));
  return Bus(raw);
}

// The address's own characters must be escaped (D-Bus specification, "Server Addresses").
std::string escaped_address(const std::string& path) {
  constexpr std::string_view kPlain =
      "-_/\\*.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string escaped;
  for (const char byte : path) {
    if (kPlain.find(byte) != std::string_view::npos) {
      escaped += byte;
      continue;
    }
    const auto value = static_cast<unsigned char>(byte);
    escaped += '%';
    escaped += kDigits[value >> 4U];
    escaped += kDigits[value & 15U];
  }
  return escaped;
}

Result<Bus> open_user() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime == nullptr || *runtime != '/') {
    return fail(Errc::failed, "cannot reach the user's systemd: XDG_RUNTIME_DIR is not set",
                "run it in a session of that user, without sudo");
  }
  if (auto bus = open_private(escaped_address(std::string(runtime) + "/systemd/private"))) {
    return bus;
  }
  sd_bus* raw = nullptr;
  const int result = sd_bus_open_user(&raw);
  if (result < 0) return Failure(bus::bus_failure("reach the user's systemd", result));
  return Bus(raw);
}

}  // namespace

void SystemdBus::Close::operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }

Result<std::unique_ptr<SystemdBus>> SystemdBus::connect(Scope scope) {
  return create(scope == Scope::system ? Connect(open_system) : Connect(open_user));
}

Result<std::unique_ptr<SystemdBus>> SystemdBus::create(Connect connect) {
  auto bus = connect();
  if (!bus) return Failure(bus.error());
  return std::unique_ptr<SystemdBus>(new SystemdBus(std::move(connect), std::move(*bus)));
}

}  // namespace ollama_gpu
