// SPDX-License-Identifier: MIT
// Who is answered next: like Ollama's semaphore, first come first served, and without a limit to
// how many wait.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>

#include "ollama_standin/http.hpp"

namespace ollama_standin {

class Turns {
 public:
  explicit Turns(std::uint64_t places) : free_(places) {}

  // Waits for a place; false: the client has gone, and there is none to give back.
  bool take(const Connection& connection);
  void give_back();

 private:
  std::mutex mutex_;
  std::uint64_t free_;
  std::list<int> waiting_;  // what to write to once it is their turn
};

// A place for as long as this lives.
class Turn {
 public:
  Turn(Turns& turns, const Connection& connection)
      : turns_(turns), taken_(turns.take(connection)) {}
  ~Turn() {
    if (taken_) turns_.give_back();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  explicit operator bool() const { return taken_; }

 private:
  Turns& turns_;
  bool taken_;
};

}  // namespace ollama_standin
