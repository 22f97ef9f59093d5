// SPDX-License-Identifier: MIT
#include "app/fake_service.hpp"

#include "app/ollama_lines.hpp"
#include "core/systemd/words.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"

namespace ollama_gpu {

namespace {

constexpr const char* kUnit = "ollama.service";
constexpr std::uint64_t kDefaultTimeout = 90'000'000;
constexpr const char* kControlGroup = "/system.slice/ollama.service";

SnapshotInput snapshot_input() {
  SnapshotInput input;
  input.search_path = system_search_path();
  return input;
}

std::string invocation_of(std::uint32_t pid) {
  const std::string digits = std::to_string(pid);
  return std::string(32 - digits.size(), 'a') + digits;
}

}  // namespace

FakeServiceManager::FakeServiceManager(CallLog& calls, FakeClock& clock, FakeFileSystem& files,
                                       FakeGpus& gpus, FakeJournal& journal)
    : calls_(calls), clock_(clock), files_(files), gpus_(gpus), journal_(journal) {
  files_.now = [this] { return time_usec(); };
  state_.id = kUnit;
  state_.timeout_stop_usec = 90'000'000;
  state_.standard_error = "journal";
  end_process("inactive", "dead", "success");
}

void FakeServiceManager::boot() {
  load();
  spawn();
  clock_.advance(10);
}

void FakeServiceManager::load() {
  auto snapshot = take_snapshot(files_, snapshot_input(), *UnitName::parse(state_.id));
  if (!snapshot) return;
  loaded_ = std::move(*snapshot);
  loaded_usec_ = time_usec();
  known_.reset();
  state_.load_state = loaded_.on_disk.load_state == LoadState::loaded ? "loaded" : "error";
  state_.fragment_path = loaded_.on_disk.fragment;
  state_.drop_in_paths = loaded_.on_disk.drop_ins;
  state_.environment = environment_strings(loaded_.environment);
  state_.unset_environment.clear();
  for (const NamedSource& name : loaded_.environment.unset_environment) {
    state_.unset_environment.push_back(name.text);
  }
  state_.timeout_start_usec = start_timeout_of(loaded_, kDefaultTimeout);
  state_.exec_start_pre.clear();
  for (const ExecCommand& command : exec_commands_of(loaded_, "ExecStartPre")) {
    std::vector<std::string>& words = state_.exec_start_pre.emplace_back();
    for (const Word& word : split_words(command.text, Escapes::c_style).words) {
      words.push_back(word.text);
    }
    if (!words.empty()) words.front() = command.program;
  }
}

void FakeServiceManager::halt(bool failed) {
  end_process(failed ? "failed" : "inactive", failed ? "failed" : "dead",
              failed ? "exit-code" : "success");
}

void FakeServiceManager::queue_job(const std::string& type) {
  state_.job_id = 77;
  state_.job_type = type;
}

bool FakeServiceManager::listens() const {
  return process_ && fate_ != Fate::silent && clock_.now().count() >= process_->answers_at;
}

std::string FakeServiceManager::environment(const std::string& name) const {
  if (!process_) return "(no process)";
  const auto found = process_->environment.find(name);
  return found == process_->environment.end() ? "(none)" : found->second;
}

// NeedDaemonReload: the files are no longer what was loaded.
bool FakeServiceManager::is_stale() const {
  const auto now = take_snapshot(files_, snapshot_input(), *UnitName::parse(state_.id));
  if (!now || now->files.size() != loaded_.files.size()) return true;
  for (std::size_t i = 0; i < now->files.size(); ++i) {
    const UnitFile& file = now->files[i];
    if (file.path != loaded_.files[i].path || file.bytes != loaded_.files[i].bytes) return true;
  }
  return false;
}

bool FakeServiceManager::is_stale_now() {
  if (known_ != files_.changes()) stale_ = is_stale();
  known_ = files_.changes();
  return stale_;
}

Result<ports::ManagerState> FakeServiceManager::manager() {
  if (version_fails) return Failure(*version_fails);
  return ports::ManagerState{"252.39-1~deb12u1",
                             {"LANG=C.UTF-8", "PATH=/usr/sbin:/usr/bin"},
                             unit_path,
                             90'000'000,
                             loaded_usec_};
}

Result<ports::UnitState> FakeServiceManager::unit(const std::string& name) {
  if (unit_fails) return Failure(*unit_fails);
  if (name != state_.id) return fail(Errc::not_found, "no such unit: " + name);
  look();
  ports::UnitState state = state_;
  state.need_daemon_reload = is_stale_now();
  if (distort) distort(state);
  return state;
}

Result<std::string> FakeServiceManager::active_state(const std::string& name) {
  const auto found = other_units.find(name);
  return found == other_units.end() ? std::string("inactive") : found->second;
}

bool FakeServiceManager::wait(double seconds, const Tick& tick) {
  for (double waited = 0; waited < seconds; waited += 0.1) {
    if (!tick(Seconds(waited))) return false;
    clock_.advance(0.1);
  }
  return tick(Seconds(seconds));
}

Result<void> FakeServiceManager::reload(Seconds /*timeout*/, const Tick& tick) {
  std::optional<Error> error;
  if (!reloads.empty()) {
    error = reloads.front();
    reloads.pop_front();
  }
  calls_.add("reload");
  if (error) return Failure(*error);
  const bool patient = wait(0.4, tick);
  load();  // systemd does it, whether somebody still waits or not
  if (!patient) return fail(Errc::interrupted, "interrupted");
  return {};
}

Result<void> FakeServiceManager::reset_failed(const std::string& /*unit*/) {
  calls_.add("reset-failed");
  return {};
}

Result<ports::JobResult> FakeServiceManager::run(ports::Job job, const std::string& unit,
                                                 Seconds /*timeout*/, const Tick& tick) {
  if (job == ports::Job::stop) {
    calls_.add("stop");
    end_process("inactive", "dead", "success");
    if (!wait(0.2, tick)) return fail(Errc::interrupted, "interrupted");
    return ports::JobResult{"done"};
  }
  const bool is_start = job == ports::Job::start;
  if (unit != state_.id) {
    if (!is_start) return fail(Errc::not_found, "no such unit: " + unit);
    calls_.add("start " + unit);
    other_units[unit] = "active";
    return ports::JobResult{"done"};
  }
  calls_.add(is_start ? "start" : "restart");
  return run_job(tick);
}

Result<ports::JobResult> FakeServiceManager::run_job(const Tick& tick) {
  start_ = {};
  if (!starts.empty()) {
    start_ = starts.front();
    starts.pop_front();
  }
  if (start_.refused) return Failure(*start_.refused);
  if (start_.fate != Fate::healthy) {
    for (auto& [name, active] : other_units) active = "inactive";
  }
  const bool patient = wait(0.3, tick);
  if (start_.job == "done") spawn();
  if (start_.job == "failed") end_process("failed", "failed", "exit-code");
  if (start_.job == "canceled") end_process("inactive", "dead", "success");
  if (!patient) return fail(Errc::interrupted, "interrupted");
  return ports::JobResult{start_.job};
}

void FakeServiceManager::spawn() {
  const std::uint32_t pid = ++next_pid_;
  process_ = FakeProcess{pid, invocation_of(pid), {}, {}, clock_.now().count()};
  process_->answers_at += start_.answers_after;
  for (const auto& [name, variable] : loaded_.effective.variables) {
    process_->environment[name] = variable.value;
  }
  process_->environment["INVOCATION_ID"] = process_->invocation_id;
  const auto host = process_->environment.find("OLLAMA_HOST");
  process_->endpoint =
      parse_ollama_host(host == process_->environment.end() ? "" : host->second).endpoint;
  fate_ = start_.fate == Fate::silent || start_.fate == Fate::hangs ? start_.fate : Fate::healthy;
  looks_ = 0;
  state_.active_state = "active";
  state_.sub_state = "running";
  state_.result = "success";
  state_.main_pid = pid;
  state_.invocation_id = process_->invocation_id;
  state_.control_group = kControlGroup;
  state_.exec_main_code = 0;
  state_.exec_main_status = 0;
  state_.active_enter_usec = time_usec();
  write_journal();
}

void FakeServiceManager::look() {
  if (state_.job_id != 0 && job_ends_after > 0 && --job_ends_after == 0) {
    state_.job_id = 0;
    state_.job_type.clear();
  }
  if (looks_++ == start_.after_looks) {
    strike();
  } else if (start_.fate == Fate::restarted && looks_ == start_.after_looks + 3) {
    state_.job_id = 0;
    start_ = {};
    spawn();
  }
}

void FakeServiceManager::end_process(const std::string& active, const std::string& sub,
                                     const std::string& result) {
  process_.reset();
  state_.active_state = active;
  state_.sub_state = sub;
  state_.result = result;
  state_.main_pid = 0;
  if (result == "success") return;
  state_.exec_main_code = 1;
  state_.exec_main_status = 1;
}

void FakeServiceManager::strike() {
  switch (start_.fate) {
    case Fate::healthy:
    case Fate::silent:
    case Fate::hangs:
      return;
    case Fate::crashes:
      return end_process("failed", "failed", "exit-code");
    case Fate::crash_loops:
      ++state_.n_restarts;
      return end_process("activating", "auto-restart", "exit-code");
    case Fate::crashes_slowly:
      return end_process("deactivating", "stop-sigterm", "exit-code");
    case Fate::crashes_between_reads:
      return end_process("active", "running", "");
    case Fate::comes_back:
      ++state_.n_restarts;
      start_ = {};
      return spawn();
    case Fate::loses_main:
      process_.reset();
      state_.main_pid = 0;
      return;
    case Fate::start_limit:
      return end_process("failed", "failed", "start-limit-hit");
    case Fate::stopped:
      return end_process("inactive", "dead", "success");
    case Fate::restarted:
      end_process("deactivating", "stop-sigterm", "success");
      return queue_job("restart");
  }
}

void FakeServiceManager::write_journal() {
  ports::JournalLines& lines = journal_.runs[process_->invocation_id];
  lines.service = start_lines(process_->environment, start_.on_cpu ? Inventory{} : gpus_.inventory);
  lines.manager = {"Started ollama.service - Ollama Service."};
  if (start_.fate == Fate::healthy) return;
  lines.service.push_back("Error: boom");
}

}  // namespace ollama_gpu
