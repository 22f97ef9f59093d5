// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "changes.hpp"
#include "commands.hpp"
#include "ollama_gpu/app/commands.hpp"
#include "program.hpp"
#include "session.hpp"

// The main command.
namespace ollama_gpu::cli {
namespace {

using Kind = SettingChange::Kind;

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
      "--gpu-ids", "FORM", request.gpu_ids,
      {{"auto", GpuIds::automatic}, {"index", GpuIds::index}, {"uuid", GpuIds::uuid}},
      "how to write them: auto, index or uuid (default: auto)");
  add.setting_flag("--spread", {Kind::set, "OLLAMA_SCHED_SPREAD", "1"},
                   "spread every model over all of them");
  add.setting_flag("--no-spread", {Kind::off, "OLLAMA_SCHED_SPREAD", "0"},
                   "not so: our line goes, or says 0 where another file sets it")
      .excludes("--spread");
}

void declare_gate(Declare& add, ConfigureRequest& request) {
  const auto wait = [&request](double seconds) -> Result<void> {
    const auto whole = static_cast<unsigned>(seconds);
    if (whole < 1 || whole > kLongestGate || static_cast<double>(whole) != seconds) {
      return fail(Errc::usage,
                  fmt::format("--wait-for-gpus takes whole seconds from 1 to {}, not '{}'",
                              kLongestGate, seconds),
                  "write --wait-for-gpus=120, or --wait-for-gpus for 60 seconds");
    }
    request.gate = GateRequest{true, whole, false};
    return {};
  };
  add.seconds("--wait-for-gpus", wait,
              "before each start of Ollama wait until they can be used, at most so long "
              "(default: 60); then it starts all the same, but not with --require-gpu")
      .bare(fmt::format("{}", kGateSeconds));
  add.flag(
         "--no-wait-for-gpus",
         [&request] {
           request.gate = GateRequest{false, 0, false};
         },
         "no such wait")
      .excludes("--wait-for-gpus");
}

Result<SettingChange> flash_attention(const std::string& name, const std::string& value) {
  const Kind kind = value == "auto" ? Kind::unset : Kind::set;
  const std::string number = value == "auto" ? "" : value == "on" ? "1" : "0";
  return SettingChange{kind, "OLLAMA_FLASH_ATTENTION", number, name};
}

void declare_settings(Declare& add) {
  add.heading("Settings");
  add.setting("--keep-alive", "DURATION", "OLLAMA_KEEP_ALIVE",
              "keep models loaded for so long after their last use: 24h, 5m, 300 (seconds), 0; "
              "without a DURATION: for ever")
      .bare("-1");
  add.setting_flag("--no-keep-alive", {Kind::off, "OLLAMA_KEEP_ALIVE", "5m"},
                   "Ollama's default of 5m, in the same way")
      .excludes("--keep-alive");
  add.setting("--num-parallel", "N", "OLLAMA_NUM_PARALLEL", "requests a model answers at once");
  add.setting("--max-loaded-models", "N", "OLLAMA_MAX_LOADED_MODELS",
              "models loaded at the same time");
  add.setting("--max-queue", "N", "OLLAMA_MAX_QUEUE", "requests that may wait");
  add.setting("--context-length", "N", "OLLAMA_CONTEXT_LENGTH", "default context, in tokens");
  add.setting("--flash-attention", "MODE", "OLLAMA_FLASH_ATTENTION",
              "on, off or auto (as Ollama decides)")
      .only("on|off|auto")
      .writes("OLLAMA_FLASH_ATTENTION", flash_attention);
  add.setting("--kv-cache-type", "TYPE", "OLLAMA_KV_CACHE_TYPE",
              "type of the context cache: f16, q8_0, q4_0, ...")
      .propose("f16|q8_0|q4_0|f32|bf16|q4_1|iq4_nl|q5_0|q5_1");
  add.setting("--listen", "HOST[:PORT]", "OLLAMA_HOST", "address that Ollama listens on");
  add.setting("--models", "DIR", "OLLAMA_MODELS", "directory of the models")
      .complete(Complete::directory);
}

Result<SettingChange> set(const std::string& name, const std::string& pair) {
  const std::size_t equals = pair.find('=');
  if (equals != std::string::npos && equals != 0) {
    return SettingChange{Kind::set, pair.substr(0, equals), pair.substr(equals + 1), name};
  }
  constexpr std::string_view kFullWidth = "\xEF\xBC\x9D";  // U+FF1D
  const bool full_width = pair.find(kFullWidth) != std::string::npos;
  return fail(Errc::usage, fmt::format("--set takes K=V, not '{}'", pair),
              full_width    ? "that is a full-width equals sign: type '=' instead"
              : equals == 0 ? "a name must stand before the '='"
                            : fmt::format("write --set {}=VALUE, or --unset {}", pair, pair));
}

Result<SettingChange> unset(const std::string& name, const std::string& variable) {
  return SettingChange{Kind::unset, variable, "", name};
}

void declare_any_other(Declare& add, ConfigureRequest& request) {
  add.heading("Any other variable");
  const auto later = [](const std::string&) { return Result<void>(); };  // read_configure()
  add.value("--set", "K=V", later, "set K to V; one pair an option, may be repeated")
      .repeatable()
      .writes("", set);
  add.value("--unset", "K", later, "Ollama does not get K, whatever sets it; may be repeated")
      .repeatable()
      .writes("", unset);
  add.flag("--exact", request.exact,
           "just what is named here; without it, what is not named stays");
}

void declare_flow(Declare& add, Options& options) {
  app::ChangeOptions& change = options.configure.change;
  add.heading("How it is done");
  const auto config = [&options](const std::string& file) {
    options.config = file;
    return Result<void>();
  };
  add.value("--config", "FILE", config, "take options from a TOML file; the command line wins")
      .complete(Complete::file);
  declare_when(add, change);
  Declared preload = add.flag("--preload", change.preload,
                              "after a restart, load the models again that it unloaded");
  declare_undoing(add, change);
  preload.excludes("--no-verify");
  add.flag("--require-gpu", change.require_gpu,
           "put everything back if Ollama does not use just these GPUs")
      .excludes("--no-verify");
  add.flag("--force", options.configure.request.force,
           "accept a value or a name that Ollama would misread");
}

// The same failure, at the place of the file's option.
Failure at_place(Error error, const Given& given) {
  if (given.place) error.location = given.place;
  return Failure(std::move(error));
}

// Two options may say the same of a variable, but nothing else.
Result<void> add_change(std::vector<SettingChange>& changes, SettingChange change) {
  const auto earlier = std::ranges::find(changes, change.name, &SettingChange::name);
  if (earlier == changes.end()) {
    changes.push_back(std::move(change));
  } else if (earlier->kind != change.kind || earlier->value != change.value) {
    return fail(Errc::usage,
                fmt::format("{} is given twice: by {} and by {}", change.name, earlier->option,
                            change.option),
                "give it once");
  }
  return {};
}

// A change against Ollama's grammar, and beside --gpus.
Result<void> check(const SettingChange& change, const ConfigureRequest& request) {
  if (auto checked = check_change(change, request.force); !checked) return checked;
  if (!request.gpus || change.name != "CUDA_VISIBLE_DEVICES") return {};
  return fail(Errc::usage, "--gpus already decides CUDA_VISIBLE_DEVICES",
              fmt::format("give --gpus or {} CUDA_VISIBLE_DEVICES, not both", change.option));
}

}  // namespace

void declare_configure(Declare& add, Options& options) {
  ConfigureRequest& request = options.configure.request;
  declare_gpus(add, request);
  declare_gate(add, request);
  declare_settings(add);
  declare_any_other(add, request);
  declare_flow(add, options);
}

Result<void> read_configure(Options& options, const std::vector<Given>& given) {
  ConfigureRequest& request = options.configure.request;
  if (request.gate) request.gate->required = options.configure.change.require_gpu;
  for (const Given& each : given) {
    if (!each.extra->change) continue;
    auto change = each.extra->change(each.name, each.value);
    if (!change) return at_place(change.error(), each);
    if (auto added = add_change(request.changes, std::move(*change)); !added) {
      return at_place(added.error(), each);
    }
  }
  for (const Given& each : given) {
    const auto change = std::ranges::find(request.changes, each.variable(), &SettingChange::name);
    if (change == request.changes.end()) continue;
    if (auto checked = check(*change, request); !checked) return at_place(checked.error(), each);
  }
  return {};
}

int run_configure(Session& session) {
  return session.run(Signals::end_in_order, app::configure, session.options().configure);
}

}  // namespace ollama_gpu::cli
