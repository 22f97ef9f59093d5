// SPDX-License-Identifier: MIT
#include "presentation/text_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "ollama_gpu/core/text/size.hpp"
#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/text_width.hpp"

namespace ollama_gpu {

void heading(std::ostream& out, const Style& style, std::string_view text) {
  out << '\n' << paint(style, Tone::bold, text) << '\n';
}

void write_evidence(std::ostream& out, const Style& style, const std::vector<Evidence>& evidence,
                    bool logged) {
  constexpr std::size_t kIndent = 20;
  for (const Evidence& seen : evidence) {
    const std::string mark = fmt::format("{:<7}", mark_of(seen.status));
    const std::string line = fmt::format(
        "  {}  {:<7}  {}", paint(style, tone_of(seen.status), mark), name_of(seen.level),
        wrap_indented(printable(seen.unit.empty() ? seen.detail : seen.unit + ": " + seen.detail),
                      style.width, kIndent));
    out << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
    if (!logged || seen.logged.empty()) continue;
    out << std::string(kIndent, ' ') << "| "
        << wrap_indented(printable(seen.logged), style.width, kIndent + 2) << '\n';
  }
}

void write_warnings(std::ostream& out, const Style& style,
                    const std::vector<std::string>& warnings) {
  if (!warnings.empty()) out << '\n';
  for (const std::string& warning : warnings) {
    out << paint(style, Tone::caution, "warning:") << ' '
        << wrap_indented(printable(warning), style.width, 9) << '\n';
  }
}

std::string count_evidence(const std::vector<Evidence>& evidence) {
  constexpr std::array kOrder{EvidenceStatus::ok, EvidenceStatus::failed, EvidenceStatus::pending,
                              EvidenceStatus::skipped};
  std::string out;
  for (const EvidenceStatus status : kOrder) {
    const auto count = std::ranges::count_if(
        evidence, [&](const Evidence& seen) { return seen.status == status; });
    if (count == 0) continue;
    if (!out.empty()) out += ", ";
    out += fmt::format("{} {}", count, mark_of(status));
  }
  return out.empty() ? "nothing to check" : out;
}

std::string place_of(const Source& source) {
  if (source.file.empty()) return "the service manager";
  const std::string file = printable(source.file);
  return source.line > 0 ? fmt::format("{}:{}", file, source.line) : file;
}

std::string restarts_of(const app::UnitReport& unit) {
  if (unit.n_restarts == 0) return "";
  if (unit.n_restarts == 1) return ", restarted by systemd once";
  return fmt::format(", restarted by systemd {} times", unit.n_restarts);
}

void write_gate(std::ostream& out, const std::optional<GateInForce>& found) {
  if (!found) return;
  out << "  gate     each start waits " << printable(describe_gate(found->gate)) << ", then "
      << (found->gate.required ? "fails" : "goes on without") << '\n';
}

std::string memory_of(std::optional<std::uint64_t> used, std::optional<std::uint64_t> total) {
  if (!used && !total) return "?";
  if (!total) return format_size(*used) + " used";
  if (!used) return "? / " + format_size(*total);
  return format_size(*used) + " / " + format_size(*total);
}

std::string utc_time(std::int64_t seconds) {
  using namespace std::chrono;
  const sys_seconds time{std::chrono::seconds(seconds)};
  const auto midnight = floor<days>(time);
  const year_month_day date(midnight);
  const hh_mm_ss clock(time - midnight);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<MemoryParts> parts_of(const Gpu& gpu, std::uint64_t held_by_ollama) {
  const std::uint64_t total = gpu.memory_total.value_or(0);
  if (total == 0 || !gpu.memory_used) return std::nullopt;
  MemoryParts parts;
  parts.total = total;
  const std::uint64_t used = std::min(total, *gpu.memory_used);
  parts.own = std::min(held_by_ollama, used);
  parts.others = used - parts.own;
  parts.free = total - std::min(total, used + gpu.memory_reserved.value_or(0));
  return parts;
}

std::string bar_of(const Style& style, const MemoryParts& parts, std::size_t width) {
  const auto total = static_cast<double>(parts.total);
  return bar(style, static_cast<double>(parts.own) / total,
             static_cast<double>(parts.others) / total, width);
}

std::string_view name_of(GpuFault fault) {
  switch (fault) {
    case GpuFault::none:
      return "";
    case GpuFault::library_missing:
      return "library_missing";
    case GpuFault::driver_not_loaded:
      return "driver_not_loaded";
    case GpuFault::version_mismatch:
      return "version_mismatch";
    case GpuFault::no_permission:
      return "no_permission";
    case GpuFault::no_devices:
      return "no_devices";
    case GpuFault::lost:
      return "lost";
    case GpuFault::other:
      break;
  }
  return "other";
}

std::string_view name_of(Vendor vendor) {
  switch (vendor) {
    case Vendor::nvidia:
      return "nvidia";
    case Vendor::amd:
      return "amd";
    case Vendor::intel:
      return "intel";
    case Vendor::other:
      break;
  }
  return "other";
}

}  // namespace ollama_gpu
