// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "system/bus/bus_call.hpp"

namespace ollama_gpu::bus {

// Listens for JobRemoved; made before the job is asked for, so that none is missed.
class JobWatch {
 public:
  static Result<std::unique_ptr<JobWatch>> install(sd_bus* bus);
  // The result of the job at this object path, once it was removed.
  std::optional<std::string> result_of(const std::string& job) const;

 private:
  static int on_removed(sd_bus_message* message, void* userdata, sd_bus_error* error);

  Slot slot_;
  std::vector<std::pair<std::string, std::string>> removed_;
};

// The number at the end of a job's object path ("/org/freedesktop/systemd1/job/42"), or 0.
std::uint32_t job_number(const std::string& job);

}  // namespace ollama_gpu::bus
