// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/fake_files.hpp"
#include "app/fakes.hpp"
#include "ollama_gpu/core/ollama/ollama_host.hpp"
#include "ollama_gpu/core/systemd/unit_snapshot.hpp"
#include "ollama_gpu/ports/service_manager.hpp"

namespace ollama_gpu {

// What becomes of a process of the service after some looks at it (calls of unit()).
enum class Fate {
  healthy,
  silent,                 // never listens
  hangs,                  // listens, never answers
  crashes,                // with Restart=no: failed
  crash_loops,            // with Restart=always: waits for its automatic restart
  crashes_slowly,         // still being cleaned up: deactivating, with a result
  crashes_between_reads,  // its state is still the former one, its exit is known
  comes_back,             // systemd has restarted it already
  loses_main,             // active without a main process
  start_limit,            // failed, start-limit-hit
  stopped,                // someone's systemctl stop
  restarted,              // someone's systemctl restart, seen half done and then done
};

// One start of the service, as a test scripts it.
struct Start {
  Fate fate = Fate::healthy;
  int after_looks = 0;
  std::string job = "done";
  std::optional<Error> refused = {};  // the call itself fails
  double answers_after = 0.3;         // seconds
  bool on_cpu = false;                // it finds no GPU
};

// The running process of the service.
struct FakeProcess {
  std::uint32_t pid = 0;
  std::string invocation_id = {};
  std::map<std::string, std::string> environment = {};
  Endpoint endpoint = {};
  double answers_at = 0;
};

// A small systemd with one service: it reads the fake file tree when it is told to reload, and a
// start gives a process with the environment that it has loaded then.
class FakeServiceManager : public ports::ServiceManager {
 public:
  FakeServiceManager(CallLog& calls, FakeClock& clock, FakeFileSystem& files, FakeGpus& gpus,
                     FakeJournal& journal);

  // Scripts.
  std::deque<Start> starts = {};                        // the next ones; then healthy ones
  std::deque<std::optional<Error>> reloads = {};        // the next ones; then without an error
  std::function<void(ports::UnitState&)> distort = {};  // what systemd says of the unit
  std::map<std::string, std::string> other_units = {};  // name -> ActiveState
  int job_ends_after = 0;                               // looks; 0: never
  std::optional<Error> unit_fails = {};
  std::optional<Error> version_fails = {};
  std::vector<std::string> unit_path = {};  // empty: as the context has it

  // Somebody else's doings: nothing of this is logged.
  void boot();                     // loads the files and starts the service
  void load();                     // as daemon-reload
  void halt(bool failed = false);  // the service is down
  void queue_job(const std::string& type);
  ports::UnitState& state() { return state_; }
  std::optional<FakeProcess>& process() { return process_; }
  bool listens() const;
  bool answers() const { return listens() && fate_ != Fate::hangs; }
  std::string environment(const std::string& name) const;  // of the process; "(none)"

  Result<ports::ManagerState> manager() override;
  Result<ports::UnitState> unit(const std::string& name) override;
  Result<std::string> active_state(const std::string& name) override;
  Result<void> reload(Seconds timeout, const Tick& tick) override;
  Result<void> reset_failed(const std::string& unit) override;
  Result<ports::JobResult> run(ports::Job job, const std::string& unit, Seconds timeout,
                               const Tick& tick) override;

 private:
  Result<ports::JobResult> run_job(const Tick& tick);
  bool wait(double seconds, const Tick& tick);
  void spawn();
  void look();
  void strike();
  void end_process(const std::string& active, const std::string& sub, const std::string& result);
  void write_journal();
  bool is_stale() const;
  bool is_stale_now();
  // Every moment is later than the one before.
  std::uint64_t time_usec() {
    return static_cast<std::uint64_t>(clock_.unix_seconds()) * 1'000'000 + ++moments_;
  }

  CallLog& calls_;
  FakeClock& clock_;
  FakeFileSystem& files_;
  FakeGpus& gpus_;
  FakeJournal& journal_;
  ports::UnitState state_ = {};
  UnitSnapshot loaded_ = {};
  std::optional<FakeProcess> process_ = {};
  Start start_ = {};
  Fate fate_ = Fate::healthy;
  int looks_ = 0;
  std::uint32_t next_pid_ = 1000;
  std::uint64_t moments_ = 0;
  std::uint64_t loaded_usec_ = 0;
  bool stale_ = false;             // as of
  std::optional<unsigned> known_;  // this state of the tree
};

}  // namespace ollama_gpu
