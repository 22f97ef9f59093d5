// SPDX-License-Identifier: MIT
#include "ollama_standin/serve.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "ollama_standin/api.hpp"
#include "ollama_standin/listen.hpp"

namespace ollama_standin {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

int fail(const std::string& message) {
  write_stderr("Error: " + message);
  return 1;
}

// The server's key pair: Ollama does not start without a home to keep it in.
std::string make_key() {
  const char* home = std::getenv("HOME");
  if (!home || !*home) return "$HOME is not defined";
  const std::string directory = std::string(home) + "/.ollama";
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return "could not create directory mkdir " + directory + ": permission denied";
  const std::string key = directory + "/id_ed25519";
  if (fs::exists(key)) return "";
  write_stderr("Couldn't find '" + key + "'. Generating new private key.");
  std::ofstream file(key);
  file << "not a key: made by a stand-in for Ollama\n";
  return file.flush() ? "" : "open " + key + ": permission denied";
}

// SIGTERM and SIGINT as a file descriptor, in this thread and all that it starts.
int catch_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  return ::signalfd(-1, &signals, SFD_CLOEXEC);
}

class Server {
 public:
  Server(const Script& script, const Settings& settings, const std::vector<Warning>& warnings)
      : script_(script),
        settings_(settings),
        warnings_(warnings),
        log_(settings.log_level),
        signals_(catch_signals()) {}

  int run();

 private:
  int stop();
  int crash();
  bool is_crash_due() const;
  bool pause(int milliseconds);  // false: a signal came
  void log_start();
  void accept_one();
  void answer_all(int socket);
  int accept_all();

  Script script_;
  Settings settings_;
  std::vector<Warning> warnings_;
  Log log_;
  int signals_;
  Clock::time_point started_ = Clock::now();
  Listener listener_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<Api> api_;
};

bool Server::is_crash_due() const {
  if (!script_.misbehaves("exit-after")) return false;
  const std::chrono::duration<double> lived = Clock::now() - started_;
  return lived.count() >= std::strtod(script_.argument.c_str(), nullptr);
}

bool Server::pause(int milliseconds) {
  const auto until = Clock::now() + std::chrono::milliseconds(milliseconds);
  do {
    pollfd wait{signals_, POLLIN, 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (::poll(&wait, 1, static_cast<int>(std::clamp<long>(left.count(), 0, 50))) > 0) return false;
    if (is_crash_due()) std::_Exit(crash());
  } while (milliseconds < 0 || Clock::now() < until);
  return true;
}

int Server::stop() {
  if (scheduler_) scheduler_->unload_all();
  return 0;
}

int Server::crash() {
  if (scheduler_) scheduler_->unload_all();
  return fail("accept tcp " + listener_.address + ": use of closed network connection");
}

void Server::log_start() {
  const Version& version = script_.version;
  for (const auto& [message, attributes] : warnings_) {
    log_.warn("config.go:269", message, attributes);
  }
  const Attributes config{{"env", settings_.config_map()}};
  if (version.logs_config_structured()) {
    log_.info("routes.go:1919", "server config", config);
  } else {
    log_.old_info("routes.go:1231", "server config", config);
  }
  if (version.has_llama_server()) log_.info("routes.go:1921", "Ollama cloud disabled: false");
  log_.info("images.go:477", "total blobs: " + std::to_string(2 * script_.models.size()));
  log_.info("images.go:484", "total unused blobs removed: 0");
}

void Server::accept_one() {
  const int socket = ::accept4(listener_.socket, nullptr, nullptr, SOCK_CLOEXEC);
  if (socket < 0) return;
  std::thread([this, socket] { answer_all(socket); }).detach();
}

// All requests of one connection.
void Server::answer_all(int socket) {
  Connection connection(socket);
  Request request;
  while (connection.keeps() && connection.read(request)) {
    const auto start = Clock::now();
    api_->answer(connection, request);
    if (connection.status() == 0) return;
    const std::chrono::nanoseconds took = Clock::now() - start;
    log_request(
        {connection.status(), took.count(), connection.client(), request.method, request.path});
  }
}

int Server::accept_all() {
  while (true) {
    pollfd waits[] = {{signals_, POLLIN, 0}, {listener_.socket, POLLIN, 0}};
    ::poll(waits, 2, 50);
    if (waits[0].revents != 0) return stop();
    if (is_crash_due()) return crash();
    if (waits[1].revents != 0) accept_one();
    scheduler_->expire();
  }
}

int Server::run() {
  const long starts = count_start(script_);
  if (!pause(script_.start_delay_ms)) return 0;
  if (const std::string error = make_key(); !error.empty()) return fail(error);
  if (script_.misbehaves("hang")) {
    pause(-1);
    return 0;
  }
  listener_ = listen_on(settings_.host);
  if (listener_.socket < 0) return fail(listener_.error);
  log_start();
  const bool this_start =
      script_.misbehaves("exit-on-start") && std::to_string(starts) == script_.argument;
  if (script_.misbehaves("exit-at-start") || this_start) {
    return fail("mkdir " + settings_.models + "/blobs: permission denied");
  }
  log_.info("routes.go:1967",
            "Listening on " + listener_.address + " (version " + script_.version_text + ")");
  if (script_.version.has_runner()) log_.info("runner.go:67", "discovering available GPUs...");
  if (!pause(script_.discovery_delay_ms)) return 0;
  if (script_.misbehaves("no-answer")) {
    pause(-1);
    return 0;
  }
  log_overrides(log_, script_.version);
  log_devices(log_, script_.version, settings_, discover(script_, settings_));
  scheduler_ = std::make_unique<Scheduler>(script_, settings_, log_);
  api_ = std::make_unique<Api>(script_, settings_, log_, *scheduler_, listener_.loopback);
  return accept_all();
}

}  // namespace

int serve() {
  Script script = read_script();
  std::vector<Warning> warnings;
  const Settings settings = read_settings(script.version, warnings);
  fill_in_port(script, settings.host.port);
  const int status = Server(script, settings, warnings).run();
  std::_Exit(status);  // connections may still be open in other threads
}

}  // namespace ollama_standin
