// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/bus/systemd_bus.hpp"

#include "system/bus/bus_call.hpp"
#include "system/bus/bus_unit.hpp"

namespace ollama_gpu {
namespace {

constexpr const char* kProperties = "org.freedesktop.DBus.Properties";
constexpr bus::Seconds kRateLimitPatience{60};
constexpr bus::Seconds kRateLimitPause{1};

bus::Reply get(sd_bus* connection, const std::string& path, const char* interface,
               const std::string& property, const std::string& action) {
  const auto request =
      bus::method_call(connection, path, kProperties, "Get", {interface, property});
  if (!request) {
    return tl::unexpected(bus::CallError{request.error(), sd_bus_is_open(connection) <= 0, false});
  }
  bus::Wait wait(action, bus::kShortCall, {});
  return bus::call(connection, request->get(), wait, action);
}

// Both questions are sent before the first answer is awaited: one round trip less.
tl::expected<ports::UnitState, bus::CallError> get_unit(sd_bus* connection,
                                                        const std::string& name) {
  const std::string action = "read the state of " + name;
  const std::string path = bus::unit_path(name);
  const auto error_of = [connection](const Error& error) {
    return tl::unexpected(bus::CallError{error, sd_bus_is_open(connection) <= 0, false});
  };
  bus::Message unit_reply;
  bus::Message service_reply;
  const auto ask_unit = bus::method_call(connection, path, kProperties, "GetAll", {bus::kUnit});
  if (!ask_unit) return error_of(ask_unit.error());
  const auto ask_service =
      bus::method_call(connection, path, kProperties, "GetAll", {bus::kService});
  if (!ask_service) return error_of(ask_service.error());
  const auto unit_slot = bus::send(connection, ask_unit->get(), unit_reply);
  if (!unit_slot) return error_of(unit_slot.error());
  const auto service_slot = bus::send(connection, ask_service->get(), service_reply);
  if (!service_slot) return error_of(service_slot.error());

  bus::Wait wait(action, bus::kShortCall, {});
  const auto both = [&] { return unit_reply != nullptr && service_reply != nullptr; };
  const bus::Waited waited = bus::process_until(connection, wait, both);
  if (waited == bus::Waited::gave_up) return error_of(wait.error());
  if (waited == bus::Waited::lost) {
    return tl::unexpected(bus::CallError{bus::bus_failure(action, -ECONNRESET), true, false});
  }
  ports::UnitState unit;
  for (bus::Message* reply : {&unit_reply, &service_reply}) {
    auto checked = bus::check_reply(connection, std::move(*reply), action);
    if (!checked) return tl::unexpected(checked.error());
    if (auto read = bus::read_properties(checked->get(), unit); !read)
      return error_of(read.error());
  }
  return unit;
}

Failure plain(const bus::CallError& error) { return Failure(error.error); }

}  // namespace

// Reading can be done again where the connection was lost in the middle (daemon-reexec).
template <class Ask>
auto SystemdBus::ask_twice(Ask ask) -> decltype(ask()) {
  auto answer = ask();
  if (answer || !answer.error().lost) return answer;
  for (int attempt = 0; attempt < 50 && !answer && answer.error().lost; ++attempt) {
    bus::Wait wait("reconnect to systemd", bus::kShortCall, {});
    auto fresh = connect_();
    if (fresh) {
      bus_ = std::move(*fresh);
      answer = ask();
    }
    if (!answer) wait.sleep(bus::Seconds(0.1));
  }
  return answer;
}

Result<ports::ManagerState> SystemdBus::manager() {
  const auto ask = [this](const char* property, const char* action) {
    return ask_twice(
        [&] { return get(bus_.get(), bus::kManagerPath, bus::kManager, property, action); });
  };
  const auto version = ask("Version", "read systemd's version");
  if (!version) return plain(version.error());
  const auto environment = ask("Environment", "read systemd's environment");
  if (!environment) return plain(environment.error());
  const auto unit_path = ask("UnitPath", "read where systemd looks for units");
  if (!unit_path) return plain(unit_path.error());
  const auto timeout = ask("DefaultTimeoutStartUSec", "read systemd's start timeout");
  if (!timeout) return plain(timeout.error());
  auto number = bus::read_string_variant(version->get());
  auto variables = bus::read_strings_variant(environment->get());
  auto directories = bus::read_strings_variant(unit_path->get());
  if (!number) return Failure(number.error());
  if (!variables) return Failure(variables.error());
  if (!directories) return Failure(directories.error());
  const auto start_timeout = bus::read_number_variant(timeout->get());
  if (!start_timeout) return Failure(start_timeout.error());
  return ports::ManagerState{std::move(*number), std::move(*variables), std::move(*directories),
                             *start_timeout};
}

Result<ports::UnitState> SystemdBus::unit(const std::string& name) {
  auto state = ask_twice([this, &name] { return get_unit(bus_.get(), name); });
  if (!state) return plain(state.error());
  if (state->job_id != 0) {
    const std::string job = "/org/freedesktop/systemd1/job/" + std::to_string(state->job_id);
    // The job may have ended by now: then its type stays unknown.
    const auto reply = get(bus_.get(), job, bus::kJob, "JobType", "read a job's type");
    if (reply) state->job_type = bus::read_string_variant(reply->get()).value_or("");
  }
  return std::move(*state);
}

Result<std::string> SystemdBus::active_state(const std::string& name) {
  const auto reply = ask_twice([this, &name] {
    return get(bus_.get(), bus::unit_path(name), bus::kUnit, "ActiveState",
               "read the state of " + name);
  });
  if (!reply && reply.error().error.code == Errc::not_found) return "inactive";
  if (!reply) return plain(reply.error());
  return bus::read_string_variant(reply->get());
}

Result<void> SystemdBus::reload(Seconds timeout, const Tick& tick) {
  const std::string action = "reload systemd's configuration";
  bus::Wait wait(action, timeout, tick);
  while (true) {
    const auto request =
        bus::method_call(bus_.get(), bus::kManagerPath, bus::kManager, "Reload", {});
    if (!request) return Failure(request.error());
    const auto reply = bus::call(bus_.get(), request->get(), wait, action);
    if (reply) return {};
    const bus::CallError& error = reply.error();
    if (error.lost) {
      // To be asked again is harmless; a connection that cannot be made again is not.
      if (auto fresh = reconnect(wait); !fresh) return fresh;
      if (!wait.sleep(bus::Seconds(0.1))) return Failure(wait.error());
      continue;
    }
    if (!error.rate_limited || wait.elapsed() > kRateLimitPatience) return plain(error);
    if (!wait.sleep(kRateLimitPause)) return Failure(wait.error());
  }
}

Result<void> SystemdBus::reconnect(bus::Wait& wait) {
  while (true) {
    auto fresh = connect_();
    if (fresh) {
      bus_ = std::move(*fresh);
      return {};
    }
    if (!wait.sleep(bus::Seconds(0.1))) return Failure(fresh.error());
  }
}

Result<void> SystemdBus::reset_failed(const std::string& unit) {
  const std::string action = "reset the failed state of " + unit;
  const auto reply = ask_twice([&]() -> bus::Reply {
    const auto request =
        bus::method_call(bus_.get(), bus::kManagerPath, bus::kManager, "ResetFailedUnit", {unit});
    if (!request) {
      return tl::unexpected(
          bus::CallError{request.error(), sd_bus_is_open(bus_.get()) <= 0, false});
    }
    bus::Wait wait(action, bus::kShortCall, {});
    return bus::call(bus_.get(), request->get(), wait, action);
  });
  if (!reply) return plain(reply.error());
  return {};
}

}  // namespace ollama_gpu
