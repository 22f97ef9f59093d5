// SPDX-License-Identifier: MIT
// Ollama's HTTP calls.
#pragma once

#include <map>
#include <mutex>

#include "ollama_standin/http.hpp"
#include "ollama_standin/json.hpp"
#include "ollama_standin/scheduler.hpp"
#include "ollama_standin/turns.hpp"
#include "ollama_standin/wording.hpp"

namespace ollama_standin {

class Api {
 public:
  Api(const Script& script, const Settings& settings, const Log& log, Scheduler& scheduler,
      bool loopback)
      : script_(script),
        settings_(settings),
        log_(log),
        scheduler_(scheduler),
        loopback_(loopback) {}

  void answer(Connection& connection, const Request& request);

 private:
  struct Task {  // what a request wants of a model
    Call call;
    bool has_prompt;
    bool streams;
    bool limited;  // the request says how long the answer is to be
    int tokens;
    Duration keep_alive;
  };

  bool get(Connection& connection, const Request& request);
  void show(Connection& connection, const Request& request);
  void generate(Connection& connection, const Request& request, Call call);
  void use(Connection& connection, const Request& request, const Model& model, const Task& task);
  void compute(Connection& connection, const Request& request, const Model& model,
               const Task& task);
  bool speak(Connection& connection, const Request& request, const Model& model, const Task& task);
  Task task_of(Call call, const JsonObject& body) const;
  bool wait_for_load(const Connection& connection, const Model& model);
  Turns& turns_of(const Model& model);
  std::string tags() const;
  std::string processes() const;

  const Script& script_;
  const Settings& settings_;
  const Log& log_;
  Scheduler& scheduler_;
  bool loopback_;
  std::mutex mutex_;
  std::map<std::string, Turns> turns_;  // by the name of the model
};

}  // namespace ollama_standin
