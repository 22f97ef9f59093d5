// SPDX-License-Identifier: MIT
#pragma once

#include <systemd/sd-bus.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ollama_gpu/ports/service_manager.hpp"
#include "ollama_gpu/system/bus/systemd_bus.hpp"

// Calls over sd-bus that go on ticking while they wait; used by the files of SystemdBus only.
namespace ollama_gpu::bus {

struct MessageDeleter {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
struct SlotDeleter {
  void operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }
};
using Message = std::unique_ptr<sd_bus_message, MessageDeleter>;
using Slot = std::unique_ptr<sd_bus_slot, SlotDeleter>;
using Seconds = ports::ServiceManager::Seconds;
using Tick = ports::ServiceManager::Tick;

inline constexpr const char* kDestination = "org.freedesktop.systemd1";
inline constexpr const char* kManagerPath = "/org/freedesktop/systemd1";
inline constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
inline constexpr const char* kUnit = "org.freedesktop.systemd1.Unit";
inline constexpr const char* kService = "org.freedesktop.systemd1.Service";
inline constexpr const char* kJob = "org.freedesktop.systemd1.Job";
inline constexpr Seconds kShortCall{25};  // sd-bus's own default

// Why a call has no reply. `lost`: the connection broke, so it may or may not have been carried
// out.
struct CallError {
  Error error;
  bool lost = false;
  bool rate_limited = false;
};
using Reply = tl::expected<Message, CallError>;

// One wait: since when, how long at most, whom to tell. Ticks come about every 100 ms.
class Wait {
 public:
  Wait(std::string purpose, Seconds timeout, const Tick& tick);
  // False when the time is over or the tick said so; error() then has the reason.
  bool go_on();
  const Error& error() const { return error_; }
  Error timed_out() const;
  Seconds elapsed() const;
  // Sleeps for `pause`, ticking; false as go_on().
  bool sleep(Seconds pause);

 private:
  std::string purpose_;
  Seconds timeout_;
  Tick tick_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Seconds next_tick_{0};
  Error error_;
};

enum class Waited { done, lost, gave_up };
// Handles messages until done() holds. gave_up: see Wait::error().
Waited process_until(sd_bus* bus, Wait& wait, const std::function<bool()>& done);

// A method call to systemd, with string arguments.
Result<Message> method_call(sd_bus* bus, const std::string& path, const char* interface,
                            const char* member, const std::vector<std::string>& arguments);
// Sends `request` without waiting; its reply will be put into `reply`, which must outlive the slot.
Result<Slot> send(sd_bus* bus, sd_bus_message* request, Message& reply);
// What went wrong before there was a reply that could be read: the connection may have been lost.
tl::unexpected<CallError> no_reply(sd_bus* bus, const Error& error);
// The reply, or the error it carries, in our words. `action`: "reload systemd".
Reply check_reply(sd_bus* bus, Message reply, const std::string& action);
Reply call(sd_bus* bus, sd_bus_message* request, Wait& wait, const std::string& action);

// Something to read from systemd, and in words for errors: "read systemd's version".
struct Question {
  std::string path;
  const char* member = nullptr;  // of org.freedesktop.DBus.Properties
  std::vector<std::string> arguments = {};
  std::string action = {};
};
using Replies = tl::expected<std::vector<Message>, CallError>;
// One reply per question, in their order. All are sent before the first reply is awaited: one round
// trip for all of them.
Replies ask(sd_bus* bus, const std::vector<Question>& questions);

// A D-Bus error as an Error: the one place that knows systemd's error names.
Error bus_error(const std::string& action, const sd_bus_error& error);
// A failed sd-bus function (negative errno).
Error bus_failure(const std::string& action, int result);

// The object path of a unit ("/org/freedesktop/systemd1/unit/ollama_2eservice").
std::string unit_path(const std::string& unit);

}  // namespace ollama_gpu::bus
