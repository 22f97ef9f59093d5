// SPDX-License-Identifier: MIT
#include "system/bus/bus_job.hpp"

#include <charconv>

namespace ollama_gpu::bus {

Result<std::unique_ptr<JobWatch>> JobWatch::install(sd_bus* bus) {
  auto watch = std::make_unique<JobWatch>();
  // A direct connection has no sender names; on a bus nobody but systemd may tell us.
  const bool direct = sd_bus_is_bus_client(bus) <= 0;
  sd_bus_slot* slot = nullptr;
  const int result = sd_bus_match_signal(bus, &slot, direct ? nullptr : kDestination, kManagerPath,
                                         kManager, "JobRemoved", on_removed, watch.get());
  if (result < 0) return Failure(bus_failure("listen to systemd", result));
  watch->slot_ = Slot(slot);
  return watch;
}

std::optional<std::string> JobWatch::result_of(const std::string& job) const {
  for (const auto& [path, result] : removed_) {
    if (path == job) return result;
  }
  return std::nullopt;
}

int JobWatch::on_removed(sd_bus_message* message, void* userdata, sd_bus_error*) {
  std::uint32_t id = 0;
  const char* path = nullptr;
  const char* unit = nullptr;
  const char* result = nullptr;
  if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) > 0) {
    static_cast<JobWatch*>(userdata)->removed_.emplace_back(path, result);
  }
  return 0;
}

std::uint32_t job_number(const std::string& job) {
  const char* const end = job.data() + job.size();
  std::uint32_t number = 0;
  std::from_chars(job.data() + job.find_last_of('/') + 1, end, number);
  return number;
}

}  // namespace ollama_gpu::bus
