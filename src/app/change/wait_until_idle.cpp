// SPDX-License-Identifier: MIT
#include "app/change/wait_until_idle.hpp"

#include <fmt/format.h>

#include <numeric>

#include "app/change/models_in_use.hpp"
#include "app/interruption.hpp"

namespace ollama_gpu::app {

namespace {

using Seconds = ports::Clock::Seconds;

constexpr double kLook = 1.0;   // seconds from one look to the next
constexpr double kQuiet = 3.0;  // seconds without a sign of work

class IdleWatch {
 public:
  IdleWatch(Context& context, const Observation& seen, double limit)
      : context_(context),
        group_(seen.state->control_group),
        unit_(seen.unit_id),
        endpoint_(endpoint_in_use(context, seen)),
        limit_(limit) {}

  Result<void> run() {
    auto before = look();
    if (!before) return Failure(before.error());
    const double start = before->time;
    double quiet_since = start;
    while (true) {
      context_.clock.sleep(Seconds(kLook));
      if (auto stopped = interruption(context_)) return Failure(std::move(*stopped));
      auto now = look();
      if (!now) return Failure(now.error());
      if (const auto sign = sign_of_work(*before, *now)) {
        quiet_since = now->time;
        if (now->time - start >= limit_) return too_busy(*sign);
      } else if (now->time - quiet_since >= kQuiet - kLook / 2) {
        return {};
      }
      context_.messages.waiting(fmt::format("waiting for {} to become idle", unit_),
                                now->time - start, limit_);
      before = std::move(now);
    }
  }

 private:
  Result<Activity> look() {
    Activity seen;
    const auto used = context_.processes.cpu_time(group_);
    seen.time = context_.clock.now().count();
    if (!used) {
      return fail(Errc::failed,
                  fmt::format("cannot see whether {} is idle: {}", unit_, used.error().message),
                  "leave --when-idle out to restart it all the same");
    }
    seen.cpu_time = *used;
    Inventory inventory = context_.gpus.list();
    context_.gpus.measure_use(inventory);
    if (const auto pids = context_.processes.in_control_group(group_)) {
      seen.gpu_use = gpu_use_by(*pids, inventory);
    }
    const auto held = memory_held(context_, inventory, group_);
    seen.gpu_memory = std::accumulate(held.begin(), held.end(), std::uint64_t{0});
    // Without it the others still tell.
    if (auto clients = context_.processes.clients(endpoint_)) seen.clients = std::move(*clients);
    return seen;
  }

  Result<void> too_busy(const std::string& sign) const {
    return fail(Errc::busy,
                fmt::format("{} did not become idle within {:.0f} s: {}", unit_, limit_, sign),
                "nothing was changed; try again later, or leave --when-idle out");
  }

  Context& context_;
  std::string group_;
  std::string unit_;
  Endpoint endpoint_;
  double limit_;
};

}  // namespace

Result<void> wait_until_idle(Context& context, const Observation& seen, double limit) {
  if (!seen.state || seen.state->main_pid == 0) return {};
  auto done = IdleWatch(context, seen, limit).run();
  context.messages.done_waiting();
  return done;
}

}  // namespace ollama_gpu::app
