// SPDX-License-Identifier: MIT
#include "system/bus/bus_call.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "system/bus/bus_errors.hpp"
#include "system/files/os_error.hpp"

namespace ollama_gpu::bus {
namespace {

constexpr Seconds kTickEvery{0.1};
constexpr const char* kPropertiesInterface = "org.freedesktop.DBus.Properties";

// Only stores: everything else is done outside of sd_bus_process().
int keep_reply(sd_bus_message* message, void* userdata, sd_bus_error*) {
  *static_cast<Message*>(userdata) = Message(sd_bus_message_ref(message));
  return 0;
}

tl::unexpected<CallError> lost_meanwhile(const std::string& action) {
  return tl::unexpected(CallError{bus_failure(action, -ECONNRESET), true, false});
}

}  // namespace

Wait::Wait(std::string purpose, Seconds timeout, const Tick& tick)
    : purpose_(std::move(purpose)), timeout_(timeout), tick_(tick) {}

Seconds Wait::elapsed() const { return std::chrono::steady_clock::now() - start_; }

Error Wait::timed_out() const {
  const auto seconds = std::to_string(static_cast<long>(timeout_.count()));
  return Error{Errc::failed, "cannot " + purpose_ + ": not done within " + seconds + " s"};
}

bool Wait::go_on() {
  const Seconds waited = elapsed();
  if (waited >= timeout_) {
    error_ = timed_out();
    return false;
  }
  if (waited < next_tick_) return true;
  next_tick_ = waited + kTickEvery;
  if (!tick_ || tick_(waited)) return true;
  error_ = Error{Errc::interrupted, "cannot " + purpose_ + ": interrupted"};
  return false;
}

bool Wait::sleep(Seconds pause) {
  const Seconds end = elapsed() + pause;
  while (elapsed() < end) {
    if (!go_on()) return false;
    const auto nanoseconds =
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::min(kTickEvery, end - elapsed()));
    const timespec time{0, std::max<long>(nanoseconds.count(), 0)};
    nanosleep(&time, nullptr);
  }
  return go_on();
}

Waited process_until(sd_bus* bus, Wait& wait, const std::function<bool()>& done) {
  while (!done()) {
    if (!wait.go_on()) return Waited::gave_up;
    const int handled = sd_bus_process(bus, nullptr);
    if (handled < 0) return Waited::lost;
    if (handled > 0) continue;
    constexpr std::uint64_t kUsec = 100'000;
    const int woken = sd_bus_wait(bus, kUsec);
    if (woken < 0 && woken != -EINTR) return Waited::lost;
  }
  return Waited::done;
}

Result<Message> method_call(sd_bus* bus, const std::string& path, const char* interface,
                            const char* member, const std::vector<std::string>& arguments) {
  sd_bus_message* raw = nullptr;
  int result =
      sd_bus_message_new_method_call(bus, &raw, kDestination, path.c_str(), interface, member);
  Message message(raw);
  for (const std::string& argument : arguments) {
    if (result < 0) break;
    result = sd_bus_message_append_basic(message.get(), 's', argument.c_str());
  }
  if (result < 0)
    return Failure(bus_failure(std::string("call ") + member + " of systemd", result));
  return message;
}

Result<Slot> send(sd_bus* bus, sd_bus_message* request, Message& reply) {
  sd_bus_slot* slot = nullptr;
  // Never times out by itself: a Wait decides.
  const int result = sd_bus_call_async(bus, &slot, request, keep_reply, &reply, UINT64_MAX);
  if (result < 0) return Failure(bus_failure("talk to systemd", result));
  return Slot(slot);
}

tl::unexpected<CallError> no_reply(sd_bus* bus, const Error& error) {
  return tl::unexpected(CallError{error, sd_bus_is_open(bus) <= 0, false});
}

Reply check_reply(sd_bus* bus, Message reply, const std::string& action) {
  if (sd_bus_message_is_method_error(reply.get(), nullptr) <= 0) return reply;
  const sd_bus_error* error = sd_bus_message_get_error(reply.get());
  const bool lost = sd_bus_is_open(bus) <= 0 || is_lost(*error);
  return tl::unexpected(CallError{bus_error(action, *error), lost, is_rate_limited(*error)});
}

Reply call(sd_bus* bus, sd_bus_message* request, Wait& wait, const std::string& action) {
  Message reply;
  const auto slot = send(bus, request, reply);
  if (!slot) return no_reply(bus, slot.error());
  switch (process_until(bus, wait, [&reply] { return reply != nullptr; })) {
    case Waited::done:
      return check_reply(bus, std::move(reply), action);
    case Waited::gave_up:
      return tl::unexpected(CallError{wait.error(), false, false});
    case Waited::lost:
      break;
  }
  return lost_meanwhile(action);
}

Replies ask(sd_bus* bus, const std::vector<Question>& questions) {
  std::vector<Message> replies(questions.size());
  std::vector<Slot> slots;  // go before the replies that they are to fill
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const Question& question = questions[i];
    const auto request =
        method_call(bus, question.path, kPropertiesInterface, question.member, question.arguments);
    if (!request) return no_reply(bus, request.error());
    auto slot = send(bus, request->get(), replies[i]);
    if (!slot) return no_reply(bus, slot.error());
    slots.push_back(std::move(*slot));
  }
  const std::string& action = questions.front().action;
  Wait wait(action, kShortCall, {});
  const auto all = [&replies] {
    return std::ranges::all_of(replies, [](const Message& reply) { return reply != nullptr; });
  };
  const Waited waited = process_until(bus, wait, all);
  if (waited == Waited::gave_up) return no_reply(bus, wait.error());
  if (waited == Waited::lost) return lost_meanwhile(action);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    auto checked = check_reply(bus, std::move(replies[i]), questions[i].action);
    if (!checked) return tl::unexpected(checked.error());
    replies[i] = std::move(*checked);
  }
  return replies;
}

std::string unit_path(const std::string& unit) {
  struct FreeDeleter {
    void operator()(char* text) const { std::free(text); }
  };
  char* raw = nullptr;
  if (sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit.c_str(), &raw) < 0) return {};
  const std::unique_ptr<char, FreeDeleter> path(raw);
  return path.get();
}

}  // namespace ollama_gpu::bus
