// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

struct sd_bus;
struct sd_bus_message;

namespace ollama_gpu {

using Strings = std::vector<std::string>;

// What is known of a unit, as D-Bus shows it; from systemd, or computed from the files.
struct UnitFacts {
  std::string id;
  Strings names;  // sorted
  std::string load_state;
  std::string fragment;
  Strings drop_ins;
  Strings environment;
  Strings environment_files;  // with "-" before an optional one
  Strings pass_environment;
  Strings unset_environment;
};

// PID 1 over its private socket. Throws std::runtime_error, this being a test's tool.
class LiveUnits {
 public:
  LiveUnits();
  void reload();
  UnitFacts facts(const std::string& unit);
  std::string version();
  Strings search_path();
  Strings manager_environment();
  // Starts them all and returns when that is done, however it ended.
  void start(const Strings& units);
  void reset_failed();

 private:
  struct Close {
    void operator()(sd_bus* bus) const;
  };
  struct Unref {
    void operator()(sd_bus_message* message) const;
  };
  using Message = std::unique_ptr<sd_bus_message, Unref>;

  void call(const char* method, const Strings& arguments);
  Message manager_property(const char* property, const char* type);
  void take_all(const std::string& object, const char* interface, UnitFacts& facts);

  std::unique_ptr<sd_bus, Close> bus_;
};

}  // namespace ollama_gpu
