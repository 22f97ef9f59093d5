// SPDX-License-Identifier: MIT
#include "ollama_standin/holder.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <vector>

namespace ollama_standin {

namespace {

constexpr std::string_view kHold = "--stand-in-hold";

std::vector<std::string> command_line(const Version& version, const std::string& model) {
  if (version.has_llama_server()) {
    return {"/usr/local/lib/ollama/llama-server", "--model", model, std::string(kHold)};
  }
  if (version.has_runner() || version >= Version{0, 4, 0}) {
    return {"/usr/local/bin/ollama", "runner", "--model", model, std::string(kHold)};
  }
  return {"/tmp/ollama/runners/cuda_v12/ollama_llama_server", "--model", model, std::string(kHold)};
}

[[noreturn]] void become_child(int lifeline, char* const* words, char* const* environment) {
  ::dup2(lifeline, STDIN_FILENO);
  ::execve("/proc/self/exe", words, environment);
  ::_exit(127);
}

}  // namespace

Holder::Holder(const Version& version, const std::string& model, const std::string& visible) {
  // All that allocates happens before fork: other threads may hold the allocator's lock.
  std::vector<std::string> words = command_line(version, model);
  std::vector<std::string> variables{"CUDA_VISIBLE_DEVICES=" + visible};
  for (char** entry = environ; *entry; ++entry) {
    if (!std::string_view(*entry).starts_with("CUDA_VISIBLE_DEVICES="))
      variables.emplace_back(*entry);
  }
  std::vector<char*> arguments;
  std::vector<char*> environment;
  arguments.reserve(words.size() + 1);
  environment.reserve(variables.size() + 1);
  for (auto& word : words) arguments.push_back(word.data());
  for (auto& entry : variables) environment.push_back(entry.data());
  arguments.push_back(nullptr);
  environment.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return;
  pid_ = ::fork();
  if (pid_ == 0) become_child(ends[0], arguments.data(), environment.data());
  ::close(ends[0]);
  lifeline_ = ends[1];
}

Holder::~Holder() {
  if (lifeline_ >= 0) ::close(lifeline_);
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool is_holder(int count, char** words) { return count > 1 && words[count - 1] == kHold; }

int hold(char** words) {
  const std::string_view path = words[0];
  const std::string name(path.substr(path.rfind('/') + 1));
  ::prctl(PR_SET_NAME, name.c_str());
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return 0;
}

}  // namespace ollama_standin
