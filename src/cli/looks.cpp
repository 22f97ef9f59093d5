// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/declare.hpp"
#include "cli/session.hpp"
#include "cli/watch.hpp"
#include "ollama_gpu/app/commands.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/text/suggest.hpp"

// The commands that change nothing.
namespace ollama_gpu::cli {
namespace {

int watch(Session& session, app::Context& context) {
  const Options& options = session.options();
  // What is wrong from the start, such as a unit that does not exist, is told as status tells it.
  const auto first = app::status(context, {false, 1.0});
  if (first.error) return session.finish(first);
  const auto signal = watch_status(context, options.json, options.color);
  if (!signal) return session.finish_error(signal.error());
  if (*signal == 0) return 0;
  return exit_code(Error{Errc::interrupted, "", "", std::nullopt, *signal});
}

void declare_status(Declare& add, Options& options) {
  add.heading("How it is done");
  add.flag("--watch", options.watch,
           "draw it again every second, until q or Ctrl-C; with --json a line each time");
  add.flag("--exit-code", options.status.exit_code,
           "exit 11 where the service is down or something does not hold");
}

int run_status(Session& session) {
  const Options& options = session.options();
  if (!options.watch) {
    app::StatusOptions status = options.status;
    status.brief = options.brief;
    status.evidence = !options.brief;
    return session.run(Signals::end_at_once, app::status, status);
  }
  if (!options.json && !session.style().terminal) {
    return session.finish_error({Errc::usage, "--watch redraws a terminal, and this is none",
                                 "write status --watch --json for one JSON object a line"});
  }
  return session.run_live(Signals::end_in_order,
                          [&](app::Context& context) { return watch(session, context); });
}

void declare_show(Declare& add, Options& options) {
  constexpr int kMost = 1000;
  add.operands("variable", "[VARIABLE...]", kMost, [&options](const std::string& name) {
    const Setting* called = setting_called(name);
    options.show.variables.push_back(called != nullptr ? std::string(called->name) : name);
    return Result<void>();
  });
  add.heading("How it is shown");
  CLI::Option* toml = add.flag("--toml", options.toml,
                               "as the file for configure --config that makes the same settings");
  toml->excludes(add.app().get_option("variable"));
}

int run_show(Session& session) {
  const Options& options = session.options();
  if (!options.toml) return session.run(Signals::end_at_once, app::show, options.show);
  return session.run_live(Signals::end_at_once, [&](app::Context& context) {
    const auto outcome = app::show(context, options.show);
    return outcome.error ? session.finish_error(*outcome.error)
                         : session.finish_text("show", outcome.report.toml);
  });
}

void declare_verify(Declare& add, Options& options) {
  app::VerifyOptions& verify = options.verify;
  add.heading("How it is done");
  const auto take = [&verify](const std::string& model) -> Result<void> {
    verify.load = model;
    if (!model.empty()) return {};
    return fail(Errc::usage, "--load needs a model", "see which there are: ollama list");
  };
  add.value("--load", "MODEL", take,
            "have Ollama load this model, see on which GPUs it lies, and unload it again");
  add.flag("--force", verify.force,
           "with --load, --probe: go on though that may push out models that are loaded");
  add.flag("--strict", verify.strict, "what could not be seen fails too");
  const auto probe = [&verify](const std::string& model) -> Result<void> {
    verify.probe = model;
    if (!model.empty()) return {};
    return fail(Errc::usage, "--probe needs a model", "see which there are: ollama list");
  };
  CLI::Option* probed = add.value("--probe", "MODEL", probe,
                                  "have Ollama answer with one token of this model, within a time");
  const auto timeout = [&verify](double seconds) -> Result<void> {
    verify.timeout = seconds;
    if (seconds > 0) return {};
    return fail(Errc::usage, "--timeout must be more than 0 seconds");
  };
  add.seconds("--timeout", timeout, "of --probe, loading the model included (default: 30)")
      ->needs(probed);
}

int run_verify(Session& session) {
  const app::VerifyOptions& verify = session.options().verify;
  const bool asks = !verify.load.empty() || !verify.probe.empty();
  if (verify.force && !asks) {
    return session.finish_error({Errc::usage, "verify takes --force only with --load or --probe",
                                 "write verify --load MODEL --force"});
  }
  if (!verify.probe.empty() && !session.options().global.root.empty()) {
    return session.finish_error(
        {Errc::usage, "--probe and --root contradict each other", "nothing runs in an image"});
  }
  return session.run(asks ? Signals::end_in_order : Signals::end_at_once, app::verify, verify);
}

int run_settings(Session& session) {
  const std::string name = session.options().subject.value_or("");
  app::Outcome<app::SettingsReport> outcome;
  std::vector<std::string> names;
  for (const Setting& setting : known_settings()) names.emplace_back(setting.name);
  outcome.report.all = session.options().all;
  if (!session.options().subject) {
    outcome.report.names = std::move(names);
  } else if (const Setting* called = setting_called(name)) {
    outcome.report.names.emplace_back(called->name);
  } else {
    auto meant = near_miss(name);
    if (!meant) meant = closest_match(name, names);
    const std::string question = meant ? fmt::format("; did you mean {}?", *meant) : "";
    outcome.error = Error{Errc::usage, fmt::format("{} is no setting known here{}", name, question),
                          "see ollama-gpu settings"};
  }
  return session.finish(outcome);
}

// The whole command: of_excluding() says why.
void refuse_root(Declare& add) { add.app().excludes(add.app().get_parent()->get_option("--root")); }

void declare_wait(Declare& add, Options& options) {
  app::WaitOptions& wait = options.wait;
  add.heading("What to wait for");
  const auto gpus = [&wait](const std::string& text) -> Result<void> {
    auto selector = parse_selector(text);
    if (!selector) return Failure(selector.error());
    wait.gpus = std::move(*selector);
    if (!wait.gpus.none) return {};
    return fail(Errc::usage, "wait --gpus none has nothing to wait for", "name the GPUs");
  };
  add.value("--gpus", "SELECTOR", gpus,
            "the GPUs to wait for (default: those that are there, at least one)");
  add.seconds("--timeout", into(wait.timeout), "at most so long (default: 60); 0: look once");
  refuse_root(add);
}

}  // namespace

const Command kStatus{
    "status",
    "one page: the service, its settings, GPUs and models",
    "The service, the settings in force and where they come from, the GPUs with their memory and "
    "what Ollama holds on them, the models loaded, and the evidence. Changes nothing. --watch "
    "leaves the evidence out.",
    "ollama-gpu status\n"
    "ollama-gpu status --watch",
    declare_status,
    run_status};

const Command kShow{
    "show",
    "the environment Ollama gets, and which file says so",
    "Every variable as systemd would set it, with the file and line that wins and those that it "
    "beats. Reads files only: needs no systemd running.",
    "ollama-gpu show OLLAMA_HOST CUDA_VISIBLE_DEVICES\n"
    "ollama-gpu show --toml > ollama-gpu.toml",
    declare_show,
    run_show};

const Command kVerify{
    "verify",
    "check on every level that the settings hold",
    "The evidence, level by level: file, manager, process, server, devices. Changes nothing on the "
    "disk. "
    "Exit code 11 if something does not hold. --load MODEL adds the level memory: the bytes that "
    "this service holds on each GPU before and after. A model that is loaded already is only "
    "looked at, one that was loaded for this is unloaded again; where others are loaded it is "
    "refused (exit code 9), for they might be pushed out. --probe MODEL adds the level answer in "
    "the "
    "same way: one token, within --timeout.",
    "ollama-gpu verify --json\n"
    "sudo ollama-gpu verify --strict --quiet\n"
    "sudo ollama-gpu verify --load llama3.3:70b",
    declare_verify,
    run_verify};

const Command kGpus{
    "gpus",
    "the GPUs there are",
    "The GPUs of this machine with their memory, whether Ollama may use them, what it holds on "
    "each, and the processes that hold memory there.",
    "ollama-gpu gpus",
    [](Declare& add, Options&) { refuse_root(add); },
    [](Session& session) { return session.run(Signals::end_at_once, app::gpus); }};

const Command kSettings{
    "settings",
    "the settings it knows",
    "Every variable that Ollama or a GPU runtime reads, as far as it is known here: what it does, "
    "its default, and the values it takes.",
    "ollama-gpu settings OLLAMA_KEEP_ALIVE",
    [](Declare& add, Options& options) {
      add.operands("name", "[NAME]", 1, into(options.subject));
      add.heading("What is told");
      add.flag("--all", options.all,
               "those too that the client reads, and those of former Ollamas");
    },
    run_settings};

const Command kWait{
    "wait",
    "wait until GPUs can be used",
    "Waits until the drivers show the GPUs and this user can open their device files. Exit code 5 "
    "where that does not come true in time. This is what configure --wait-for-gpus puts before "
    "Ollama's start.",
    "ollama-gpu wait --gpus 0-3 --timeout 120",
    declare_wait,
    [](Session& session) {
      return session.run(Signals::end_at_once, app::wait, session.options().wait);
    }};

}  // namespace ollama_gpu::cli
