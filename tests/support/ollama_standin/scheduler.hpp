// SPDX-License-Identifier: MIT
// The models that are loaded, and how they lie on the GPUs.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ollama_standin/discovery.hpp"
#include "ollama_standin/holder.hpp"

namespace ollama_standin {

struct LoadedModel {
  Model model;
  std::uint64_t context = 0;  // tokens for each request
  std::uint64_t size = 0;     // with the context
  std::uint64_t on_gpus = 0;
  Instant expires_at;
  int in_use = 0;
  Duration session{};  // how long it stays once nobody uses it; 0: it was asked to go
  std::unique_ptr<Holder> holder;
  std::vector<standin::Holding> holdings;
};

struct ModelState {  // a copy, to be shown
  Model model;
  std::uint64_t context = 0;
  std::uint64_t size = 0;
  std::uint64_t on_gpus = 0;
  Instant expires_at;
};

class Scheduler {
 public:
  Scheduler(const Script& script, const Settings& settings, const Log& log)
      : script_(script), settings_(settings), log_(log) {}

  const Model* find(const std::string& name) const;
  bool is_loaded(const Model& model) const;

  // Loads it if it is not, and keeps it until released. "" or why it cannot be loaded.
  std::string acquire(const Model& model, Duration keep_alive);
  void release(const Model& model);
  void unload(const Model& model);
  void expire();      // unloads what is due
  void unload_all();  // before the end

  std::vector<ModelState> loaded() const;  // the longest-lived first
  const std::vector<Model>& models() const { return script_.models; }

 private:
  using Entry = std::list<LoadedModel>::iterator;

  Entry entry_of(const Model& model);
  void make_room(std::uint64_t size);
  std::string refusal(const Model& model) const;
  void load(LoadedModel& entry);
  void place(LoadedModel& entry, const std::vector<Device>& devices);
  void record() const;
  std::string memory_dir() const;

  const Script& script_;
  const Settings& settings_;
  const Log& log_;
  mutable std::mutex mutex_;
  std::list<LoadedModel> loaded_;
};

// Bytes of a model of `size` for each of the devices.
std::vector<std::uint64_t> shares_of(std::uint64_t size, const std::vector<Device>& devices,
                                     bool spread, bool uneven);

}  // namespace ollama_standin
