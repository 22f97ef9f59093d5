// SPDX-License-Identifier: MIT
// Ollama's HTTP calls.
#pragma once

#include "ollama_standin/http.hpp"
#include "ollama_standin/scheduler.hpp"

namespace ollama_standin {

class Api {
 public:
  Api(const Script& script, const Settings& settings, Scheduler& scheduler, bool loopback)
      : script_(script), settings_(settings), scheduler_(scheduler), loopback_(loopback) {}

  void answer(Connection& connection, const Request& request);

 private:
  // What is left to do with a model once it is loaded.
  enum class Task { nothing, embed, stream, answer };

  void show(Connection& connection, const Request& request);
  void generate(Connection& connection, const Request& request);
  void use(Connection& connection, const Model& model, Duration keep_alive, Task task);
  bool wait_for_load(const Connection& connection, const Model& model);
  bool stream(Connection& connection, const Model& model, bool chunked);
  std::string tags() const;
  std::string processes() const;

  const Script& script_;
  const Settings& settings_;
  Scheduler& scheduler_;
  bool loopback_;
};

}  // namespace ollama_standin
