// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/unit_lookup.hpp"

#include "core/systemd/drop_in_lookup.hpp"
#include "core/systemd/unit_map.hpp"
#include "core/systemd/unit_name_rules.hpp"
#include "core/text/base_name.hpp"

namespace ollama_gpu {
namespace {

std::string instantiated(const std::string& name, const UnitName& unit) {
  if (classify_unit_name(name) != NameKind::template_unit) return name;
  return with_instance(name, unit.instance());
}

// The id that a unit takes: its fragment's name, if that is among its names as they were found
// (src/core/load-fragment.c, merge_by_names). An instance of an alias whose template has an
// instance with a fragment of its own keeps the name it was asked for.
std::string choose_id(const UnitMap::Found& found, const UnitName& name) {
  const std::string id = instantiated(base_name(found.fragment), name);
  return found.names.count(id) > 0 ? id : name.id();
}

// All names, the id first.
std::vector<std::string> order_names(const UnitMap::Found& found, const UnitName& name,
                                     const std::string& id) {
  std::set<std::string> others;
  for (const std::string& other : found.names) others.insert(instantiated(other, name));
  others.erase(id);
  std::vector<std::string> names{id};
  names.insert(names.end(), others.begin(), others.end());
  return names;
}

UnitOnDisk missing(const UnitName& name) {
  UnitOnDisk unit;
  unit.id = name.id();
  unit.names = {name.id()};
  return unit;
}

}  // namespace

Result<UnitOnDisk> find_unit(const FileReader& files, const SearchPath& path, const UnitName& name,
                             unsigned systemd_version) {
  const Result<UnitMap> map = UnitMap::build(files, path);
  if (!map) return Failure(map.error());
  const std::optional<UnitMap::Found> found = map->find(name.id());
  if (!found || found->fragment.empty()) return missing(name);
  const Result<bool> masked = is_null_or_empty(files, found->fragment);
  if (!masked) {
    if (masked.error().code == Errc::permission) return Failure(masked.error());
    return missing(name);  // a dangling link: systemd cannot open it
  }
  UnitOnDisk unit;
  unit.id = choose_id(*found, name);
  unit.load_state = *masked ? LoadState::masked : LoadState::loaded;
  unit.fragment = found->fragment;
  unit.names = order_names(*found, name, unit.id);
  const DropInLookup lookup{files, path, *map, systemd_version};
  Result<std::vector<std::string>> drop_ins = find_drop_ins(lookup, unit.names);
  if (!drop_ins) return Failure(drop_ins.error());
  unit.drop_ins = std::move(*drop_ins);
  return unit;
}

std::string_view name_of(LoadState state) {
  switch (state) {
    case LoadState::loaded:
      return "loaded";
    case LoadState::masked:
      return "masked";
    case LoadState::not_found:
      return "not-found";
    case LoadState::bad_setting:
      return "bad-setting";
    case LoadState::error:
      return "error";
  }
  return "";
}

}  // namespace ollama_gpu
