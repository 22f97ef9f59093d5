// SPDX-License-Identifier: MIT
#pragma once

#include "app/change/service_steps.hpp"
#include "app/proof/replica_goal.hpp"

namespace ollama_gpu::app {

// Takes a server out of rotation while it is changed; nobody's answer is cut.
class Drain {
 public:
  Drain(Context& context, const ReplicaGoal& goal, const ReplicaServer& server)
      : context_(context), goal_(goal), server_(server) {}

  // No new requests for it, and waits for the end of those under way: at most as long as
  // --when-idle says, else ten minutes. Errc::busy where they do not end; it is then in rotation
  // again. A server that the entry does not know, or that is down, is not waited for.
  Result<void> begin(const ChangeOptions& options, OnSignal on_signal) const;
  // Back in rotation, whatever has become of it: HAProxy looks at its health itself.
  void end() const;

 private:
  void set_state(const char* state) const;

  Context& context_;
  const ReplicaGoal& goal_;
  const ReplicaServer& server_;
};

// Waits until the entry has read its configuration, and has every server up. Errc::unhealthy with
// what is missing.
Result<void> wait_for_entry(Context& context, const ReplicaGoal& goal, double timeout,
                            OnSignal on_signal);

}  // namespace ollama_gpu::app
