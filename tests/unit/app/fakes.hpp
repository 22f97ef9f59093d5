// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/call_log.hpp"
#include "ollama_gpu/ports/clock.hpp"
#include "ollama_gpu/ports/entry_proxy.hpp"
#include "ollama_gpu/ports/gpu_inventory.hpp"
#include "ollama_gpu/ports/host.hpp"
#include "ollama_gpu/ports/journal.hpp"
#include "ollama_gpu/ports/state_store.hpp"

// Fakes that hold state. None of them touches the machine.
namespace ollama_gpu {

// Virtual time: sleeping takes none. What is due runs when its time has come.
class FakeClock : public ports::Clock {
 public:
  void at(double time, std::function<void()> run) { events_.emplace(time, std::move(run)); }
  void in(double seconds, std::function<void()> run) { at(now_ + seconds, std::move(run)); }
  // Before the sleep of that number, from 1.
  void at_sleep(int number, std::function<void()> run) { at_sleep_[number] = std::move(run); }
  void raise(int signal);  // the first one stays
  void advance(double seconds);
  int sleeps() const { return sleeps_; }

  Seconds now() const override { return Seconds(now_); }
  std::int64_t unix_seconds() const override;
  void sleep(Seconds duration) override;  // a signal that comes during it ends it
  int pending_signal() const override { return signal_; }

 private:
  bool run_next(double end);  // the next event up to then; false when there is none

  double now_ = 1000;
  int sleeps_ = 0;
  int signal_ = 0;
  int raised_ = 0;
  std::multimap<double, std::function<void()>> events_ = {};
  std::map<int, std::function<void()>> at_sleep_ = {};
};

// Keeps generations of one unit in memory.
class FakeStore : public ports::StateStore {
 public:
  explicit FakeStore(CallLog& calls) : calls_(calls) {}

  std::vector<ports::Generation> generations = {};
  std::optional<Error> locked = {};  // lock() fails with it
  std::optional<Error> store_fails = {};
  std::optional<Error> list_fails = {};
  bool held = false;
  std::vector<std::string> locks = {};  // the ids that were locked

  // The generation's result, from the last one back.
  std::string last_result() const;

  Result<std::unique_ptr<ports::Lock>> lock(const std::string& unit_id, Seconds timeout,
                                            const OnWait& on_wait) override;
  Result<std::uint64_t> store(const ports::Generation& generation) override;
  Result<void> set_result(const std::string& unit_id, std::uint64_t id,
                          ports::GenerationResult result) override;
  Result<std::vector<ports::Generation>> list(const std::string& unit_id,
                                              std::vector<std::string>& damaged) const override;

 private:
  CallLog& calls_;
};

class FakeHost : public ports::Host {
 public:
  bool running = true;
  bool root = true;
  SpecifierTable table = {{'h', "/root"}, {'m', "0123456789abcdef0123456789abcdef"}};

  SpecifierTable specifiers() const override { return table; }
  bool systemd_running() const override { return running; }
  bool is_root() const override { return root; }
  unsigned user_id() const override { return root ? 0 : 1000; }
  unsigned group_id() const override { return root ? 0 : 1000; }
  std::string program = "/usr/bin/ollama-gpu";
  Result<std::string> own_program() const override { return program; }
};

// Four cards of 48 GB, as nvidia-smi shows them.
Inventory four_gpus();

class FakeGpus : public ports::GpuInventory {
 public:
  Inventory inventory = four_gpus();
  // What the drivers show once they are asked anew; until then the inventory stays.
  std::optional<Inventory> later = {};
  std::map<std::string, std::string> obstacles = {};  // by UUID
  int started_over = 0;

  bool kernel_tells = false;  // who is there, without figures
  mutable int lists = 0;

  Inventory list() const override {
    ++lists;
    return inventory;
  }
  Inventory identify() const override {
    if (!kernel_tells) return list();
    Inventory known = inventory;
    known.names_only = true;
    for (Gpu& gpu : known.gpus) {
      gpu.memory_total = gpu.memory_used = std::nullopt;
      gpu.mig_enabled = false;
      gpu.mig.clear();
    }
    return known;
  }
  void start_over() override {
    ++started_over;
    if (later) inventory = *later;
  }
  std::string obstacle(const Gpu& gpu) const override {
    const auto found = obstacles.find(gpu.uuid);
    return found == obstacles.end() ? "" : found->second;
  }
};

// HAProxy as a program, where one is installed; none runs.
class FakeEntry : public ports::EntryProxy {
 public:
  std::string installed = {};  // its path
  std::string says = {};       // of its version

  Result<std::string> program() const override {
    if (installed.empty()) return fail(Errc::not_found, "cannot find HAProxy");
    return installed;
  }
  Result<std::string> version(const std::string& /*program*/) const override { return says; }
  Result<void> check(const std::string& /*program*/, const std::string& /*config*/,
                     const std::string& /*includes*/,
                     const std::string& /*credentials*/) const override {
    return {};
  }
  Result<ProxyState> look(const std::string& socket) const override {
    return fail(Errc::not_found, "nobody at " + socket);
  }
  Result<void> set_state(const std::string& socket, const std::string& /*backend*/,
                         const std::string& /*server*/, const std::string& /*state*/) override {
    return fail(Errc::not_found, "nobody at " + socket);
  }
};

class FakeJournal : public ports::Journal {
 public:
  std::map<std::string, ports::JournalLines> runs = {};  // by invocation id
  std::string reason = {};                               // why there are no lines
  bool deaf = false;                                     // it knows the lines of no run
  // Lines whose run journald does not know, with when they were written.
  std::vector<std::pair<std::int64_t, std::string>> strays = {};
  std::optional<Error> broken = {};
  mutable bool behind = false;  // journald has not written the newest line yet
  bool can_catch_up = true;     // journald may be asked to write what it has

  bool catch_up(const std::string& /*log_namespace*/) const override {
    if (can_catch_up) behind = false;
    return can_catch_up;
  }
  Result<std::string> from_start(const ports::UnitRun& run,
                                 const ports::TakeLine& take) const override;
  Result<ports::JournalLines> newest(const ports::UnitRun& run, std::size_t limit) const override;
  Result<ports::JournalLines> recent(const ports::UnitRun& run, std::int64_t since,
                                     std::size_t limit) const override;
};

}  // namespace ollama_gpu
