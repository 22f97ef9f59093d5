// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "ollama_gpu/presentation/paint.hpp"
#include "presentation/table.hpp"
#include "presentation/text_parts.hpp"

// `status`: several servers behind one address.
namespace ollama_gpu {
namespace {

std::string number_or_unknown(const std::optional<std::uint64_t>& number) {
  return number ? fmt::format("{}", *number) : "?";
}

std::string loaded_by(const app::ServerInReport& server) {
  if (!server.models) return "?";
  std::string names;
  for (const app::ModelReport& model : *server.models) {
    names += (names.empty() ? "" : ", ") + printable(model.name);
  }
  return names.empty() ? "none" : names;
}

Cell state_in_entry(const app::ServerInReport& server) {
  if (server.active_state != "active") return {printable(server.active_state), Tone::bad};
  if (server.in_entry.empty()) return {"up", Tone::good};
  if (server.in_entry.starts_with("UP")) return {"up", Tone::good};
  return {server.in_entry.starts_with("DRAIN") ? "draining" : printable(server.in_entry),
          Tone::caution};
}

}  // namespace

void write_entry(std::ostream& out, const Style& style, const app::EntryReport& entry) {
  heading(out, style, "Servers");
  out << "  " << printable(entry.address) << "  " << printable(entry.unit) << ' '
      << paint(style, entry.active_state == "active" ? Tone::good : Tone::bad,
               printable(entry.active_state));
  if (entry.waiting) {
    out << fmt::format(", {} request{} waiting", *entry.waiting, *entry.waiting == 1 ? "" : "s");
  }
  out << '\n';
  Table table({{"SERVER", false, 0, 16},
               {"GPUS"},
               {"STATE"},
               {"UNDER WAY", true},
               {"ANSWERED", true, 2},
               {"MODELS", false, 1, 8}},
              2);
  table.fold();
  for (const app::ServerInReport& server : entry.servers) {
    table.add({{printable(server.unit)},
               {printable(server.gpus)},
               state_in_entry(server),
               {number_or_unknown(server.under_way)},
               {number_or_unknown(server.answered)},
               {loaded_by(server)}});
  }
  out << table.render(style);
}

}  // namespace ollama_gpu
