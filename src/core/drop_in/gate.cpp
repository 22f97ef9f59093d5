// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "core/systemd/time_span.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/gpu/selector.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"

namespace ollama_gpu {

namespace {

constexpr std::string_view kGpusOption = "--gpus=";
constexpr std::string_view kTimeout = "--timeout=";

// Nothing that systemd reads otherwise than it stands: no blank, quote, %, $, backslash or ';'.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char byte) {
    return is_letter_or_digit(byte) ||
           std::string_view("/._-+,:@=").find(byte) != std::string_view::npos;
  });
}

std::optional<unsigned> seconds_of(std::string_view text) {
  const auto number = parse_decimal(text);
  if (!number || *number == 0 || *number > kLongestGate) return std::nullopt;
  return static_cast<unsigned>(*number);
}

std::optional<Gate> gate_of(const std::vector<std::string>& words) {
  const bool with_ids = words.size() == 4 && words[2].starts_with(kGpusOption);
  if (!with_ids && words.size() != 3) return std::nullopt;
  if (!words[0].starts_with('/') || words[1] != "wait") return std::nullopt;
  if (!words.back().starts_with(kTimeout)) return std::nullopt;
  const auto seconds = seconds_of(std::string_view(words.back()).substr(kTimeout.size()));
  if (!seconds) return std::nullopt;
  Gate gate;
  gate.program = words[0];
  gate.seconds = *seconds;
  if (with_ids) gate.gpus = words[2].substr(kGpusOption.size());
  const bool plain = is_plain(gate.program) && is_plain(gate.gpus);
  if (!plain || (with_ids && gate.gpus.empty())) return std::nullopt;
  return gate;
}

bool hides_all(const std::optional<std::string>& list) {
  return list && (list->empty() || list->front() == '-');
}

bool is_selector(const std::string& list) {
  return is_plain(list) && parse_selector(list).has_value();
}

}  // namespace

std::vector<std::string> gate_words(const Gate& gate) {
  std::vector<std::string> words{gate.program, "wait"};
  if (!gate.gpus.empty()) words.push_back(std::string(kGpusOption) + gate.gpus);
  words.push_back(fmt::format("{}{}", kTimeout, gate.seconds));
  return words;
}

std::string gate_command(const Gate& gate) {
  std::string command = gate.required ? "" : "-";
  for (const std::string& word : gate_words(gate)) {
    if (command.size() > 1) command += ' ';
    command += word;
  }
  return command;
}

std::string render_timeout(std::uint64_t microseconds) {
  if (microseconds == kNoLimit) return "infinity";
  return fmt::format("{}s", microseconds / kMicroseconds + (microseconds % kMicroseconds != 0));
}

std::string render_gate(const Gate& gate) {
  return fmt::format(
      "# the gate: Ollama's start waits {}; {}\nExecStartPre={}\nTimeoutStartSec={}\n",
      describe_gate(gate),
      gate.required ? "it does not start without them" : "then it starts without them",
      gate_command(gate), render_timeout(gate.start_timeout));
}

std::optional<Gate> parse_gate(std::string_view value) {
  const bool required = !value.starts_with('-');
  if (!required) value.remove_prefix(1);
  const auto words = split_at(value, ' ');
  auto gate = gate_of({words.begin(), words.end()});
  if (gate) gate->required = required;
  return gate;
}

std::optional<GateInForce> find_gate(const UnitSnapshot& snapshot, std::uint64_t default_timeout) {
  std::optional<GateInForce> found;
  for (const ExecCommand& command : exec_commands_of(snapshot, "ExecStartPre")) {
    if (auto gate = parse_gate(command.text)) found = GateInForce{std::move(*gate), command.source};
  }
  if (found) found->gate.start_timeout = start_timeout_of(snapshot, default_timeout);
  return found;
}

bool is_gate(const std::vector<std::string>& words) { return gate_of(words).has_value(); }

std::string describe_gate(const Gate& gate) {
  if (gate.gpus.empty()) return fmt::format("at most {} s for the GPUs", gate.seconds);
  // A UUID, MIG's too, says itself what it is.
  if (!is_digit(gate.gpus.front())) {
    return fmt::format("at most {} s for {}", gate.seconds, gate.gpus);
  }
  const bool several = gate.gpus.find_first_of("-,") != std::string::npos;
  return fmt::format("at most {} s for GPU{} {}", gate.seconds, several ? "s" : "", gate.gpus);
}

std::optional<std::string> gate_ids(const std::optional<std::string>& cuda,
                                    const std::optional<std::string>& rocr) {
  if (hides_all(cuda) && (!rocr || hides_all(rocr))) return std::nullopt;
  std::string ids;
  if (cuda && !hides_all(cuda) && is_selector(*cuda)) ids = *cuda;
  if (!rocr || hides_all(rocr) || !is_selector(*rocr)) return ids;
  // Beside NVIDIA's a number of ROCm's would be read as NVIDIA's.
  if (ids.empty() && (!cuda || hides_all(cuda))) return *rocr;
  if (!ids.empty() && rocr->starts_with("GPU-")) ids += "," + *rocr;
  return ids;
}

Result<void> check_gate_program(const std::string& path, bool of_user) {
  constexpr std::array<std::string_view, 6> kHidden{"/tmp/",  "/var/tmp/", "/dev/shm/",
                                                    "/root/", "/home/",    "/run/user/"};
  constexpr std::size_t kForEveryone = 3;  // the first ones are nobody's to rely on
  const std::size_t count = of_user ? kForEveryone : kHidden.size();
  const bool hidden =
      std::ranges::any_of(std::span(kHidden).first(count),
                          [&](std::string_view start) { return path.starts_with(start); });
  const std::string install = fmt::format(
      "install it where services can run it: sudo install -m 755 {} "
      "/usr/local/bin/ollama-gpu, and run that",
      path);
  if (hidden) {
    return fail(Errc::conflict,
                fmt::format("{} cannot be the program of the gate: a service may not see it, or it "
                            "is gone after the next boot",
                            path),
                install);
  }
  if (path.starts_with('/') && is_plain(path)) return {};
  return fail(Errc::conflict,
              fmt::format("'{}' cannot be the program of the gate: there are characters in it that "
                          "have a meaning in a unit file",
                          path),
              install);
}

}  // namespace ollama_gpu
