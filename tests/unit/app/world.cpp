// SPDX-License-Identifier: MIT
#include "app/world.hpp"

#include <algorithm>

namespace ollama_gpu {

std::string installed_unit() {
  return "[Unit]\n"
         "Description=Ollama Service\n"
         "After=network-online.target\n"
         "\n"
         "[Service]\n"
         "ExecStart=/usr/local/bin/ollama serve\n"
         "User=ollama\n"
         "Group=ollama\n"
         "Restart=always\n"
         "RestartSec=3\n"
         "Environment=\"PATH=/usr/local/bin:/usr/bin\"\n"
         "\n"
         "[Install]\n"
         "WantedBy=default.target\n";
}

Result<std::vector<std::string>> FakeProcesses::environment(int pid) const {
  if (unreadable) return Failure(*unreadable);
  if (pid == 1 && !manager.empty()) return manager;
  const auto& process = systemd_.process();
  if (!process || static_cast<int>(process->pid) != pid) {
    return fail(Errc::not_found, "no such process: " + std::to_string(pid));
  }
  if (reads_before_exec > 0) {
    --reads_before_exec;
    return std::vector<std::string>{"PATH=/sbin", "container=lxc"};
  }
  std::vector<std::string> strings;
  for (const auto& [name, value] : process->environment) strings.push_back(name + "=" + value);
  return strings;
}

Result<std::vector<int>> FakeProcesses::in_control_group(const std::string& cgroup) const {
  const auto& process = systemd_.process();
  if (!process || cgroup != systemd_.state().control_group) return std::vector<int>{};
  return std::vector<int>{static_cast<int>(process->pid), static_cast<int>(process->pid) + 1};
}

std::string FakeProcesses::control_group(int pid) const {
  if (const auto found = ending.find(pid); found != ending.end()) return found->second;
  const auto& process = systemd_.process();
  const bool own = process && static_cast<int>(process->pid) == pid;
  return own ? systemd_.state().control_group : "";
}

std::string FakeProcesses::command(int pid) const {
  return control_group(pid).empty() ? "llama-server" : "ollama";
}

Result<std::vector<ports::Listener>> FakeProcesses::listeners(
    const Endpoint& endpoint, const std::string& /*control_group*/) const {
  if (unresolved && unresolved()) return fail(Errc::failed, "cannot find the address of there");
  std::vector<ports::Listener> found;
  const auto& process = systemd_.process();
  if (systemd_.listens() && process->endpoint.port == endpoint.port) {
    found.push_back({static_cast<int>(process->pid), "ollama", systemd_.state().control_group, 999,
                     "127.0.0.1"});
    if (hidden) found.back() = {0, "", "", 999};
  }
  for (const auto& [where, listener] : others) {
    if (where.port == endpoint.port) found.push_back(listener);
  }
  return found;
}

Result<double> FakeProcesses::cpu_time(const std::string& /*cgroup*/) const {
  if (cpu_unknown) return Failure(*cpu_unknown);
  return cpu();
}

Result<std::vector<ClientConnection>> FakeProcesses::clients(const Endpoint& endpoint) const {
  const auto& process = systemd_.process();
  const bool own = systemd_.listens() && process->endpoint.port == endpoint.port;
  return own ? connections : std::vector<ClientConnection>{};
}

Result<std::string> FakeOllama::version(const ports::OllamaService& service, Seconds timeout) {
  ++asked;
  forget_ended();
  if (!systemd_.listens() || service.control_group != systemd_.state().control_group) {
    return fail(Errc::not_found, "nobody listens at " + service.endpoint.text());
  }
  if (!systemd_.answers()) {
    return fail(Errc::failed, "no answer within " + std::to_string(timeout.count()) + " s");
  }
  calls_.notify("answer");
  return std::string("0.33.0");
}

Result<std::vector<ports::LoadedModel>> FakeOllama::loaded(const ports::OllamaService& /*service*/,
                                                           Seconds /*timeout*/) {
  if (!systemd_.answers()) return fail(Errc::failed, "no answer");
  forget_ended();
  return models;
}

Result<std::vector<ports::InstalledModel>> FakeOllama::installed(
    const ports::OllamaService& /*service*/, Seconds /*timeout*/) {
  if (!systemd_.answers()) return fail(Errc::failed, "no answer");
  return models_on_disk;
}

Result<std::optional<ModelShape>> FakeOllama::shape(const ports::OllamaService& /*service*/,
                                                    const std::string& model, Seconds /*timeout*/) {
  if (!systemd_.answers()) return fail(Errc::failed, "no answer");
  const auto found = shapes.find(model);
  return found == shapes.end() ? std::nullopt : std::optional(found->second);
}

void FakeOllama::forget_ended() {
  const std::uint32_t pid = systemd_.process() ? systemd_.process()->pid : 0;
  if (pid_ != 0 && pid_ != pid) models.clear();
  pid_ = pid;
}

Result<void> FakeOllama::load(const ports::OllamaService& /*service*/, const std::string& model,
                              std::optional<ports::KeepAlive> keep_alive, const Tick& tick) {
  forget_ended();
  calls_.add("load " + model + (keep_alive ? " " + std::to_string(keep_alive->count()) : ""));
  if (!systemd_.answers()) return fail(Errc::failed, "cannot load " + model + ": no answer");
  for (int i = 1; i <= load_ticks; ++i) {
    if (!tick(Seconds(0.1 * i))) return fail(Errc::interrupted, "given up");
  }
  if (const auto error = load_fails.find(model); error != load_fails.end()) {
    return Failure(error->second);
  }
  const auto on_disk = std::find_if(models_on_disk.begin(), models_on_disk.end(),
                                    [&](const auto& known) { return known.name == model; });
  if (on_disk == models_on_disk.end()) return fail(Errc::not_found, "no model " + model);
  std::erase_if(models, [&](const auto& loaded) { return loaded.name == model; });
  const double left = keep_alive ? static_cast<double>(keep_alive->count()) : 300;
  models.push_back({model, on_disk->size, on_disk->size, "",
                    left < 0 ? std::nullopt : std::optional(left), 4096});
  on_load();
  return {};
}

Result<void> FakeOllama::probe(const ports::OllamaService& service, const std::string& model,
                               const Tick& tick) {
  if (no_token) return Failure(*no_token);
  return load(service, model, std::nullopt, tick);
}

Result<void> FakeOllama::unload(const ports::OllamaService& /*service*/, const std::string& model,
                                const Tick& /*tick*/) {
  forget_ended();
  calls_.add("unload " + model);
  if (!systemd_.answers()) return fail(Errc::failed, "cannot unload " + model + ": no answer");
  std::erase_if(models, [&](const auto& loaded) { return loaded.name == model; });
  return {};
}

Ask& Ask::gpus(std::string_view selector) {
  options.request.gpus = *parse_selector(selector);
  return *this;
}

Ask& Ask::set(std::string name, std::string value) {
  options.request.changes.push_back(
      {SettingChange::Kind::set, std::move(name), std::move(value), "--set"});
  return *this;
}

Ask& Ask::off(std::string name, std::string value) {
  options.request.changes.push_back(
      {SettingChange::Kind::off, std::move(name), std::move(value), "--no"});
  return *this;
}

Ask& Ask::unset(std::string name) {
  options.request.changes.push_back({SettingChange::Kind::unset, std::move(name), "", "--unset"});
  return *this;
}

Ask& Ask::exact() {
  options.request.exact = true;
  return *this;
}

Ask the_usual() {
  return Ask().gpus("all").set("OLLAMA_SCHED_SPREAD", "1").set("OLLAMA_KEEP_ALIVE", "-1");
}

World::World() {
  options.command_line = "ollama-gpu configure";
  files.put(kFragment, installed_unit());
  files.put("/usr/local/bin/ollama", "a program");
  systemd.boot();
}

app::Context World::context() {
  return {options,
          system_search_path(),
          "/etc/systemd/system",
          files,
          processes,
          journal,
          ollama,
          entry,
          gpus,
          clock,
          store,
          host,
          messages,
          [this]() -> Result<ports::ServiceManager*> {
            if (no_connection) return Failure(*no_connection);
            return no_systemd ? nullptr : &systemd;
          }};
}

app::Outcome<app::ChangeReport> World::configure(const Ask& ask) {
  auto now = context();
  return app::configure(now, ask.options);
}

app::Outcome<app::ChangeReport> World::reset(const app::ChangeOptions& change) {
  auto now = context();
  return app::reset(now, change);
}

app::Outcome<app::ChangeReport> World::rollback(std::optional<std::uint64_t> generation,
                                                const app::ChangeOptions& change) {
  auto now = context();
  return app::rollback(now, {change, generation});
}

void World::configured(const Ask& ask) {
  configure(ask);
  calls.clear();
  clock.advance(60);
}

std::vector<std::string> marks(const std::vector<Evidence>& evidence) {
  std::vector<std::string> texts;
  for (const Evidence& level : evidence) {
    texts.push_back(std::string(name_of(level.level)) + ":" + std::string(name_of(level.status)));
  }
  return texts;
}

std::string text_of(const std::vector<PlanStep>& plan) {
  std::string text;
  for (const PlanStep& step : plan) {
    text += std::string(name_of(step.action)) + " " + step.path + ": " + step.reason + "\n";
  }
  return text;
}

}  // namespace ollama_gpu
