// SPDX-License-Identifier: MIT
#include "system/bus/bus_errors.hpp"

#include <unistd.h>

#include <array>
#include <string_view>

#include "system/bus/bus_call.hpp"
#include "system/files/os_error.hpp"

namespace ollama_gpu::bus {
namespace {

constexpr std::string_view kNotPermitted = "run it with sudo";

struct KnownError {
  std::string_view name;
  Errc code;
  std::string_view hint;
};

// systemd's src/libsystemd/sd-bus/bus-common-errors.h, and D-Bus's own.
constexpr std::array<KnownError, 20> kKnownErrors{{
    {"org.freedesktop.DBus.Error.AccessDenied", Errc::permission, kNotPermitted},
    {"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", Errc::permission,
     kNotPermitted},
    {"org.freedesktop.DBus.Error.AuthFailed", Errc::permission, kNotPermitted},
    {"org.freedesktop.PolicyKit1.Error.NotAuthorized", Errc::permission, kNotPermitted},
    {"System.Error.EACCES", Errc::permission, kNotPermitted},
    {"System.Error.EPERM", Errc::permission, kNotPermitted},
    {"org.freedesktop.systemd1.NoSuchUnit", Errc::not_found, ""},
    {"System.Error.ENOENT", Errc::not_found, ""},
    {"org.freedesktop.systemd1.UnitMasked", Errc::conflict, "systemctl unmask it first"},
    {"org.freedesktop.systemd1.BadUnitSetting", Errc::conflict, "systemctl status shows which"},
    {"org.freedesktop.systemd1.LoadFailed", Errc::conflict, "systemctl status shows why"},
    {"org.freedesktop.systemd1.OnlyByDependency", Errc::conflict, ""},
    {"org.freedesktop.systemd1.JobTypeNotApplicable", Errc::conflict, ""},
    {"org.freedesktop.systemd1.NoIsolation", Errc::conflict, ""},
    {"org.freedesktop.systemd1.UnitGenerated", Errc::conflict, ""},
    {"org.freedesktop.systemd1.TransactionIsDestructive", Errc::busy, ""},
    {"org.freedesktop.systemd1.TransactionJobsConflicting", Errc::busy, ""},
    {"org.freedesktop.systemd1.ShuttingDown", Errc::busy, "the machine is going down"},
    {"org.freedesktop.systemd1.JobFailed", Errc::failed, ""},
    {"org.freedesktop.DBus.Error.LimitsExceeded", Errc::busy, "wait a minute, then run it again"},
}};

std::string_view text_of(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

}  // namespace

bool is_lost(const sd_bus_error& error) {
  const std::string_view name = text_of(error.name);
  return name == "org.freedesktop.DBus.Error.NoReply" ||
         name == "org.freedesktop.DBus.Error.Disconnected" ||
         name == "org.freedesktop.DBus.Error.ServiceUnknown" ||
         name == "org.freedesktop.DBus.Error.NameHasNoOwner" || name == "System.Error.ECONNRESET" ||
         name == "System.Error.ENOTCONN";
}

bool is_rate_limited(const sd_bus_error& error) {
  return text_of(error.name) == "org.freedesktop.DBus.Error.LimitsExceeded";
}

Error bus_error(const std::string& action, const sd_bus_error& error) {
  const std::string_view name = text_of(error.name);
  const std::string_view message = text_of(error.message);
  Error result;
  result.message = "cannot " + action + ": ";
  result.message.append(message.empty() ? name : message);
  for (const KnownError& known : kKnownErrors) {
    if (known.name != name) continue;
    result.code = known.code;
    result.hint = known.hint;
    if (known.hint == kNotPermitted && geteuid() == 0) result.hint.clear();
  }
  return result;
}

Error bus_failure(const std::string& action, int result) {
  const int error_number = result < 0 ? -result : EIO;
  if (error_number == EACCES || error_number == EPERM) {
    return Error{Errc::permission, "cannot " + action + ": " + errno_text(error_number),
                 geteuid() == 0 ? "" : std::string(kNotPermitted)};
  }
  return Error{Errc::failed, "cannot " + action + ": " + errno_text(error_number)};
}

}  // namespace ollama_gpu::bus
