// SPDX-License-Identifier: MIT
#include "system/bus/bus_unit.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ollama_gpu::bus {
namespace {

using ports::UnitState;

// Readers of a variant's content: a negative errno, or not. The message stands inside the variant.

int read_value(sd_bus_message* message, std::string& value) {
  const char* text = nullptr;
  const int result = sd_bus_message_read_basic(message, 's', static_cast<void*>(&text));
  if (result > 0) value = text;
  return result;
}

int read_value(sd_bus_message* message, bool& value) {
  int number = 0;
  const int result = sd_bus_message_read_basic(message, 'b', &number);
  value = number != 0;
  return result;
}

int read_value(sd_bus_message* message, std::uint32_t& value) {
  return sd_bus_message_read_basic(message, 'u', &value);
}
int read_value(sd_bus_message* message, std::int32_t& value) {
  return sd_bus_message_read_basic(message, 'i', &value);
}
int read_value(sd_bus_message* message, std::uint64_t& value) {
  return sd_bus_message_read_basic(message, 't', &value);
}

// Calls `read_one` for each element of an array until it says 0 (the end) or fails.
template <class ReadOne>
int read_array(sd_bus_message* message, const char* contents, ReadOne read_one) {
  int result = sd_bus_message_enter_container(message, 'a', contents);
  while (result > 0) result = read_one();
  return result < 0 ? result : sd_bus_message_exit_container(message);
}

int read_value(sd_bus_message* message, std::vector<std::string>& value) {
  return read_array(message, "s", [&] {
    std::string word;
    const int result = read_value(message, word);
    if (result > 0) value.push_back(std::move(word));
    return result;
  });
}

// a(sasbttttuii): path, argv, ignore failure, four times, pid, code, status
int read_value(sd_bus_message* message, std::vector<std::vector<std::string>>& value) {
  return read_array(message, "(sasbttttuii)", [&] {
    int result = sd_bus_message_enter_container(message, 'r', "sasbttttuii");
    if (result <= 0) return result;
    result = sd_bus_message_skip(message, "s");
    std::vector<std::string> words;
    if (result >= 0) result = read_value(message, words);
    if (result >= 0) result = sd_bus_message_skip(message, "bttttuii");
    if (result < 0) return result;
    value.push_back(std::move(words));
    return sd_bus_message_exit_container(message);
  });
}

int read_invocation_id(sd_bus_message* message, UnitState& unit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const void* data = nullptr;
  std::size_t size = 0;
  const int result = sd_bus_message_read_array(message, 'y', &data, &size);
  if (result < 0) return result;
  const auto* bytes = static_cast<const unsigned char*>(data);
  unit.invocation_id.clear();
  for (std::size_t i = 0; i < size && i < 16; ++i) {
    unit.invocation_id += kDigits[bytes[i] >> 4U];
    unit.invocation_id += kDigits[bytes[i] & 15U];
  }
  return 1;
}

int read_job(sd_bus_message* message, UnitState& unit) {
  int result = sd_bus_message_enter_container(message, 'r', "uo");
  if (result >= 0) result = read_value(message, unit.job_id);
  if (result >= 0) result = sd_bus_message_skip(message, "o");
  return result < 0 ? result : sd_bus_message_exit_container(message);
}

template <auto Field>
int read_field(sd_bus_message* message, UnitState& unit) {
  return read_value(message, unit.*Field);
}

struct Property {
  std::string_view name;
  const char* type;
  int (*read)(sd_bus_message*, UnitState&);
};

// Names and types: org.freedesktop.systemd1(5); the same from systemd 245 to 262.
constexpr std::array<Property, 29> kProperties{{
    {"Id", "s", read_field<&UnitState::id>},
    {"LoadState", "s", read_field<&UnitState::load_state>},
    {"ActiveState", "s", read_field<&UnitState::active_state>},
    {"SubState", "s", read_field<&UnitState::sub_state>},
    {"FragmentPath", "s", read_field<&UnitState::fragment_path>},
    {"DropInPaths", "as", read_field<&UnitState::drop_in_paths>},
    {"NeedDaemonReload", "b", read_field<&UnitState::need_daemon_reload>},
    {"CanStart", "b", read_field<&UnitState::can_start>},
    {"CanStop", "b", read_field<&UnitState::can_stop>},
    {"ConditionResult", "b", read_field<&UnitState::condition_result>},
    {"InvocationID", "ay", read_invocation_id},
    {"Job", "(uo)", read_job},
    {"RequiredBy", "as", read_field<&UnitState::required_by>},
    {"BoundBy", "as", read_field<&UnitState::bound_by>},
    {"ConsistsOf", "as", read_field<&UnitState::consists_of>},
    {"ActiveEnterTimestamp", "t", read_field<&UnitState::active_enter_usec>},
    {"MainPID", "u", read_field<&UnitState::main_pid>},
    {"Result", "s", read_field<&UnitState::result>},
    {"NRestarts", "u", read_field<&UnitState::n_restarts>},
    {"ExecMainCode", "i", read_field<&UnitState::exec_main_code>},
    {"ExecMainStatus", "i", read_field<&UnitState::exec_main_status>},
    {"ControlGroup", "s", read_field<&UnitState::control_group>},
    {"TimeoutStartUSec", "t", read_field<&UnitState::timeout_start_usec>},
    {"TimeoutStopUSec", "t", read_field<&UnitState::timeout_stop_usec>},
    {"Environment", "as", read_field<&UnitState::environment>},
    {"UnsetEnvironment", "as", read_field<&UnitState::unset_environment>},
    {"ExecStartPre", "a(sasbttttuii)", read_field<&UnitState::exec_start_pre>},
    {"LogNamespace", "s", read_field<&UnitState::log_namespace>},
    {"StandardError", "s", read_field<&UnitState::standard_error>},
}};

// Reads the variant that comes next, or skips it when nobody wants it.
int read_property(sd_bus_message* message, std::string_view name, UnitState& unit) {
  const auto* known = std::ranges::find(kProperties, name, &Property::name);
  char kind = 0;
  const char* type = nullptr;
  int result = sd_bus_message_peek_type(message, &kind, &type);
  if (result < 0) return result;
  if (known == kProperties.end() || kind != 'v' || std::string_view(type) != known->type) {
    return sd_bus_message_skip(message, "v");
  }
  result = sd_bus_message_enter_container(message, 'v', known->type);
  if (result >= 0) result = known->read(message, unit);
  return result < 0 ? result : sd_bus_message_exit_container(message);
}

}  // namespace

Result<void> read_properties(sd_bus_message* reply, ports::UnitState& unit) {
  const int result = read_array(reply, "{sv}", [&] {
    int entry = sd_bus_message_enter_container(reply, 'e', "sv");
    if (entry <= 0) return entry;
    const char* name = nullptr;
    entry = sd_bus_message_read_basic(reply, 's', static_cast<void*>(&name));
    if (entry >= 0) entry = read_property(reply, name, unit);
    return entry < 0 ? entry : sd_bus_message_exit_container(reply);
  });
  if (result < 0) return Failure(bus_failure("read the unit's properties", result));
  return {};
}

template <class Value>
Result<Value> read_variant(sd_bus_message* reply, const char* type) {
  Value value;
  int result = sd_bus_message_enter_container(reply, 'v', type);
  if (result >= 0) result = read_value(reply, value);
  if (result < 0) return Failure(bus_failure("read a property", result));
  return value;
}

Result<std::string> read_string_variant(sd_bus_message* reply) {
  return read_variant<std::string>(reply, "s");
}

Result<std::uint64_t> read_number_variant(sd_bus_message* reply) {
  return read_variant<std::uint64_t>(reply, "t");
}

Result<std::vector<std::string>> read_strings_variant(sd_bus_message* reply) {
  return read_variant<std::vector<std::string>>(reply, "as");
}

}  // namespace ollama_gpu::bus
