// SPDX-License-Identifier: MIT
#include "ollama_gpu/cli/wire.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "ollama_gpu/cli/style.hpp"
#include "ollama_gpu/system/bus/systemd_bus.hpp"
#include "ollama_gpu/system/files/posix_file_system.hpp"
#include "ollama_gpu/system/gpus/detected_gpus.hpp"
#include "ollama_gpu/system/host/linux_host.hpp"
#include "ollama_gpu/system/host/sd_journal.hpp"
#include "ollama_gpu/system/host/system_clock.hpp"
#include "ollama_gpu/system/ollama/curl_ollama.hpp"
#include "ollama_gpu/system/processes/proc_fs.hpp"
#include "ollama_gpu/system/state/file_state_store.hpp"

namespace ollama_gpu::cli {
namespace {

// For commands that change nothing: there a signal ends the process at once, as usual.
class ReadingClock final : public ports::Clock {
 public:
  Seconds now() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
  std::int64_t unix_seconds() const override {
    return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  }
  void sleep(Seconds duration) override { std::this_thread::sleep_for(duration); }
  int pending_signal() const override { return 0; }
};

// Where the chosen manager's files are, and where ours are kept.
struct Places {
  std::string root = {};
  SearchPath search_path = {};
  std::string config_directory = {};
  std::string state_directory = {};
};

std::string variable_or(const char* name, const std::string& otherwise) {
  const std::string value = process_environment(name).value_or("");
  // The XDG specification has relative paths ignored.
  return value.starts_with('/') ? value : otherwise;
}

Result<Places> user_places(const ports::Host& host) {
  const std::string home = variable_or("HOME", "");
  if (home.empty()) {
    return fail(Errc::usage, "--user needs to know your home directory", "set HOME");
  }
  UserDirectories directories;
  directories.config_home = variable_or("XDG_CONFIG_HOME", home + "/.config");
  directories.data_home = variable_or("XDG_DATA_HOME", home + "/.local/share");
  directories.runtime_dir =
      variable_or("XDG_RUNTIME_DIR", fmt::format("/run/user/{}", host.user_id()));
  return Places{"", user_search_path(directories), directories.config_home + "/systemd/user",
                variable_or("XDG_STATE_HOME", home + "/.local/state") + "/ollama-gpu"};
}

Result<Places> system_places(const std::string& root) {
  Places places{"", system_search_path(), "/etc/systemd/system", "/var/lib/ollama-gpu"};
  if (root.empty()) return places;
  std::error_code problem;
  const auto path = std::filesystem::canonical(root, problem);
  if (problem) {
    return fail(Errc::not_found, fmt::format("cannot use --root {}: {}", root, problem.message()),
                "--root takes the directory at which the other system is mounted");
  }
  if (!std::filesystem::is_directory(path, problem)) {
    return fail(Errc::not_found, fmt::format("cannot use --root {}: not a directory", root),
                "--root takes the directory at which the other system is mounted");
  }
  if (path == "/") {
    return fail(Errc::usage, "--root / is the running system itself",
                "leave --root out, or name the directory of a mounted image");
  }
  places.root = path.string();
  return places;
}

class Adapters final : public Live {
 public:
  Adapters(const Invocation& invocation, Places places, ports::Messages& messages)
      : scope_(invocation.global.user ? SystemdBus::Scope::user : SystemdBus::Scope::system),
        files_(places.root),
        gpus_("libnvidia-ml.so.1", places.root),
        host_(places.root,
              invocation.global.user ? LinuxHost::Manager::user : LinuxHost::Manager::system),
        store_(places.state_directory, places.root, invocation.global.command_line),
        clock_(ends_in_order(invocation)
                   ? std::unique_ptr<ports::Clock>(std::make_unique<SystemClock>())
                   : std::make_unique<ReadingClock>()),
        context_{invocation.global,
                 std::move(places.search_path),
                 std::move(places.config_directory),
                 files_,
                 processes_,
                 journal_,
                 ollama_,
                 gpus_,
                 *clock_,
                 store_,
                 host_,
                 messages,
                 {}} {
    context_.options.root = places.root;
    context_.manager = [this] { return manager(); };
  }

  app::Context& context() override { return context_; }

 private:
  static bool ends_in_order(const Invocation& invocation) {
    if (invocation.command == nullptr) return false;
    constexpr unsigned kChanging = kConfigure | kReset | kRollback;
    const bool changes = (invocation.command->bit & kChanging) != 0 && !invocation.list;
    // These have something to undo: files, a model, the terminal.
    return changes || invocation.doctor.fix || !invocation.verify.load.empty() || invocation.watch;
  }

  Result<ports::ServiceManager*> manager() {
    if (!host_.systemd_running()) return nullptr;  // never with --root
    if (!bus_) {
      auto connected = SystemdBus::connect(scope_);
      if (!connected) return Failure(connected.error());
      bus_ = std::move(*connected);
    }
    return bus_.get();
  }

  SystemdBus::Scope scope_;
  PosixFileSystem files_;
  ProcFs processes_;
  SdJournal journal_;
  CurlOllama ollama_;
  DetectedGpus gpus_;
  LinuxHost host_;
  FileStateStore store_;
  std::unique_ptr<ports::Clock> clock_;
  std::unique_ptr<SystemdBus> bus_ = {};
  app::Context context_;
};

}  // namespace

Result<std::unique_ptr<Live>> Live::create(const Invocation& invocation,
                                           ports::Messages& messages) {
  const LinuxHost host;
  auto places = invocation.global.user ? user_places(host) : system_places(invocation.global.root);
  if (!places) return Failure(places.error());
  return std::unique_ptr<Live>(
      std::make_unique<Adapters>(invocation, std::move(*places), messages));
}

}  // namespace ollama_gpu::cli
