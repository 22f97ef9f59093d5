// SPDX-License-Identifier: MIT
#include "live_units.hpp"

#include <systemd/sd-bus.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace ollama_gpu {
namespace {

constexpr const char* kManager = "org.freedesktop.systemd1";
constexpr const char* kManagerPath = "/org/freedesktop/systemd1";
constexpr const char* kManagerInterface = "org.freedesktop.systemd1.Manager";
constexpr const char* kUnit = "org.freedesktop.systemd1.Unit";
constexpr const char* kService = "org.freedesktop.systemd1.Service";
constexpr std::uint64_t kReloadTimeoutUsec = 180'000'000;
constexpr std::uint64_t kJobWaitUsec = 200'000;

void check(int result, const std::string& what) {
  if (result < 0) throw std::runtime_error(what + ": " + std::strerror(-result));
}

std::string read_text(sd_bus_message* message) {
  const char* value = nullptr;
  check(sd_bus_message_read(message, "s", &value), "read s");
  return value;
}

Strings read_list(sd_bus_message* message) {
  Strings result;
  check(sd_bus_message_enter_container(message, 'a', "s"), "read as");
  for (const char* value = nullptr; sd_bus_message_read(message, "s", &value) > 0;) {
    result.emplace_back(value);
  }
  check(sd_bus_message_exit_container(message), "read as");
  return result;
}

Strings read_files(sd_bus_message* message) {
  Strings result;
  check(sd_bus_message_enter_container(message, 'a', "(sb)"), "read a(sb)");
  const char* path = nullptr;
  int optional = 0;
  while (sd_bus_message_read(message, "(sb)", &path, &optional) > 0) {
    result.push_back((optional != 0 ? "-" : "") + std::string(path));
  }
  check(sd_bus_message_exit_container(message), "read a(sb)");
  return result;
}

// Takes a property's value if it is one that we compare; false leaves it unread.
bool take(const std::string& name, sd_bus_message* message, UnitFacts& facts) {
  if (name == "Id") return facts.id = read_text(message), true;
  if (name == "LoadState") return facts.load_state = read_text(message), true;
  if (name == "FragmentPath") return facts.fragment = read_text(message), true;
  if (name == "Names") return facts.names = read_list(message), true;
  if (name == "DropInPaths") return facts.drop_ins = read_list(message), true;
  if (name == "Environment") return facts.environment = read_list(message), true;
  if (name == "EnvironmentFiles") return facts.environment_files = read_files(message), true;
  if (name == "PassEnvironment") return facts.pass_environment = read_list(message), true;
  if (name == "UnsetEnvironment") return facts.unset_environment = read_list(message), true;
  return false;
}

}  // namespace

void LiveUnits::Unref::operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }

void LiveUnits::Close::operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }

LiveUnits::LiveUnits() {
  sd_bus* bus = nullptr;
  check(sd_bus_new(&bus), "sd_bus_new");
  bus_.reset(bus);
  check(sd_bus_set_address(bus, "unix:path=/run/systemd/private"), "sd_bus_set_address");
  check(sd_bus_start(bus), "sd_bus_start");
}

void LiveUnits::call(const char* method, const Strings& arguments) {
  sd_bus_message* message = nullptr;
  check(sd_bus_message_new_method_call(bus_.get(), &message, kManager, kManagerPath,
                                       kManagerInterface, method),
        method);
  const Message owned(message);
  for (const std::string& argument : arguments) {
    check(sd_bus_message_append(message, "s", argument.c_str()), method);
  }
  check(sd_bus_call(bus_.get(), message, kReloadTimeoutUsec, nullptr, nullptr), method);
}

void LiveUnits::reload() { call("Reload", {}); }

void LiveUnits::reset_failed() { call("ResetFailed", {}); }

void LiveUnits::start(const Strings& units) {
  for (const std::string& unit : units) {
    try {
      call("StartUnit", {unit, "replace"});
    } catch (const std::runtime_error&) {
      continue;  // not loaded: it leaves no environment either
    }
  }
  for (std::uint32_t jobs = 1; jobs > 0;) {
    check(sd_bus_message_read(manager_property("NJobs", "u").get(), "u", &jobs), "NJobs");
    if (jobs == 0) break;
    // A signal for every job that ends wakes it.
    check(sd_bus_wait(bus_.get(), kJobWaitUsec), "wait");
    while (sd_bus_process(bus_.get(), nullptr) > 0) {
    }
  }
}

LiveUnits::Message LiveUnits::manager_property(const char* property, const char* type) {
  sd_bus_message* reply = nullptr;
  check(sd_bus_get_property(bus_.get(), kManager, kManagerPath, kManagerInterface, property,
                            nullptr, &reply, type),
        property);
  return Message(reply);
}

// All properties in one call: a unit that nothing needs is unloaded again after each.
void LiveUnits::take_all(const std::string& object, const char* interface, UnitFacts& facts) {
  sd_bus_message* answer = nullptr;
  check(sd_bus_call_method(bus_.get(), kManager, object.c_str(), "org.freedesktop.DBus.Properties",
                           "GetAll", nullptr, &answer, "s", interface),
        object);
  const Message reply(answer);
  check(sd_bus_message_enter_container(answer, 'a', "{sv}"), object);
  while (sd_bus_message_enter_container(answer, 'e', "sv") > 0) {
    const std::string name = read_text(answer);
    const char* type = nullptr;
    check(sd_bus_message_peek_type(answer, nullptr, &type), name);
    check(sd_bus_message_enter_container(answer, 'v', type), name);
    if (!take(name, answer, facts)) check(sd_bus_message_skip(answer, type), name);
    check(sd_bus_message_exit_container(answer), name);
    check(sd_bus_message_exit_container(answer), name);
  }
}

std::string LiveUnits::version() { return read_text(manager_property("Version", "s").get()); }

Strings LiveUnits::search_path() { return read_list(manager_property("UnitPath", "as").get()); }

Strings LiveUnits::manager_environment() {
  return read_list(manager_property("Environment", "as").get());
}

UnitFacts LiveUnits::facts(const std::string& unit) {
  char* encoded = nullptr;
  check(sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit.c_str(), &encoded), unit);
  const std::string object = encoded;
  std::free(encoded);
  UnitFacts facts;
  take_all(object, kUnit, facts);
  take_all(object, kService, facts);
  std::sort(facts.names.begin(), facts.names.end());
  return facts;
}

}  // namespace ollama_gpu
