// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/entry/haproxy.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <array>
#include <vector>

#include "system/files/file_io.hpp"
#include "system/files/os_error.hpp"
#include "system/files/unix_socket.hpp"

namespace ollama_gpu {
namespace {

constexpr std::array<const char*, 4> kPrograms{"/usr/sbin/haproxy", "/usr/local/sbin/haproxy",
                                               "/usr/bin/haproxy", "/usr/local/bin/haproxy"};
constexpr std::size_t kLongestAnswer = 1U << 20U;  // bytes

// Connected, with patience for what HAProxy says.
Result<UniqueFd> connect_with_patience(const std::string& socket_path) {
  auto fd = connect_unix(socket_path, 0);
  if (!fd) return fd;
  const timeval patience{3, 0};
  setsockopt(fd->get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd->get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return fd;
}

// One command a connection: HAProxy ends it after the answer.
Result<std::string> ask(const std::string& socket_path, const std::string& command) {
  auto fd = connect_with_patience(socket_path);
  if (!fd) return Failure(fd.error());
  const std::string line = command + '\n';
  if (send(fd->get(), line.data(), line.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(line.size())) {
    return os_failure("write to", socket_path, errno);
  }
  std::string answer;
  std::array<char, 4096> buffer{};
  while (answer.size() < kLongestAnswer) {
    const ssize_t size = recv(fd->get(), buffer.data(), buffer.size(), 0);
    if (size == 0) return answer;
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return os_failure("read from", socket_path, errno);
    answer.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return fail(Errc::failed, "cannot read from " + socket_path + ": the answer does not end");
}

struct Outcome {
  int status = 0;  // as of waitpid(2)
  std::string text = {};
};

// Runs the program with `input` as its standard input and one variable; gives what it writes to
// both outputs.
Result<Outcome> run(const std::string& program, std::vector<std::string> words, int input,
                    std::string variable) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return os_failure("run", program, errno);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, writer.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, writer.get(), STDERR_FILENO);
  words.insert(words.begin(), program);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::array<char*, 2> environment{variable.data(), nullptr};
  pid_t child = 0;
  const int error =
      posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  writer.close();
  if (error != 0) return os_failure("run", program, error);
  auto text = read_all(reader.get(), program);
  Outcome outcome;
  while (waitpid(child, &outcome.status, 0) < 0 && errno == EINTR) {
  }
  if (!text) return Failure(text.error());
  outcome.text = std::move(*text);
  return outcome;
}

// The configuration as a file without a name, to be read from its start.
Result<UniqueFd> as_file(const std::string& config) {
  UniqueFd file(memfd_create("entry.cfg", MFD_CLOEXEC));
  const int error = file ? write_all(file.get(), config) : errno;
  if (error != 0) return os_failure("hand over", "the configuration", error);
  if (lseek(file.get(), 0, SEEK_SET) < 0)
    return os_failure("hand over", "the configuration", errno);
  return file;
}

// "config : [/etc/x.cfg:2] : unknown keyword": its first complaint, without the marks before it.
std::string complaint_in(const std::string& text) {
  constexpr std::string_view kAlert = "[ALERT]";
  const std::size_t at = text.find(kAlert);
  if (at == std::string::npos) return text.substr(0, text.find('\n'));
  const std::size_t start = text.find(" : ", at);
  const std::size_t end = text.find('\n', at);
  return start < end ? text.substr(start + 3, end - start - 3) : text.substr(at, end - at);
}

}  // namespace

Result<std::string> Haproxy::program() const {
  for (const std::string path : kPrograms) {
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return fail(Errc::not_found, "cannot find HAProxy");
}

Result<std::string> Haproxy::version(const std::string& program) const {
  const UniqueFd none(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto outcome = run(program, {"-v"}, none.get(), "LC_ALL=C");
  if (!outcome) return Failure(outcome.error());
  return outcome->text.substr(0, outcome->text.find('\n'));
}

Result<void> Haproxy::check(const std::string& program, const std::string& config,
                            const std::string& includes, const std::string& credentials) const {
  const auto file = as_file(config);
  if (!file) return Failure(file.error());
  std::vector<std::string> words{"-c", "-f", "/dev/stdin"};
  if (access(includes.c_str(), F_OK) == 0) words.insert(words.end(), {"-f", includes});
  const auto outcome =
      run(program, std::move(words), file->get(), "CREDENTIALS_DIRECTORY=" + credentials);
  if (!outcome) return Failure(outcome.error());
  if (WIFEXITED(outcome->status) && WEXITSTATUS(outcome->status) == 0) return {};
  return fail(Errc::conflict,
              "HAProxy does not take its configuration: " + complaint_in(outcome->text),
              "mend the file that it names, or take it out of " + includes);
}

Result<ProxyState> Haproxy::look(const std::string& socket) const {
  const auto info = ask(socket, "show info");
  if (!info) return Failure(info.error());
  const auto stat = ask(socket, "show stat");
  if (!stat) return Failure(stat.error());
  auto state = parse_proxy_state(*info, *stat);
  if (!state) return fail(Errc::failed, "cannot read HAProxy's statistics from " + socket);
  return std::move(*state);
}

Result<void> Haproxy::set_state(const std::string& socket, const std::string& backend,
                                const std::string& server, const std::string& state) {
  const auto answer = ask(socket, "set server " + backend + "/" + server + " state " + state);
  if (!answer) return Failure(answer.error());
  const std::size_t end = answer->find_last_not_of("\n ");
  if (end == std::string::npos) return {};
  return fail(Errc::failed,
              "cannot set the state of " + server + ": " + answer->substr(0, end + 1));
}

}  // namespace ollama_gpu
