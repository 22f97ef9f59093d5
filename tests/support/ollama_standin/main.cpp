// SPDX-License-Identifier: MIT
// A stand-in for Ollama, for tests: it holds no models and computes nothing.
#include <cstdio>
#include <string_view>

#include "ollama_standin/holder.hpp"
#include "ollama_standin/script.hpp"
#include "ollama_standin/serve.hpp"

int main(int count, char** words) {
  if (ollama_standin::is_holder(count, words)) return ollama_standin::hold(words);
  const std::string_view command = count > 1 ? words[1] : "help";
  if (command == "serve" || command == "start") return ollama_standin::serve();
  if (command == "--version" || command == "-v") {
    std::printf("ollama version is %s (stand-in for tests)\n",
                ollama_standin::read_script().version_text.c_str());
    return 0;
  }
  if (command == "help" || command == "--help" || command == "-h") {
    std::puts("A stand-in for Ollama, for tests.\n\nUsage:\n  ollama serve\n  ollama --version");
    return 0;
  }
  std::fprintf(stderr, "Error: unknown command \"%s\" for \"ollama\"\n", words[1]);
  return 1;
}
