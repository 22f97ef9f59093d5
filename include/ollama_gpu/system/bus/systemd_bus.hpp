// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ollama_gpu/ports/service_manager.hpp"

struct sd_bus;

namespace ollama_gpu {

namespace bus {
class JobWatch;
class Wait;
}  // namespace bus

// systemd's manager over D-Bus (sd-bus), as systemctl reaches it: root by systemd's own socket
// /run/systemd/private, so that no bus daemon is needed; anyone else by the system bus; the user's
// manager by $XDG_RUNTIME_DIR/systemd/private. Connecting is in systemd_connect.cpp, starting and
// waiting for jobs in systemd_job.cpp.
class SystemdBus final : public ports::ServiceManager {
 public:
  enum class Scope { system, user };
  struct Close {
    void operator()(sd_bus* bus) const;
  };
  using Bus = std::unique_ptr<sd_bus, Close>;
  // Makes a started connection. Called again when the connection was lost (daemon-reexec).
  using Connect = std::function<Result<Bus>()>;

  // In systemd_connect.cpp: Errc::permission, or Errc::failed where no systemd answers.
  static Result<std::unique_ptr<SystemdBus>> connect(Scope scope);
  static Result<std::unique_ptr<SystemdBus>> create(Connect connect);

  Result<ports::ManagerState> manager() override;
  Result<ports::UnitState> unit(const std::string& name) override;
  Result<std::string> active_state(const std::string& name) override;
  Result<void> reload(Seconds timeout, const Tick& tick) override;
  Result<void> reset_failed(const std::string& unit) override;
  // In systemd_job.cpp.
  Result<ports::JobResult> run(ports::Job job, const std::string& unit, Seconds timeout,
                               const Tick& tick) override;

 private:
  SystemdBus(Connect connect, Bus bus) : connect_(std::move(connect)), bus_(std::move(bus)) {}

  template <class Ask>
  auto ask_twice(Ask ask) -> decltype(ask());
  Result<void> reconnect(bus::Wait& wait);
  Result<ports::JobResult> await_job(const std::string& unit_name, const std::string& job,
                                     const bus::JobWatch& watch, bus::Wait& wait);
  Result<ports::JobResult> poll_job(const std::string& unit_name, std::uint32_t job,
                                    bus::Wait& wait);

  Connect connect_;
  Bus bus_;
};

}  // namespace ollama_gpu
