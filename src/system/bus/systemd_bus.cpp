// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/bus/systemd_bus.hpp"

#include "system/bus/bus_call.hpp"
#include "system/bus/bus_unit.hpp"

namespace ollama_gpu {
namespace {

constexpr bus::Seconds kRateLimitPatience{60};
constexpr bus::Seconds kRateLimitPause{1};

bus::Question property(const std::string& path, const char* interface, const char* name,
                       const std::string& action) {
  return {path, "Get", {interface, name}, action};
}

bus::Reply get(sd_bus* connection, const std::string& path, const char* interface, const char* name,
               const std::string& action) {
  auto replies = bus::ask(connection, {property(path, interface, name, action)});
  if (!replies) return tl::unexpected(replies.error());
  return std::move(replies->front());
}

tl::expected<ports::UnitState, bus::CallError> get_unit(sd_bus* connection,
                                                        const std::string& name) {
  const std::string action = "read the state of " + name;
  const std::string path = bus::unit_path(name);
  const auto replies = bus::ask(connection, {{path, "GetAll", {bus::kUnit}, action},
                                             {path, "GetAll", {bus::kService}, action}});
  if (!replies) return tl::unexpected(replies.error());
  ports::UnitState unit;
  for (const bus::Message& reply : *replies) {
    if (auto read = bus::read_properties(reply.get(), unit); !read) {
      return bus::no_reply(connection, read.error());
    }
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
  const auto of_manager = [](const char* name, const char* action) {
    return property(bus::kManagerPath, bus::kManager, name, action);
  };
  const auto replies = ask_twice([&] {
    return bus::ask(bus_.get(),
                    {of_manager("Version", "read systemd's version"),
                     of_manager("Environment", "read systemd's environment"),
                     of_manager("UnitPath", "read where systemd looks for units"),
                     of_manager("DefaultTimeoutStartUSec", "read systemd's start timeout"),
                     of_manager("UnitsLoadTimestamp", "read when systemd loaded its units")});
  });
  if (!replies) return plain(replies.error());
  auto version = bus::read_string_variant(replies->at(0).get());
  auto environment = bus::read_strings_variant(replies->at(1).get());
  auto unit_path = bus::read_strings_variant(replies->at(2).get());
  const auto start_timeout = bus::read_number_variant(replies->at(3).get());
  const auto loaded = bus::read_number_variant(replies->at(4).get());
  if (!version) return Failure(version.error());
  if (!environment) return Failure(environment.error());
  if (!unit_path) return Failure(unit_path.error());
  if (!start_timeout) return Failure(start_timeout.error());
  if (!loaded) return Failure(loaded.error());
  return ports::ManagerState{std::move(*version), std::move(*environment), std::move(*unit_path),
                             *start_timeout, *loaded};
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
    if (!request) return bus::no_reply(bus_.get(), request.error());
    bus::Wait wait(action, bus::kShortCall, {});
    return bus::call(bus_.get(), request->get(), wait, action);
  });
  if (!reply) return plain(reply.error());
  return {};
}

}  // namespace ollama_gpu
