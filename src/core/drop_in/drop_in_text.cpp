// SPDX-License-Identifier: MIT
// How our drop-in is written and read back.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <utility>

#include "core/systemd/time_span.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/drop_in/drop_in.hpp"

namespace ollama_gpu {

namespace {

constexpr std::string_view kWrittenBy = "# Written by ollama-gpu ";
constexpr std::string_view kSelector = "# gpus: ";
constexpr std::string_view kAdded = "# added: ";
constexpr std::string_view kReplicas = "# replicas: ";
constexpr std::string_view kOnePerGpu = "one per GPU";
constexpr std::string_view kAlone = "# alone: ";
constexpr std::string_view kRevive = "ollama-gpu-revive@%n.service";

std::string header(std::string_view version, std::string_view unit_id, const DropIn& drop_in) {
  std::string out = fmt::format(
      "{}{} for {}. Later runs read it and keep what they are not\n"
      "# asked to change; edits by hand are kept too.\n"
      "#   change:  ollama-gpu configure --help\n"
      "#   remove:  sudo ollama-gpu reset --unit {}\n",
      kWrittenBy, version, unit_id, unit_id);
  if (!drop_in.selector.empty()) out += fmt::format("{}{}\n", kSelector, drop_in.selector);
  if (!drop_in.replicas) return out;
  const ReplicaNote& note = *drop_in.replicas;
  out += fmt::format("{}{}\n", kReplicas,
                     note.asked == 0 ? std::string(kOnePerGpu) : fmt::format("{}", note.asked));
  for (const DropInVariable& variable : note.alone) {
    out += fmt::format("{}{}\n", kAlone, quote_assignment(variable.name, variable.value));
  }
  return out;
}

// What lets several servers start, stop and restart as one. The revive unit brings back a server
// that crashed, and it alone: systemd's own automatic restart would take those along that are
// PartOf= this one (src/core/service.c, service_enter_restart).
std::string render_unit_part(const ReplicaNote& note) {
  std::string out = fmt::format("\n[Unit]\nWants={}\n", fmt::join(note.wants, " "));
  if (!note.restart.empty()) out += fmt::format("OnFailure={}\n", kRevive);
  return out;
}

std::string render(const DropIn& drop_in, std::string_view unit_id, std::string_view version) {
  std::string out = header(version, unit_id, drop_in);
  if (drop_in.replicas) out += render_unit_part(*drop_in.replicas);
  out += "\n[Service]\n";
  if (drop_in.replicas && !drop_in.replicas->restart.empty()) {
    out += fmt::format("Restart={}\n", drop_in.replicas->restart);
  }
  for (const DropInVariable& variable : drop_in.variables) {
    if (!variable.reason.empty()) out += fmt::format("{}{}\n", kAdded, variable.reason);
    out += fmt::format("Environment={}\n", quote_assignment(variable.name, variable.value));
  }
  for (const std::string& name : drop_in.unset) out += fmt::format("UnsetEnvironment={}\n", name);
  if (drop_in.gate) out += render_gate(*drop_in.gate);
  std::string section = "Service";
  for (const ForeignDirective& directive : drop_in.foreign) {
    if (directive.section != section) out += fmt::format("\n[{}]\n", directive.section);
    section = directive.section;
    out += directive.text + "\n";
  }
  return out;
}

// The comment lines at the top, up to the first section.
struct Header {
  std::string version;
  std::string unit_id;
  std::string selector;
  std::optional<ReplicaNote> replicas;
};

void read_replicas(std::string_view line, Header& found) {
  if (line.starts_with(kReplicas)) {
    const auto asked = parse_decimal(line.substr(kReplicas.size()));
    found.replicas = ReplicaNote{};
    found.replicas->asked = static_cast<unsigned>(asked.value_or(0));
  }
  if (!found.replicas || !line.starts_with(kAlone)) return;
  const UnitFile parsed =
      parse_unit_file("", fmt::format("[Service]\nEnvironment={}\n", line.substr(kAlone.size())));
  for (const Assignment& assignment : merge_environment({parsed}, {}).environment) {
    found.replicas->alone.push_back({assignment.name, assignment.value});
  }
}

// Takes what render_unit_part() and Restart= say; everything else is somebody's own.
bool take_of_replicas(const Directive& directive, ReplicaNote& note) {
  const auto is = [&](std::string_view section, std::string_view key) {
    return directive.section == section && directive.key == key;
  };
  if (is("Unit", "Wants") && note.wants.empty()) {
    for (const std::string_view word : split_at(directive.value, ' ')) {
      if (!word.empty()) note.wants.emplace_back(word);
    }
    return true;
  }
  if (is("Unit", "OnFailure")) return directive.value == kRevive;
  if (!is("Service", "Restart") || !note.restart.empty()) return false;
  note.restart = directive.value;
  return true;
}

Header read_header(std::string_view bytes) {
  Header found;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view line = bytes.substr(0, end);
    if (!line.empty() && line.front() != '#') break;
    if (line.starts_with(kWrittenBy)) {
      const std::string_view rest = line.substr(kWrittenBy.size());
      const std::size_t space = rest.find(" for ");
      const std::size_t stop = rest.find(". Later");
      if (space != std::string_view::npos && stop != std::string_view::npos && space < stop) {
        found.version = rest.substr(0, space);
        found.unit_id = rest.substr(space + 5, stop - space - 5);
      }
    }
    if (line.starts_with(kSelector)) found.selector = line.substr(kSelector.size());
    read_replicas(line, found);
    if (end == std::string_view::npos) break;
    bytes.remove_prefix(end + 1);
  }
  return found;
}

std::string reason_above(const UnitFile& file, std::size_t line) {
  if (line < 2) return "";
  const std::string_view above = line_at(file, line - 1);
  return above.starts_with(kAdded) ? std::string(above.substr(kAdded.size())) : "";
}

bool is_environment(const Directive& directive) {
  return directive.section == "Service" &&
         (directive.key == "Environment" || directive.key == "UnsetEnvironment");
}

// The gate's two directives stand one below the other.
class GateReader {
 public:
  explicit GateReader(std::optional<Gate>& gate) : gate_(gate) {}

  // True where the directive is of the gate; everything else is somebody's own.
  bool take(const Directive& directive) {
    const bool below = std::exchange(just_read_, false);
    if (directive.section != "Service") return false;
    if (below && directive.key == "TimeoutStartSec") {
      const auto timeout = parse_time_span(directive.value);
      if (timeout) gate_->start_timeout = *timeout;
      return timeout.has_value();
    }
    if (gate_ || directive.key != "ExecStartPre") return false;
    gate_ = parse_gate(directive.value);
    just_read_ = gate_.has_value();
    return just_read_;
  }

 private:
  std::optional<Gate>& gate_;
  bool just_read_ = false;
};

}  // namespace

std::string render_drop_in(const DropIn& drop_in, std::string_view unit_id) {
  return render(drop_in, unit_id, OLLAMA_GPU_VERSION);
}

ReadDropIn read_drop_in(const UnitFile& file, const SpecifierTable& specifiers) {
  const UnitEnvironment environment = merge_environment({file}, {"", {}, specifiers});
  const Header top = read_header(file.bytes);
  std::set<std::size_t> unresolved;  // lines whose meaning we do not know stay as they are
  for (const NamedSource& word : environment.unresolved) unresolved.insert(word.source.line);

  ReadDropIn read;
  read.drop_in.selector = top.selector;
  read.drop_in.replicas = top.replicas;
  for (const Assignment& assignment : environment.environment) {
    if (unresolved.contains(assignment.source.line)) continue;
    read.drop_in.variables.push_back(
        {assignment.name, assignment.value, reason_above(file, assignment.source.line)});
  }
  for (const NamedSource& unset : environment.unset_environment) {
    read.drop_in.unset.push_back(unset.text);
  }
  GateReader gate(read.drop_in.gate);
  for (const Directive& directive : file.directives) {
    if (gate.take(directive)) continue;
    if (read.drop_in.replicas && take_of_replicas(directive, *read.drop_in.replicas)) continue;
    if (is_environment(directive) && !unresolved.contains(directive.position.line)) continue;
    read.drop_in.foreign.push_back({directive.section, directive.key + "=" + directive.value});
  }
  read.damaged = file.aborted || !environment.dropped.empty();
  read.edited_by_hand = render(read.drop_in, top.unit_id, top.version) != file.bytes;
  return read;
}

}  // namespace ollama_gpu
