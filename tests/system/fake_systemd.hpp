// SPDX-License-Identifier: MIT
#pragma once

#include <systemd/sd-bus.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ollama_gpu/system/bus/systemd_bus.hpp"

namespace ollama_gpu {

// Poses as org.freedesktop.systemd1 at the other end of a socket pair, each connection in a thread
// of its own. Knows one unit, x.service, and one job, number 42.
class FakeSystemd {
 public:
  enum class Job {
    removed,           // JobRemoved comes after `job_time`
    removed_at_once,   // before the reply to the call
    signal_lost,       // the job goes, nothing is said
    cut_before_reply,  // the connection breaks instead of a reply
    cut_after_reply,
    cut_before_it_arrives,  // it breaks, and there is no job
    never_ends,
  };

  struct Behaviour {
    Job job = Job::removed;
    std::chrono::milliseconds job_time{30};
    std::string job_result = "done";
    std::string state_after = "active";
    std::string error_name = {};  // any call gets this error
    int rate_limited = 0;         // so many Reloads are refused
    bool silent = false;          // no reply to Reload
    int cut_reloads = 0;          // so often the connection breaks instead of one
    int refused_connections = 0;  // after the first
  };

  FakeSystemd();
  ~FakeSystemd();
  FakeSystemd(const FakeSystemd&) = delete;
  FakeSystemd& operator=(const FakeSystemd&) = delete;

  SystemdBus::Connect connect();
  std::unique_ptr<SystemdBus> bus();
  Behaviour behaviour;  // to be set before the calls
  int count(const std::string& member);
  void cut();  // breaks every connection

 private:
  struct Connection;
  static int on_call(sd_bus_message* message, void* userdata, sd_bus_error* error);
  int answer(Connection& connection, sd_bus_message* message, sd_bus_error* error);
  int answer_properties(sd_bus_message* message);
  int answer_job(Connection& connection, sd_bus_message* message);
  void serve(Connection& connection);
  void announce(Connection& connection);

  std::mutex mutex_;
  std::vector<std::string> calls_;
  bool job_queued_ = false;
  bool announced_ = true;
  unsigned char jobs_ = 0;  // so many were taken on
  std::string active_state_ = "active";
  std::chrono::steady_clock::time_point job_end_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace ollama_gpu
