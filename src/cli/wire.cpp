// SPDX-License-Identifier: MIT
#include "cli/wire.hpp"

#include "ollama_gpu/system/bus/systemd_bus.hpp"
#include "ollama_gpu/system/entry/haproxy.hpp"
#include "ollama_gpu/system/files/posix_file_system.hpp"
#include "ollama_gpu/system/gpus/detected_gpus.hpp"
#include "ollama_gpu/system/host/linux_host.hpp"
#include "ollama_gpu/system/host/places.hpp"
#include "ollama_gpu/system/host/reading_clock.hpp"
#include "ollama_gpu/system/host/sd_journal.hpp"
#include "ollama_gpu/system/host/system_clock.hpp"
#include "ollama_gpu/system/ollama/http_ollama.hpp"
#include "ollama_gpu/system/processes/proc_fs.hpp"
#include "ollama_gpu/system/state/file_state_store.hpp"

namespace ollama_gpu::cli {
namespace {

class Adapters final : public Live {
 public:
  Adapters(const app::GlobalOptions& global, Signals signals, Places places,
           ports::Messages& messages)
      : scope_(global.user ? SystemdBus::Scope::user : SystemdBus::Scope::system),
        files_(places.tree),
        gpus_("libnvidia-ml.so.1", ""),
        host_(places.tree, global.user ? LinuxHost::Manager::user : LinuxHost::Manager::system),
        store_(places.state_directory, places.tree, global.command_line),
        clock_(signals == Signals::end_in_order
                   ? std::unique_ptr<ports::Clock>(std::make_unique<SystemClock>())
                   : std::make_unique<ReadingClock>()),
        context_{global,
                 std::move(places.search_path),
                 std::move(places.config_directory),
                 files_,
                 processes_,
                 journal_,
                 ollama_,
                 entry_,
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
  HttpOllama ollama_{[this](int fd, const std::string& control_group) {
    return processes_.check_other_end(fd, control_group);
  }};
  Haproxy entry_;
  DetectedGpus gpus_;
  LinuxHost host_;
  FileStateStore store_;
  std::unique_ptr<ports::Clock> clock_;
  std::unique_ptr<SystemdBus> bus_ = {};
  app::Context context_;
};

}  // namespace

Result<std::unique_ptr<Live>> Live::create(const app::GlobalOptions& global, Signals signals,
                                           ports::Messages& messages) {
  auto places = global.user ? user_places(LinuxHost().user_id()) : system_places(global.root);
  if (!places) return Failure(places.error());
  return std::unique_ptr<Live>(
      std::make_unique<Adapters>(global, signals, std::move(*places), messages));
}

}  // namespace ollama_gpu::cli
