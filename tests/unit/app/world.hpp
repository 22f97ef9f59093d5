// SPDX-License-Identifier: MIT
#pragma once

#include <gmock/gmock.h>

#include <utility>

#include "app/fake_service.hpp"
#include "app/recording_messages.hpp"
#include "ollama_gpu/app/commands.hpp"

namespace ollama_gpu {

inline constexpr const char* kFragment = "/etc/systemd/system/ollama.service";
inline constexpr const char* kDirectory = "/etc/systemd/system/ollama.service.d";
inline constexpr const char* kOurs = "/etc/systemd/system/ollama.service.d/zz-ollama-gpu.conf";
inline constexpr const char* kOverride = "/etc/systemd/system/ollama.service.d/override.conf";

// The unit that Ollama's installer writes.
std::string installed_unit();

// The processes of the simulated service, and other programs' sockets.
class FakeProcesses : public ports::Processes {
 public:
  explicit FakeProcesses(FakeServiceManager& systemd) : systemd_(systemd) {}

  std::vector<std::pair<Endpoint, ports::Listener>> others = {};
  mutable int reads_before_exec = 0;  // so often it is still the manager's environment
  std::optional<Error> unreadable = {};
  std::vector<std::string> manager = {};             // PID 1's variables; none: not to be read
  bool hidden = false;                               // whose socket it is cannot be seen
  std::function<bool()> unresolved = {};             // the address has no number for us
  std::function<double()> cpu = [] { return 0.0; };  // seconds that the service has used
  std::optional<Error> cpu_unknown = {};
  std::vector<ClientConnection> connections = {};

  Result<std::vector<std::string>> environment(int pid) const override;
  Result<std::vector<int>> in_control_group(const std::string& cgroup) const override;
  std::map<int, std::string> ending = {};  // processes in no list any more, with their group
  std::string control_group(int pid) const override;
  std::string command(int pid) const override;
  Result<std::vector<ports::Listener>> listeners(const Endpoint& endpoint,
                                                 const std::string& control_group) const override;
  Result<double> cpu_time(const std::string& cgroup) const override;
  Result<std::vector<ClientConnection>> clients(const Endpoint& endpoint) const override;

 private:
  FakeServiceManager& systemd_;
};

// Ollama's API, answered by the simulated process or by whoever else listens. What is loaded goes
// with the process.
class FakeOllama : public ports::OllamaServer {
 public:
  FakeOllama(CallLog& calls, FakeServiceManager& systemd, FakeProcesses& processes)
      : calls_(calls), systemd_(systemd), processes_(processes) {}

  std::vector<ports::LoadedModel> models = {};  // in memory
  std::vector<ports::InstalledModel> models_on_disk = {};
  std::map<std::string, Error> load_fails = {};  // by model
  int load_ticks = 3;                            // how often a load calls its tick
  std::function<void()> on_load = [] {};         // a model has come into memory
  int asked = 0;

  Result<std::string> version(const ports::OllamaService& service, Seconds timeout) override;
  Result<std::vector<ports::LoadedModel>> loaded(const ports::OllamaService& service,
                                                 Seconds timeout) override;
  Result<std::vector<ports::InstalledModel>> installed(const ports::OllamaService& service,
                                                       Seconds timeout) override;
  std::map<std::string, ModelShape> shapes = {};
  Result<std::optional<ModelShape>> shape(const ports::OllamaService& service,
                                          const std::string& model, Seconds timeout) override;
  Result<void> load(const ports::OllamaService& service, const std::string& model,
                    std::optional<ports::KeepAlive> keep_alive, const Tick& tick) override;
  Result<void> unload(const ports::OllamaService& service, const std::string& model,
                      const Tick& tick) override;
  std::optional<Error> no_token = {};
  Result<void> probe(const ports::OllamaService& service, const std::string& model,
                     const Tick& tick) override;

 private:
  void forget_ended();  // the models of a process that is gone

  CallLog& calls_;
  FakeServiceManager& systemd_;
  FakeProcesses& processes_;
  std::uint32_t pid_ = 0;  // of the process that was asked last
};

// What a user asks of `configure`.
class Ask {
 public:
  Ask& gpus(std::string_view selector);
  Ask& set(std::string name, std::string value);
  Ask& off(std::string name, std::string value);
  Ask& unset(std::string name);
  Ask& exact();

  app::ConfigureOptions options = {};
};

// The article's own example: all GPUs, spread, keep alive.
Ask the_usual();

// A machine with four GPUs on which Ollama's own installer has run, and Ollama with it.
class World {
 public:
  World();

  CallLog calls = {};
  FakeClock clock = {};
  FakeFileSystem files{calls};
  FakeGpus gpus = {};
  FakeJournal journal = {};
  FakeStore store{calls};
  FakeHost host = {};
  FakeServiceManager systemd{calls, clock, files, gpus, journal};
  FakeProcesses processes{systemd};
  FakeEntry entry = {};
  FakeOllama ollama{calls, systemd, processes};
  RecordingMessages messages = {};
  app::GlobalOptions options = {};
  bool no_systemd = false;
  std::optional<Error> no_connection = {};

  app::Context context();
  app::Outcome<app::ChangeReport> configure(const Ask& ask);
  app::Outcome<app::ChangeReport> reset(const app::ChangeOptions& change = {});
  app::Outcome<app::ChangeReport> rollback(std::optional<std::uint64_t> generation = {},
                                           const app::ChangeOptions& change = {});
  // Configures, and forgets the calls and the time that it took.
  void configured(const Ask& ask);
  std::string ours() const { return files.bytes(kOurs); }
};

// The exit code of an outcome; the error is shown where it is another.
MATCHER_P(ExitsWith, code, "") {
  if (arg.error) *result_listener << arg.error->message << "; " << arg.error->hint;
  return (arg.error ? exit_code(*arg.error) : 0) == code;
}

// "level:status" of each, such as "file:ok".
std::vector<std::string> marks(const std::vector<Evidence>& evidence);

// "step path: reason" of each, one a line.
std::string text_of(const std::vector<PlanStep>& plan);

}  // namespace ollama_gpu

namespace ollama_gpu::app {

template <class Report>
void PrintTo(const Outcome<Report>& outcome, std::ostream* out) {
  *out << (outcome.error ? error_name(outcome.error->code) : "success");
}

}  // namespace ollama_gpu::app
