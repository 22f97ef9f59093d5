// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/replicas/replica_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text/ascii.hpp"
#include "ollama_gpu/core/ollama/split_mode.hpp"
#include "ollama_gpu/core/systemd/unit_name.hpp"

namespace ollama_gpu {

namespace {

constexpr const char* kCuda = "CUDA_VISIBLE_DEVICES";
constexpr const char* kRocr = "ROCR_VISIBLE_DEVICES";
constexpr const char* kHip = "HIP_VISIBLE_DEVICES";
constexpr const char* kHost = "OLLAMA_HOST";
constexpr const char* kNoPrune = "OLLAMA_NOPRUNE";
constexpr const char* kVulkan = "OLLAMA_VULKAN";
constexpr const char* kSpreadOver = "OLLAMA_SCHED_SPREAD";

// Why a variable stands in the drop-in of a server: by these it is known as no choice of the
// user's.
constexpr std::string_view kOwnGpus = "its share of the GPUs that --gpus selects";
constexpr std::string_view kOwnAddress = "its own: clients come through the entry";
constexpr std::string_view kOthersAway =
    "Ollama 0.30 and later would bring the GPUs of the other servers back through Vulkan";
constexpr std::string_view kSpreadInside =
    "where a server has several GPUs, its models lie on all of them";
constexpr std::string_view kOneWriter = "the first server alone tidies the models that all share";

bool is_of_replicas(std::string_view reason) {
  constexpr std::array kReasons{kOwnGpus, kOwnAddress, kOthersAway, kSpreadInside, kOneWriter};
  return std::ranges::find(kReasons, reason) != kReasons.end();
}

struct Device {
  bool amd = false;
  std::string id = {};
};

void add_devices(const DropIn& drop_in, const char* list, bool amd, std::vector<Device>& devices) {
  const DropInVariable* variable = drop_in.find(list);
  if (variable == nullptr) return;
  for (const std::string_view id : split_at(variable->value, ',')) {
    if (!id.empty() && id.front() != '-') devices.push_back({amd, std::string(id)});
  }
}

std::vector<Device> devices_of(const DropIn& drop_in) {
  std::vector<Device> devices;
  add_devices(drop_in, kCuda, false, devices);
  add_devices(drop_in, kRocr, true, devices);
  return devices;
}

std::string joined(const std::vector<Device>& devices) {
  std::string text;
  for (const Device& device : devices) text += (text.empty() ? "" : ",") + device.id;
  return text;
}

// As even as it goes, the earlier ones get one more.
std::vector<std::vector<Device>> groups_of(const std::vector<Device>& devices, std::size_t count) {
  std::vector<std::vector<Device>> groups(count);
  auto next = devices.begin();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t size = devices.size() / count + (i < devices.size() % count ? 1 : 0);
    groups[i].assign(next, next + static_cast<std::ptrdiff_t>(size));
    next += static_cast<std::ptrdiff_t>(size);
  }
  return groups;
}

// The lists of one server: of a vendor of which it has no GPU it hides all.
void put_lists(const std::vector<Device>& group, const DropIn& alone, DropIn& drop_in) {
  std::vector<Device> nvidia;
  std::vector<Device> amd;
  for (const Device& device : group) (device.amd ? amd : nvidia).push_back(device);
  const auto put = [&](const char* list, const std::vector<Device>& devices) {
    const DropInVariable* before = alone.find(list);
    const std::string ids = devices.empty() ? "-1" : joined(devices);
    if (before == nullptr || before->value == ids) return;
    drop_in.put({list, ids, before->reason.empty() ? std::string(kOwnGpus) : before->reason});
  };
  put(kCuda, nvidia);
  put(kRocr, amd);
  std::vector<Device> positions;
  for (std::size_t i = 0; i < amd.size(); ++i) positions.push_back({true, fmt::format("{}", i)});
  put(kHip, positions);
}

class Sharer {
 public:
  Sharer(const DropIn& alone, const ReplicaFacts& facts)
      : alone_(alone), facts_(facts), devices_(devices_of(alone)) {}

  Result<ReplicaSet> run() {
    if (auto able = check(); !able) return Failure(able.error());
    set_.places = facts_.places;
    set_.listen = facts_.listen;
    set_.parallel = facts_.parallel;
    const auto groups = groups_of(devices_, count_);
    for (std::size_t i = 0; i < count_; ++i) add_server(i, groups[i]);
    add_note();
    if (devices_.size() % count_ != 0) {
      set_.notes.push_back(fmt::format("{} GPUs cannot be shared out evenly over {} servers",
                                       devices_.size(), count_));
    }
    return std::move(set_);
  }

 private:
  Result<void> check() {
    if (devices_.empty()) {
      return fail(Errc::usage, "--replicas needs GPUs to share out, and none are selected",
                  "name them: --gpus all, or --gpus 0-3");
    }
    count_ =
        alone_.replicas && alone_.replicas->asked != 0 ? alone_.replicas->asked : devices_.size();
    if (count_ > devices_.size()) {
      return fail(Errc::not_found,
                  fmt::format("{} servers are more than the {} GPU{} selected", count_,
                              devices_.size(), devices_.size() == 1 ? "" : "s"),
                  "each server needs a GPU of its own: ask for fewer, or select more GPUs");
    }
    if (count_ < 2) {
      return fail(Errc::usage, "one server alone needs no entry before it",
                  "select several GPUs, or give --no-replicas: one server without an entry");
    }
    const DropInVariable* mode = alone_.find(kSplitMode);
    if (mode != nullptr && mode->value == kTensor && devices_.size() / count_ < 2) {
      return fail(Errc::usage,
                  fmt::format("split mode tensor needs several GPUs per server, and {} servers "
                              "have {} GPUs",
                              count_, devices_.size()),
                  "ask for fewer servers, or give --no-split-mode as well");
    }
    if (facts_.first_port == 0 || facts_.first_port + count_ > 65536) {
      return fail(Errc::usage, "the servers need the ports after Ollama's own, and there are none",
                  "choose a lower port with --listen");
    }
    const std::size_t at = facts_.listen.port;
    if (at >= facts_.first_port && at < facts_.first_port + count_) {
      return fail(Errc::usage, fmt::format("port {} is one of the servers' own", at),
                  "choose another with --listen");
    }
    return {};
  }

  void add_server(std::size_t i, const std::vector<Device>& group) {
    ReplicaServer server;
    server.port = static_cast<std::uint16_t>(facts_.first_port + i);
    server.unit = i == 0 ? facts_.places.unit : facts_.places.server_unit(server.port);
    server.drop_in_path = i == 0 ? "" : facts_.places.server_drop_in(server.port);
    server.gpus = joined(group);
    server.drop_in = alone_;
    server.drop_in.replicas.reset();
    put_lists(group, alone_, server.drop_in);
    server.drop_in.put({kHost, server.endpoint().text(), std::string(kOwnAddress)});
    add_on_behalf(server.drop_in);
    if (i > 0) server.drop_in.put({kNoPrune, "1", std::string(kOneWriter)});
    set_.servers.push_back(std::move(server));
  }

  void add_on_behalf(DropIn& drop_in) const {
    if (drop_in.find(kVulkan) == nullptr) drop_in.put({kVulkan, "0", std::string(kOthersAway)});
    if (devices_.size() <= count_ || facts_.spread_is_set) return;
    if (drop_in.find(kSpreadOver) == nullptr) {
      drop_in.put({kSpreadOver, "1", std::string(kSpreadInside)});
    }
  }

  // The note in the first drop-in, from which as_one_server() comes back.
  void add_note() {
    ReplicaNote note;
    note.asked = alone_.replicas ? alone_.replicas->asked : 0;
    for (const char* name : {kCuda, kRocr, kHip, kHost}) {
      const DropInVariable* before = alone_.find(name);
      const DropInVariable* now = set_.servers.front().drop_in.find(name);
      if (before != nullptr && *before != *now) note.alone.push_back({name, before->value});
    }
    for (std::size_t i = 1; i < count_; ++i) note.wants.push_back(set_.servers[i].unit);
    note.wants.push_back(facts_.places.entry_unit);
    if (facts_.restart == "always") note.restart = "on-success";
    if (facts_.restart == "on-failure") note.restart = "no";
    set_.servers.front().drop_in.replicas = std::move(note);
  }

  const DropIn& alone_;
  const ReplicaFacts& facts_;
  std::vector<Device> devices_;
  std::size_t count_ = 0;
  ReplicaSet set_ = {};
};

}  // namespace

std::string ReplicaServer::name() const { return fmt::format("ollama-{}", port); }

std::string ReplicaPlaces::server_unit(std::uint16_t port) const {
  return fmt::format("{}{}.service", template_unit.substr(0, template_unit.find('@') + 1), port);
}

std::string ReplicaPlaces::server_drop_in(std::uint16_t port) const {
  // After zz-ollama-gpu.conf, which the server shares with the first.
  return fmt::format("{}/{}.d/zzz-ollama-gpu.conf", config_directory, server_unit(port));
}

Result<ReplicaPlaces> replica_places(const std::string& unit_id,
                                     const std::string& config_directory) {
  const auto name = UnitName::parse(unit_id);
  if (!name) return Failure(name.error());
  if (name->is_instance()) {
    return fail(
        Errc::usage,
        fmt::format("--replicas makes instances of its own, and {} is one already", unit_id),
        "use a plain service, or --no-replicas");
  }
  const bool usual = name->prefix() == "ollama";
  const std::string suffix = usual ? "" : "-" + name->prefix();
  ReplicaPlaces places;
  places.unit = unit_id;
  places.config_directory = config_directory;
  places.template_unit = name->prefix() + "@.service";
  places.template_path = config_directory + "/" + places.template_unit;
  places.shared_link = places.template_path + ".d";
  places.shared_directory = config_directory + "/" + unit_id + ".d";
  places.revive_path = config_directory + "/ollama-gpu-revive@.service";
  places.entry_unit = fmt::format("ollama-gpu-entry{}.service", suffix);
  places.entry_path = config_directory + "/" + places.entry_unit;
  places.entry_config = fmt::format("/etc/ollama-gpu/entry{}.cfg", suffix);
  places.entry_includes = fmt::format("/etc/ollama-gpu/entry{}.d", suffix);
  places.entry_credentials = "/run/credentials/" + places.entry_unit;
  places.entry_socket = fmt::format("/run/ollama-gpu-entry{}/admin.sock", suffix);
  return places;
}

Result<ReplicaSet> share_out(const DropIn& alone, const ReplicaFacts& facts) {
  return Sharer(alone, facts).run();
}

DropIn as_one_server(const DropIn& drop_in) {
  if (!drop_in.replicas) return drop_in;
  DropIn alone = drop_in;
  for (const DropInVariable& before : drop_in.replicas->alone) {
    if (DropInVariable* now = alone.find(before.name)) {
      const bool ours = is_of_replicas(now->reason);
      *now = {before.name, before.value, ours ? "" : now->reason};
    }
  }
  std::erase_if(alone.variables,
                [](const DropInVariable& variable) { return is_of_replicas(variable.reason); });
  alone.replicas = ReplicaNote{};
  alone.replicas->asked = drop_in.replicas->asked;
  return alone;
}

std::vector<ReplicaServer> servers_of(const DropIn& drop_in, const ReplicaPlaces& places) {
  std::vector<ReplicaServer> servers;
  const DropInVariable* host = drop_in.find(kHost);
  if (!drop_in.replicas || host == nullptr) return servers;
  const auto add = [&](const std::string& unit, std::uint16_t port, std::string path) {
    ReplicaServer server;
    server.unit = unit;
    server.port = port;
    server.drop_in_path = std::move(path);
    servers.push_back(std::move(server));
  };
  add(places.unit, parse_ollama_host(host->value).endpoint.port, "");
  const std::string prefix = places.template_unit.substr(0, places.template_unit.find('@') + 1);
  for (const std::string& unit : drop_in.replicas->wants) {
    if (!unit.starts_with(prefix)) continue;
    const auto port = parse_decimal(std::string_view(unit).substr(
        prefix.size(), unit.size() - prefix.size() - std::string_view(".service").size()));
    if (!port || *port == 0 || *port > UINT16_MAX) continue;
    const auto number = static_cast<std::uint16_t>(*port);
    add(unit, number, places.server_drop_in(number));
  }
  return servers;
}

}  // namespace ollama_gpu
