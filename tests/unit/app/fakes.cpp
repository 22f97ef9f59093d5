// SPDX-License-Identifier: MIT
#include "app/fakes.hpp"

#include <limits>
#include <stdexcept>

namespace ollama_gpu {

namespace {

constexpr int kMostSleeps = 100'000;  // more is a loop that never ends
constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;

class FakeLock : public ports::Lock {
 public:
  explicit FakeLock(bool& held) : held_(held) { held_ = true; }
  ~FakeLock() override { held_ = false; }
  FakeLock(const FakeLock&) = delete;
  FakeLock& operator=(const FakeLock&) = delete;

 private:
  bool& held_;
};

}  // namespace

void FakeClock::raise(int signal) {
  ++raised_;
  if (signal_ == 0) signal_ = signal;
}

bool FakeClock::run_next(double end) {
  const auto next = events_.begin();
  if (next == events_.end() || next->first > end) return false;
  now_ = std::max(now_, next->first);
  const auto run = std::move(next->second);
  events_.erase(next);
  run();
  return true;
}

void FakeClock::advance(double seconds) {
  const double end = now_ + seconds;
  while (run_next(end)) {
  }
  now_ = end;
}

std::int64_t FakeClock::unix_seconds() const {
  return 1'700'000'000 + static_cast<std::int64_t>(now_);
}

void FakeClock::sleep(Seconds duration) {
  if (++sleeps_ > kMostSleeps) throw std::logic_error("this loop never ends");
  const double end = now_ + duration.count();
  const int before = raised_;
  if (const auto hook = at_sleep_.find(sleeps_); hook != at_sleep_.end()) hook->second();
  while (raised_ == before && run_next(end)) {
  }
  if (raised_ == before) now_ = end;
}

std::string FakeStore::last_result() const {
  return generations.empty() ? "(none)" : std::string(name_of(generations.back().result));
}

Result<std::unique_ptr<ports::Lock>> FakeStore::lock(const std::string& unit_id,
                                                     Seconds /*timeout*/, const OnWait& on_wait) {
  locks.push_back(unit_id);
  if (locked) {
    for (int i = 0; i < 3 && on_wait(4242, "ollama-gpu configure"); ++i) {
    }
    return Failure(*locked);
  }
  if (held) return fail(Errc::busy, "another ollama-gpu is at work");
  return std::make_unique<FakeLock>(held);
}

Result<std::uint64_t> FakeStore::store(const ports::Generation& generation) {
  if (store_fails) return Failure(*store_fails);
  generations.push_back(generation);
  generations.back().id = generations.size();
  calls_.add("store " + std::string(name_of(generation.result)));
  return generations.back().id;
}

Result<void> FakeStore::set_result(const std::string& /*unit_id*/, std::uint64_t id,
                                   ports::GenerationResult result) {
  if (id == 0 || id > generations.size()) return fail(Errc::not_found, "no such generation");
  generations[id - 1].result = result;
  return {};
}

Result<std::vector<ports::Generation>> FakeStore::list(
    const std::string& unit_id, std::vector<std::string>& /*damaged*/) const {
  if (list_fails) return Failure(*list_fails);
  std::vector<ports::Generation> found;
  for (const ports::Generation& generation : generations) {
    if (generation.unit == unit_id) found.push_back(generation);
  }
  return found;
}

Inventory four_gpus() {
  Inventory inventory;
  inventory.source = "NVML";
  for (unsigned i = 0; i < 4; ++i) {
    Gpu gpu;
    gpu.index = i;
    gpu.uuid = "GPU-" + std::to_string(i) + "0000000-1111-2222-3333-444444444444";
    gpu.pci = "0000:" + std::to_string(i + 1) + "1:00.0";
    gpu.name = "NVIDIA L40";
    gpu.memory_total = 48 * kGiB;
    gpu.memory_used = kGiB;
    inventory.gpus.push_back(std::move(gpu));
  }
  return inventory;
}

Result<std::string> FakeJournal::from_start(const ports::UnitRun& run,
                                            const ports::TakeLine& take) const {
  auto found = newest(run, std::numeric_limits<std::size_t>::max());
  if (!found) return Failure(found.error());
  for (const std::string& line : found->service) {
    if (!take(1, line)) break;
  }
  return found->reason;
}

Result<ports::JournalLines> FakeJournal::newest(const ports::UnitRun& run,
                                                std::size_t limit) const {
  if (broken) return Failure(*broken);
  ports::JournalLines found;
  const auto lines = runs.find(run.invocation_id);
  if (!deaf && lines != runs.end()) found = lines->second;
  if (found.service.size() > limit) {
    found.service.erase(found.service.begin(),
                        found.service.end() - static_cast<std::ptrdiff_t>(limit));
  }
  if (behind && !found.service.empty()) found.service.pop_back();
  found.reason = reason;
  if (!reason.empty()) found.service.clear();
  return found;
}

Result<ports::JournalLines> FakeJournal::recent(const ports::UnitRun& /*run*/, std::int64_t since,
                                                std::size_t limit) const {
  if (broken) return Failure(*broken);
  ports::JournalLines found;
  for (const auto& [time, line] : strays) {
    if (time >= since && found.service.size() < limit) found.service.push_back(line);
  }
  return found;
}

}  // namespace ollama_gpu
