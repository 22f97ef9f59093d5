// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "ollama_gpu/app/options.hpp"
#include "ollama_gpu/app/report.hpp"
#include "ollama_gpu/core/systemd/unit_lookup.hpp"
#include "ollama_gpu/ports/clock.hpp"
#include "ollama_gpu/ports/entry_proxy.hpp"
#include "ollama_gpu/ports/file_system.hpp"
#include "ollama_gpu/ports/gpu_inventory.hpp"
#include "ollama_gpu/ports/host.hpp"
#include "ollama_gpu/ports/journal.hpp"
#include "ollama_gpu/ports/messages.hpp"
#include "ollama_gpu/ports/ollama_server.hpp"
#include "ollama_gpu/ports/processes.hpp"
#include "ollama_gpu/ports/service_manager.hpp"
#include "ollama_gpu/ports/state_store.hpp"

namespace ollama_gpu::app {

// How long a running Ollama has for one answer, in seconds.
inline constexpr double kAnswerTime = 3.0;

// Everything a command works with. Nothing in it is owned.
struct Context {
  GlobalOptions options;
  SearchPath search_path;        // of the chosen manager
  std::string config_directory;  // where drop-ins are written: /etc/systemd/system, or the user's
  ports::FileSystem& files;
  ports::Processes& processes;
  ports::Journal& journal;
  ports::OllamaServer& ollama;
  ports::EntryProxy& entry;
  ports::GpuInventory& gpus;
  ports::Clock& clock;
  ports::StateStore& store;
  ports::Host& host;
  ports::Messages& messages;
  // Connects when first called. Gives null with --root or where no systemd runs (then nothing is
  // applied).
  std::function<Result<ports::ServiceManager*>()> manager;
  // Told what is going to be done before anything is, and whether a yes is needed first; a failure
  // stops it there. May be empty.
  std::function<Result<void>(const ChangeReport&, bool confirm)> planned = {};
};

}  // namespace ollama_gpu::app
