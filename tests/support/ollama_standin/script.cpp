// SPDX-License-Identifier: MIT
#include "ollama_standin/script.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "common/config_lines.hpp"

namespace ollama_standin {

namespace {

void parse_shape(const std::string& text, Model& model) {
  unsigned long long layers = 0;
  unsigned long long kv_heads = 0;
  unsigned long long head_size = 0;
  if (std::sscanf(text.c_str(), "%llux%llux%llu", &layers, &kv_heads, &head_size) != 3) return;
  model.layers = layers;
  model.kv_heads = kv_heads;
  model.head_size = head_size;
}

std::vector<Model> parse_models(const std::string& text) {
  std::vector<Model> models;
  for (const std::string& item : standin::split(text, ',')) {
    const std::string entry(standin::trim(item));
    const auto colon = entry.rfind(':');
    if (colon == std::string::npos || colon == 0) continue;
    Model model{entry.substr(0, colon), std::strtoull(entry.c_str() + colon + 1, nullptr, 10)};
    const auto parts = standin::split(entry.substr(colon), '/');
    if (parts.size() > 1) parse_shape(parts[1], model);
    if (parts.size() > 2) model.architecture = parts[2];
    if (model.name.find(':') == std::string::npos) model.name += ":latest";
    models.push_back(model);
  }
  return models;
}

standin::Words read_words() {
  const char* chosen = std::getenv("OLLAMA_STANDIN_CONFIG");
  standin::Words words;
  for (const auto& line :
       standin::read_config_lines(chosen ? chosen : "/etc/ollama-standin.conf")) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string key(standin::trim(line.substr(0, equals)));
    words[key] = standin::trim(std::string_view(line).substr(equals + 1));
  }
  return words;
}

// misbehave_if=NAME=VALUE: only with that variable in the environment.
bool condition_holds(const standin::Words& words) {
  const std::string condition = standin::text_of(words, "misbehave_if");
  const auto equals = condition.find('=');
  if (equals == std::string::npos) return true;
  const char* value = std::getenv(condition.substr(0, equals).c_str());
  return value && condition.substr(equals + 1) == value;
}

// Servers that start at the same moment count one after another.
class FileLock {
 public:
  explicit FileLock(const std::string& path)
      : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (file_ >= 0) ::flock(file_, LOCK_EX);
  }
  ~FileLock() {
    if (file_ >= 0) ::close(file_);
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int file_;
};

}  // namespace

Script read_script() {
  const standin::Words words = read_words();
  Script script;
  script.version_text = standin::text_of(words, "version", script.version_text);
  Version& version = script.version;
  std::sscanf(script.version_text.c_str(), "%d.%d.%d", &version.major, &version.minor,
              &version.patch);
  const auto number = [&words](std::string_view key, int fallback) {
    const auto value = standin::number_of(words, key, static_cast<unsigned long long>(fallback));
    return static_cast<int>(value);
  };
  script.start_delay_ms = number("start_delay_ms", 0);
  script.discovery_delay_ms = number("discovery_delay_ms", 0);
  script.load_ms = number("load_ms", 0);
  script.pull_ms = number("pull_ms", 0);
  script.token_cpu = number("token_cpu", script.token_cpu);
  script.token_ms = number("token_ms", script.token_ms);
  script.tokens = number("tokens", script.tokens);
  if (condition_holds(words)) {
    const std::string text = standin::text_of(words, "misbehave");
    const auto colon = text.find(':');
    script.misbehaviour = text.substr(0, colon);
    if (colon != std::string::npos) script.argument = text.substr(colon + 1);
  }
  script.misbehaviour_path = standin::text_of(words, "misbehave_path");
  script.counter_file = standin::text_of(words, "counter_file", script.counter_file);
  script.hang_file = standin::text_of(words, "hang_file", script.hang_file);
  script.memory_dir = standin::text_of(words, "memory_dir");
  script.models = parse_models(
      standin::text_of(words, "models",
                       "llama3.3:70b:42520413916/80x8x128,qwen3:32b:20201253088/64x8x128,"
                       "llama3.2:3b:2019393189/28x8x128"));
  return script;
}

void fill_in_port(Script& script, const std::string& port) {
  for (std::string* path : {&script.counter_file, &script.hang_file}) {
    if (const auto at = path->find("%p"); at != std::string::npos) path->replace(at, 2, port);
  }
}

long count_start(const Script& script) {
  const FileLock lock(script.counter_file);
  long starts = 0;
  std::ifstream(script.counter_file) >> starts;
  std::ofstream file(script.counter_file, std::ios::trunc);
  file << ++starts << '\n';
  return file.flush() ? starts : 0;
}

}  // namespace ollama_standin
