// SPDX-License-Identifier: MIT
#include "fake_systemd.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace ollama_gpu {
namespace {

constexpr const char* kJobPath = "/org/freedesktop/systemd1/job/42";
using Clock = std::chrono::steady_clock;

// Every job gives the service a new InvocationID.
int append_unit(sd_bus_message* reply, const std::string& active_state, unsigned job,
                unsigned char jobs) {
  const unsigned char id[16] = {static_cast<unsigned char>(0x01 + jobs),
                                0x23,
                                0x45,
                                0x67,
                                0x89,
                                0xab,
                                0xcd,
                                0xef,
                                0x01,
                                0x23,
                                0x45,
                                0x67,
                                0x89,
                                0xab,
                                0xcd,
                                0xef};
  int r = sd_bus_message_append(
      reply, "{sv}{sv}{sv}{sv}{sv}{sv}{sv}{sv}", "Id", "s", "x.service", "Names", "as", 2,
      "x.service", "y.service", "LoadState", "s", "loaded", "LoadError", "(ss)", "", "",
      "ActiveState", "s", active_state.c_str(), "NeedDaemonReload", "b", 1, "DropInPaths", "as", 1,
      "/etc/systemd/system/x.service.d/a.conf", "Job", "(uo)", job, job ? kJobPath : "/");
  // A property of a type that nobody expects is skipped.
  if (r >= 0) r = sd_bus_message_append(reply, "{sv}", "SubState", "t", std::uint64_t{7});
  if (r >= 0) r = sd_bus_message_append(reply, "{sv}", "Unknown", "a{sv}", 1, "x", "s", "y");
  if (r >= 0) r = sd_bus_message_open_container(reply, 'e', "sv");
  if (r >= 0) r = sd_bus_message_append(reply, "s", "InvocationID");
  if (r >= 0) r = sd_bus_message_open_container(reply, 'v', "ay");
  if (r >= 0) r = sd_bus_message_append_array(reply, 'y', id, sizeof id);
  if (r >= 0) r = sd_bus_message_close_container(reply);
  return r >= 0 ? sd_bus_message_close_container(reply) : r;
}

int append_service(sd_bus_message* reply) {
  const std::uint64_t t = 0;
  return sd_bus_message_append(
      reply, "{sv}{sv}{sv}{sv}{sv}{sv}{sv}", "MainPID", "u", 4321U, "NRestarts", "u", 3U,
      "ExecMainStatus", "i", -7, "Environment", "as", 2, "A=1", "B=x y", "EnvironmentFiles",
      "a(sb)", 2, "/etc/a", 1, "/etc/b", 0, "TimeoutStartUSec", "t", UINT64_MAX, "ExecStartPre",
      "a(sasbttttuii)", 1, "/bin/x", 2, "/bin/x", "serve", 0, t, t, t, t, 0U, 0, 0);
}

}  // namespace

struct FakeSystemd::Connection {
  FakeSystemd* owner = nullptr;
  sd_bus* bus = nullptr;
  std::atomic<bool> stop = false;
  bool cut_now = false;
  std::thread thread;
};

FakeSystemd::FakeSystemd() = default;

FakeSystemd::~FakeSystemd() { cut(); }

void FakeSystemd::cut() {
  for (const auto& connection : connections_) connection->stop = true;
  for (const auto& connection : connections_) {
    if (connection->thread.joinable()) connection->thread.join();
  }
}

SystemdBus::Connect FakeSystemd::connect() {
  return [this]() -> Result<SystemdBus::Bus> {
    if (!connections_.empty() && behaviour.refused_connections-- > 0) {
      return fail(Errc::failed, "refused");
    }
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0) {
      return fail(Errc::failed, "no socket pair");
    }
    auto& connection = connections_.emplace_back(std::make_unique<Connection>());
    connection->owner = this;
    sd_id128_t id{};
    sd_bus_new(&connection->bus);
    sd_bus_set_fd(connection->bus, fds[0], fds[0]);
    sd_bus_set_server(connection->bus, 1, id);
    sd_bus_add_fallback(connection->bus, nullptr, "/org/freedesktop/systemd1", on_call,
                        connection.get());
    sd_bus_start(connection->bus);
    connection->thread = std::thread([this, c = connection.get()] { serve(*c); });

    sd_bus* client = nullptr;
    sd_bus_new(&client);
    SystemdBus::Bus owned(client);
    sd_bus_set_fd(client, fds[1], fds[1]);
    if (sd_bus_start(client) < 0) return fail(Errc::failed, "cannot start");
    return owned;
  };
}

std::unique_ptr<SystemdBus> FakeSystemd::bus() {
  auto bus = SystemdBus::create(connect());
  return bus ? std::move(*bus) : nullptr;
}

int FakeSystemd::count(const std::string& member) {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(std::count(calls_.begin(), calls_.end(), member));
}

void FakeSystemd::serve(Connection& connection) {
  while (!connection.stop && !connection.cut_now) {
    const int handled = sd_bus_process(connection.bus, nullptr);
    if (handled < 0) break;
    announce(connection);
    if (handled == 0) sd_bus_wait(connection.bus, 5000);
  }
  sd_bus_flush(connection.bus);
  sd_bus_close_unref(connection.bus);
}

// Sends JobRemoved when its time has come.
void FakeSystemd::announce(Connection& connection) {
  const std::lock_guard lock(mutex_);
  if (!job_queued_ || Clock::now() < job_end_) return;
  job_queued_ = false;
  active_state_ = behaviour.state_after;
  if (announced_) return;
  announced_ = true;
  sd_bus_emit_signal(connection.bus, "/org/freedesktop/systemd1",
                     "org.freedesktop.systemd1.Manager", "JobRemoved", "uoss", 42U, kJobPath,
                     "x.service", behaviour.job_result.c_str());
}

int FakeSystemd::on_call(sd_bus_message* message, void* userdata, sd_bus_error* error) {
  auto& connection = *static_cast<Connection*>(userdata);
  return connection.owner->answer(connection, message, error);
}

int FakeSystemd::answer(Connection& connection, sd_bus_message* message, sd_bus_error* error) {
  const std::string member = sd_bus_message_get_member(message);
  {
    const std::lock_guard lock(mutex_);
    calls_.push_back(member);
  }
  if (!behaviour.error_name.empty() && member != "Get") {
    return sd_bus_error_set(error, behaviour.error_name.c_str(), "said so");
  }
  if (member == "GetAll" || member == "Get") return answer_properties(message);
  if (member == "RestartUnit" || member == "StartUnit" || member == "StopUnit") {
    return answer_job(connection, message);
  }
  if (member == "Reload" && behaviour.silent) return 1;
  if (member == "Reload" && behaviour.cut_reloads-- > 0) {
    connection.cut_now = true;
    return 1;
  }
  if (member == "Reload" && behaviour.rate_limited-- > 0) {
    return sd_bus_error_set(error, SD_BUS_ERROR_LIMITS_EXCEEDED, "rate limit");
  }
  return sd_bus_reply_method_return(message, "");
}

int FakeSystemd::answer_properties(sd_bus_message* message) {
  const std::lock_guard lock(mutex_);
  const char* interface = nullptr;
  const char* property = nullptr;
  const bool all = std::strcmp(sd_bus_message_get_member(message), "GetAll") == 0;
  sd_bus_message_read(message, "s", &interface);
  if (!all) {
    sd_bus_message_read(message, "s", &property);
    const std::string name = property;
    if (name == "UnitPath") {
      return sd_bus_reply_method_return(message, "v", "as", 2, "/etc/systemd/system",
                                        "/lib/systemd/system");
    }
    if (name == "DefaultTimeoutStartUSec") {
      return sd_bus_reply_method_return(message, "v", "t", std::uint64_t{45'000'000});
    }
    if (name == "UnitsLoadTimestamp") {
      return sd_bus_reply_method_return(message, "v", "t", std::uint64_t{45'000'000});
    }
    if (name == "Environment") return sd_bus_reply_method_return(message, "v", "as", 1, "LANG=C");
    const std::string value = name == "Version"   ? "252.39-1"
                              : name == "JobType" ? "restart"
                                                  : active_state_;
    return sd_bus_reply_method_return(message, "v", "s", value.c_str());
  }
  sd_bus_message* reply = nullptr;
  sd_bus_message_new_method_return(message, &reply);
  sd_bus_message_open_container(reply, 'a', "{sv}");
  const bool service = std::strcmp(interface, "org.freedesktop.systemd1.Service") == 0;
  int result = service ? append_service(reply)
                       : append_unit(reply, active_state_, job_queued_ ? 42 : 0, jobs_);
  if (result >= 0) result = sd_bus_message_close_container(reply);
  if (result >= 0) result = sd_bus_send(nullptr, reply, nullptr);
  sd_bus_message_unref(reply);
  return result < 0 ? result : 1;
}

int FakeSystemd::answer_job(Connection& connection, sd_bus_message* message) {
  if (behaviour.job == Job::cut_before_it_arrives) {
    connection.cut_now = true;
    return 1;
  }
  {
    const std::lock_guard lock(mutex_);
    ++jobs_;
    job_queued_ = true;
    announced_ = behaviour.job == Job::signal_lost;
    job_end_ = Clock::now() + behaviour.job_time;
    if (behaviour.job == Job::never_ends) job_end_ += std::chrono::hours(1);
    if (behaviour.job == Job::removed_at_once) job_end_ = Clock::now();
  }
  if (behaviour.job == Job::removed_at_once) announce(connection);
  if (behaviour.job == Job::cut_before_reply || behaviour.job == Job::cut_after_reply) {
    connection.cut_now = true;
    announced_ = true;
  }
  if (behaviour.job == Job::cut_before_reply) return 1;
  return sd_bus_reply_method_return(message, "o", kJobPath);
}

}  // namespace ollama_gpu
