// SPDX-License-Identifier: MIT
#include "app/change/gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/running.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"

namespace ollama_gpu::app {

namespace {

// Below --root another ollama-gpu will run than this one.
Result<std::string> program_in_root(const Context& context) {
  constexpr std::array<const char*, 2> kPlaces{"/usr/bin/ollama-gpu", "/usr/local/bin/ollama-gpu"};
  for (const std::string place : kPlaces) {
    if (context.files.resolve(place)) return place;
  }
  return fail(Errc::conflict,
              fmt::format("the gate would have no program: below {} there is neither {} nor {}",
                          context.options.root, kPlaces[0], kPlaces[1]),
              "install ollama-gpu there first");
}

// It runs at each start of the service, as its user or as root: nobody else may replace it, nor any
// directory on the way to it.
Result<void> check_owner(const Context& context, const std::string& program) {
  for (std::size_t end = program.size(); end != std::string::npos && end > 0;
       end = program.rfind('/', end - 1)) {
    const std::string path = program.substr(0, end);
    const auto status = context.files.status(path);
    if (!status) continue;
    const bool own = status->uid == 0 || status->uid == context.host.user_id();
    const bool by_group = (status->mode & 020U) != 0 && status->gid != 0;
    if (own && !by_group && (status->mode & 002U) == 0) continue;
    return fail(Errc::conflict,
                fmt::format("{} cannot be the program of the gate: other users may replace {}",
                            program, path == program ? "it" : path),
                fmt::format("install it where only root may write: sudo install -m 755 {} "
                            "/usr/local/bin/ollama-gpu, and run that",
                            shell_word(program)));
  }
  return {};
}

Result<std::string> program_of_gate(const Context& context, const Observation& seen) {
  if (has_own_root(seen.disk)) {
    return fail(
        Errc::conflict,
        fmt::format("{} has a root directory of its own: a gate could not run in it", seen.unit_id),
        "leave --wait-for-gpus out");
  }
  if (!context.options.root.empty()) return program_in_root(context);
  auto own = context.host.own_program();
  if (!own) return own;
  if (auto seen_by_unit = check_gate_program(*own, context.options.user); !seen_by_unit) {
    return Failure(seen_by_unit.error());
  }
  if (auto owned = check_owner(context, *own); !owned) return Failure(owned.error());
  return own;
}

void warn_of_missing_program(const Context& context, const Gate& gate, Target& target) {
  const auto found = context.files.resolve(gate.program);
  if (found || found.error().code != Errc::not_found) return;
  target.warnings.push_back(fmt::format(
      "the gate's program {} is gone: {}. --wait-for-gpus={} names the one that "
      "runs now",
      gate.program,
      gate.required ? "the service does not start" : "the service starts without a wait",
      gate.seconds));
}

}  // namespace

Result<void> settle_gate(Context& context, const Observation& seen,
                         const std::optional<GateRequest>& asked, DropIn& drop_in, Target& target) {
  std::optional<Gate>& gate = drop_in.gate;
  if (asked) gate.reset();
  if (asked && asked->wanted) {
    auto program = program_of_gate(context, seen);
    if (!program) return Failure(program.error());
    gate = Gate{std::move(*program), "", asked->seconds, asked->required, 0};
  }
  if (!gate) return {};
  const EffectiveEnvironment& others = seen.without_ours.effective;
  const DeviceLists lists = lists_of(others, drop_in);
  auto ids = gate_ids(lists.cuda, lists.rocr);
  if (!ids && asked) {
    return fail(Errc::usage, "--wait-for-gpus has nothing to wait for: no GPU is selected",
                "leave it out, or select GPUs with --gpus");
  }
  if (!ids) {
    target.notes.push_back({PlanAction::note, "", "no GPU is selected any more: the gate goes"});
    gate.reset();
    return {};
  }
  if (asked || lists != lists_of(others, seen.current.drop_in)) gate->gpus = *ids;
  const std::uint64_t own = start_timeout_of(seen.without_ours, seen.default_start_timeout);
  gate->start_timeout = std::max({gate->start_timeout, own, gate->needed_timeout()});
  if (!asked) warn_of_missing_program(context, *gate, target);
  return {};
}

}  // namespace ollama_gpu::app
