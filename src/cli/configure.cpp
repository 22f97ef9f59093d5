// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "cli/changes.hpp"
#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "cli/session.hpp"
#include "ollama_gpu/app/commands.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"
#include "ollama_gpu/core/ollama/split_mode.hpp"

// The main command.
namespace ollama_gpu::cli {
namespace {

using Kind = SettingChange::Kind;

constexpr const char* kPerGpu = "per-gpu";  // what --replicas without a number stands for

// A change of a variable, held against Ollama's grammar and what else is given. Two options may say
// the same of a variable, but nothing else.
Result<void> put(const Declare& add, ConfigureRequest& request, SettingChange change) {
  if (auto checked = check_change(change, add.given("--force")); !checked) return checked;
  if (add.given("--gpus") && change.name == "CUDA_VISIBLE_DEVICES") {
    return fail(Errc::usage, "--gpus already decides CUDA_VISIBLE_DEVICES",
                fmt::format("give --gpus or {} CUDA_VISIBLE_DEVICES, not both", change.option));
  }
  const auto earlier = std::ranges::find(request.changes, change.name, &SettingChange::name);
  if (earlier == request.changes.end()) {
    request.changes.push_back(std::move(change));
  } else if (earlier->kind != change.kind || earlier->value != change.value) {
    return fail(Errc::usage,
                fmt::format("{} is given twice: by {} and by {}", change.name, earlier->option,
                            change.option),
                "give it once");
  }
  return {};
}

// The first to speak of its variable, but for an option that it excludes: nothing to refuse.
CLI::Option* declare_switch(Declare& add, ConfigureRequest& request, const SettingChange& change,
                            std::string_view help) {
  const auto given = [&request, change] { request.changes.push_back(change); };
  return add.flag(change.option, given, help);
}

void declare_gpus(Declare& add, ConfigureRequest& request) {
  add.heading("GPUs");
  const auto gpus = [&request](const std::string& text) -> Result<void> {
    auto selector = parse_selector(text);
    if (!selector) return Failure(selector.error());
    request.gpus = std::move(*selector);
    return {};
  };
  add.value("--gpus", "SELECTOR", gpus,
            "which GPUs Ollama may use: all, none, 0,2, 0-3, GPU-..., min-free=20GiB "
            "(see: ollama-gpu help selectors)");
  add.choice<GpuIds>(
      "--gpu-ids", "FORM", into(request.gpu_ids),
      {{"auto", GpuIds::automatic}, {"index", GpuIds::index}, {"uuid", GpuIds::uuid}},
      "how to write them: auto, index or uuid (default: auto)");
  CLI::Option* spread =
      declare_switch(add, request, {Kind::set, "OLLAMA_SCHED_SPREAD", "1", "--spread"},
                     "spread every model over all of them");
  declare_switch(add, request, {Kind::off, "OLLAMA_SCHED_SPREAD", "0", "--no-spread"},
                 "not so: our line goes, or says 0 where another file sets it")
      ->excludes(spread);
  const auto mode = [add, &request](const std::string& value) {
    return put(add, request, {Kind::set, std::string(kSplitMode), value, "--split-mode"});
  };
  CLI::Option* split_mode = add.choice<std::string>(
      "--split-mode", "MODE", mode, {{"tensor", "tensor"}, {"layer", "layer"}},
      "how a model is cut over them (Ollama 0.30 and later): layer by layer, or tensor: a part of "
      "every layer on every GPU, which answers faster; adds --spread");
  declare_switch(add, request, {Kind::off, std::string(kSplitMode), "layer", "--no-split-mode"},
                 "llama.cpp's default, layer, in the same way")
      ->excludes(split_mode);
}

void declare_gate(Declare& add, ConfigureRequest& request) {
  const auto wait = [add, &request](double seconds) -> Result<void> {
    const auto whole = static_cast<unsigned>(seconds);
    if (whole < 1 || whole > kLongestGate || static_cast<double>(whole) != seconds) {
      return fail(Errc::usage,
                  fmt::format("--wait-for-gpus takes whole seconds from 1 to {}, not '{}'",
                              kLongestGate, seconds),
                  "write --wait-for-gpus=120, or --wait-for-gpus for 60 seconds");
    }
    request.gate = GateRequest{true, whole, add.given("--require-gpu")};
    return {};
  };
  CLI::Option* wait_for_gpus =
      add.seconds("--wait-for-gpus", wait,
                  "before each start of Ollama wait until they can be used, at most so long "
                  "(default: 60); then it starts all the same, but not with --require-gpu");
  wait_for_gpus->default_str(fmt::format("{}", kGateSeconds));
  const auto no_wait = [&request] { request.gate = GateRequest{false, 0, false}; };
  add.flag("--no-wait-for-gpus", no_wait, "no such wait")->excludes(wait_for_gpus);
}

void declare_replicas(Declare& add, ConfigureRequest& request) {
  add.heading("Many users of one model");
  const auto share = [&request](const std::string& count) -> Result<void> {
    constexpr unsigned kMost = 64;
    const bool per_gpu = count == kPerGpu;
    const auto number = parse_go_uint(count);
    if (!per_gpu && (!number || *number < 1 || *number > kMost)) {
      return fail(Errc::usage,
                  fmt::format("--replicas takes a number from 1 to {}, not '{}'", kMost, count),
                  "write --replicas for one server per GPU, or --replicas=2; --no-replicas goes "
                  "back to one");
    }
    // One server needs no entry: as --no-replicas.
    request.replicas =
        ReplicaRequest{per_gpu || *number > 1, per_gpu ? 0 : static_cast<unsigned>(*number)};
    return {};
  };
  CLI::Option* replicas =
      add.value("--replicas", "N", share,
                "N servers share the selected GPUs behind one address, Ollama's own, where HAProxy "
                "gives each request to a server that is free; without N: one per GPU");
  replicas->default_str(kPerGpu);
  const auto alone = [&request] { request.replicas = ReplicaRequest{false, 0}; };
  add.flag("--no-replicas", alone, "one server again")->excludes(replicas);
}

void declare_settings(Declare& add, ConfigureRequest& request) {
  add.heading("Settings");
  const auto setting = [&](const char* name, const char* value_name, const char* variable,
                           std::string_view help, std::string values = {}) {
    const auto take = [add, &request, name, variable](const std::string& value) {
      if (!value.empty()) return put(add, request, {Kind::set, variable, value, name});
      return Result<void>(fail(Errc::usage, fmt::format("{} needs a value", name),
                               fmt::format("--unset {} takes it away", variable)));
    };
    return add.value(name, value_name, take, help, std::move(values));
  };
  CLI::Option* keep_alive =
      setting("--keep-alive", "DURATION", "OLLAMA_KEEP_ALIVE",
              "keep models loaded for so long after their last use: 24h, 5m, 300 (seconds), 0; "
              "without a DURATION: for ever");
  keep_alive->default_str("-1");
  declare_switch(add, request, {Kind::off, "OLLAMA_KEEP_ALIVE", "5m", "--no-keep-alive"},
                 "Ollama's default of 5m, in the same way")
      ->excludes(keep_alive);
  setting("--num-parallel", "N", "OLLAMA_NUM_PARALLEL", "requests a model answers at once");
  setting("--max-loaded-models", "N", "OLLAMA_MAX_LOADED_MODELS", "models loaded at the same time");
  setting("--max-queue", "N", "OLLAMA_MAX_QUEUE", "requests that may wait");
  setting("--context-length", "N", "OLLAMA_CONTEXT_LENGTH", "default context, in tokens");
  using Mode = std::pair<Kind, std::string>;
  const auto flash = [add, &request](const Mode& mode) {
    return put(add, request,
               {mode.first, "OLLAMA_FLASH_ATTENTION", mode.second, "--flash-attention"});
  };
  add.choice<Mode>(
      "--flash-attention", "MODE", flash,
      {{"on", {Kind::set, "1"}}, {"off", {Kind::set, "0"}}, {"auto", {Kind::unset, ""}}},
      "on, off or auto (as Ollama decides)");
  setting("--kv-cache-type", "TYPE", "OLLAMA_KV_CACHE_TYPE",
          "type of the context cache: f16, q8_0, q4_0, ...",
          "f16|q8_0|q4_0|f32|bf16|q4_1|iq4_nl|q5_0|q5_1");
  setting("--listen", "HOST[:PORT]", "OLLAMA_HOST", "address that Ollama listens on");
  setting("--models", "DIR", "OLLAMA_MODELS", "directory of the models");
}

Result<void> set(const Declare& add, ConfigureRequest& request, const std::string& pair) {
  const std::size_t equals = pair.find('=');
  if (equals != std::string::npos && equals != 0) {
    return put(add, request, {Kind::set, pair.substr(0, equals), pair.substr(equals + 1), "--set"});
  }
  constexpr std::string_view kFullWidth = "\xEF\xBC\x9D";  // U+FF1D
  const bool full_width = pair.find(kFullWidth) != std::string::npos;
  return fail(Errc::usage, fmt::format("--set takes K=V, not '{}'", pair),
              full_width ? "that is a full-width equals sign: type '=' instead"
              : equals == 0 || pair.empty()
                  ? "a name must stand before the '='"
                  : fmt::format("write --set {}=VALUE, or --unset {}", pair, pair));
}

void declare_any_other(Declare& add, ConfigureRequest& request) {
  add.heading("Any other variable");
  const auto set_pair = [add, &request](const std::string& pair) {
    return set(add, request, pair);
  };
  add.value("--set", "K=V", set_pair, "set K to V; one pair an option, may be repeated")
      ->take_all();
  const auto unset = [add, &request](const std::string& variable) {
    return put(add, request, {Kind::unset, variable, "", "--unset"});
  };
  add.value("--unset", "K", unset, "Ollama does not get K, whatever sets it; may be repeated")
      ->take_all();
  add.flag("--exact", request.exact,
           "just what is named here; without it, what is not named stays");
}

void declare_configure(Declare& add, Options& options) {
  app::ChangeOptions& change = options.configure.change;
  ConfigureRequest& request = options.configure.request;
  declare_gpus(add, request);
  declare_gate(add, request);
  declare_replicas(add, request);
  declare_settings(add, request);
  declare_any_other(add, request);
  add.heading("How it is done");
  add.value("--config", "FILE", into(options.config),
            "take options from a TOML file (-: standard input); the command line wins");
  declare_when(add, change);
  CLI::Option* preload =
      add.flag("--preload", change.preload,
               "after a restart, load the models again that it unloaded; none of them: "
               "exit 11, with --require-gpu put back");
  declare_undoing(add, change);
  CLI::Option* require_gpu = add.flag("--require-gpu", change.require_gpu,
                                      "put everything back if Ollama does not use just these GPUs");
  add.app().get_option("--no-verify")->excludes(preload, require_gpu);
  add.flag("--force", request.force, "accept a value or a name that Ollama would misread");
}

}  // namespace

const Command kConfigure{
    "configure",
    "set what is named, restart Ollama if it must, and prove it",
    "Merges the settings named into one drop-in of the service, makes systemd load it, restarts "
    "Ollama only if its process does not have them already, and checks the result. If Ollama is "
    "not healthy afterwards, everything is put back. Without a setting it makes true what the "
    "drop-in already says. Run twice, the second run changes nothing.",
    "sudo ollama-gpu configure --gpus all --spread --keep-alive\n"
    "ollama-gpu configure --gpus 0-3 --keep-alive=24h --dry-run",
    declare_configure,
    [](Session& session) {
      return session.run(Signals::end_in_order, app::configure, session.options().configure);
    }};

}  // namespace ollama_gpu::cli
