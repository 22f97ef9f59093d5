// SPDX-License-Identifier: MIT
#include "app/proof/replica_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <iterator>

#include "app/interruption.hpp"
#include "app/proof/load_check.hpp"
#include "app/running.hpp"

namespace ollama_gpu::app {

namespace {

using Seconds = ports::Clock::Seconds;

constexpr double kTokenTime = 60;  // seconds for one token of a model that is loaded
constexpr double kUnloadPatience = 30;
constexpr std::size_t kRequestsPerServer = 2;

class ServerLoads {
 public:
  ServerLoads(Context& context, const VerifyOptions& options, const ReplicaGoal& goal,
              VerifyReport& report)
      : context_(context), options_(options), goal_(goal), report_(report) {
    options_.keep_loaded = true;
  }

  Result<void> run() {
    Result<void> done;
    for (const ServerGoal& server : goal_.servers) {
      if (done) done = load(server);
    }
    if (done && !loaded_.empty()) ask_through_entry();
    for (const Loaded& one : loaded_) unload(one);
    return done;
  }

 private:
  struct Loaded {
    const ReplicaServer* server = nullptr;
    std::string model = {};
    bool was_loaded = false;
  };

  Result<void> load(const ServerGoal& server) {
    Context own = context_;
    own.options.unit = server.server.unit;
    const auto seen = observe(own);
    if (!seen) return Failure(seen.error());
    VerifyReport part;
    const Evidence answers{EvidenceLevel::server, EvidenceStatus::ok, "it does not answer"};
    auto done = check_memory(own, *seen, options_, answers, part);
    const bool first = server.server.drop_in_path.empty();
    for (Evidence& level : part.evidence) {
      if (!first) level.unit = server.server.unit;
      report_.evidence.push_back(std::move(level));
    }
    std::ranges::move(part.warnings, std::back_inserter(report_.warnings));
    if (!part.load) return done;
    loaded_.push_back({&server.server, part.load->model, part.load->was_loaded});
    part.load->unit = server.server.unit;
    if (first) {
      report_.load = std::move(*part.load);
    } else {
      report_.other_loads.push_back(std::move(*part.load));
    }
    return done;
  }

  Evidence answers(EvidenceStatus status, std::string detail) const {
    return {EvidenceLevel::answer, status, std::move(detail)};
  }

  void ask_through_entry() {
    const auto state = context_.manager();
    const auto entry = state && *state != nullptr ? (*state)->unit(goal_.places.entry_unit)
                                                  : fail(Errc::failed, "no systemd is running");
    const auto own = entry ? own_ollama(context_, goal_.listen, *entry) : Failure(entry.error());
    if (!own) {
      report_.evidence.push_back(answers(EvidenceStatus::failed, own.error().message));
      return;
    }
    const auto before = context_.entry.look(goal_.places.entry_socket);
    const std::size_t count = kRequestsPerServer * goal_.servers.size();
    std::size_t answered = 0;
    std::string problem;
    for (const auto& done : ask_at_once(*own, count)) {
      if (done) ++answered;
      if (!done) problem = done.error().message;
    }
    const auto after = context_.entry.look(goal_.places.entry_socket);
    judge(count, answered, problem, before, after);
  }

  std::vector<Result<void>> ask_at_once(const ports::OllamaService& entry, std::size_t count) {
    std::vector<std::future<Result<void>>> requests;
    const auto in_time = [](Seconds waited) { return waited.count() < kTokenTime; };
    for (std::size_t i = 0; i < count; ++i) {
      requests.push_back(std::async(std::launch::async, [&] {
        return context_.ollama.probe(entry, loaded_.front().model, in_time);
      }));
    }
    std::vector<Result<void>> done;
    done.reserve(requests.size());
    for (auto& request : requests) done.push_back(request.get());
    return done;
  }

  void judge(std::size_t count, std::size_t answered, const std::string& problem,
             const Result<ProxyState>& before, const Result<ProxyState>& after) {
    if (answered < count) {
      report_.evidence.push_back(
          answers(EvidenceStatus::failed,
                  fmt::format("{} of {} requests through {} failed: {}", count - answered, count,
                              goal_.listen.text(), problem)));
      return;
    }
    if (!before || !after) {
      report_.evidence.push_back(
          answers(EvidenceStatus::skipped, "which server answered only root may ask HAProxy"));
      return;
    }
    std::string shares;
    std::string idle;
    for (const ServerGoal& server : goal_.servers) {
      const std::uint64_t share = answered_by(*after, server) - answered_by(*before, server);
      shares += fmt::format("{}{}", shares.empty() ? "" : ", ", share);
      if (share == 0 && idle.empty()) idle = server.server.unit;
    }
    report_.evidence.push_back(
        idle.empty() ? answers(EvidenceStatus::ok,
                               fmt::format("{} requests at once through {} were answered by the "
                                           "servers: {}",
                                           count, goal_.listen.text(), shares))
                     : answers(EvidenceStatus::failed, idle + " answered none of the requests"));
  }

  static std::uint64_t answered_by(const ProxyState& proxy, const ServerGoal& server) {
    const ProxyServer* found = proxy.find("work", server.server.name());
    return found == nullptr ? 0 : found->answered;
  }

  void unload(const Loaded& one) {
    if (one.was_loaded) return;
    const auto manager = context_.manager();
    if (!manager || *manager == nullptr) return;
    const auto state = (*manager)->unit(one.server->unit);
    const auto own =
        state ? own_ollama(context_, one.server->endpoint(), *state) : Failure(state.error());
    const auto gone =
        own ? context_.ollama.unload(
                  *own, one.model, [](Seconds waited) { return waited.count() < kUnloadPatience; })
            : Result<void>(Failure(own.error()));
    if (!gone) report_.warnings.push_back(gone.error().message);
    for (LoadReport* load : loads_of(one.server->unit)) load->unloaded = gone.has_value();
  }

  std::vector<LoadReport*> loads_of(const std::string& unit) {
    std::vector<LoadReport*> loads;
    if (report_.load && report_.load->unit == unit) loads.push_back(&*report_.load);
    for (LoadReport& load : report_.other_loads) {
      if (load.unit == unit) loads.push_back(&load);
    }
    return loads;
  }

  Context& context_;
  VerifyOptions options_;
  const ReplicaGoal& goal_;
  VerifyReport& report_;
  std::vector<Loaded> loaded_ = {};
};

}  // namespace

Result<void> check_memory_of_servers(Context& context, const VerifyOptions& options,
                                     const ReplicaGoal& goal, VerifyReport& report) {
  return ServerLoads(context, options, goal, report).run();
}

}  // namespace ollama_gpu::app
