// SPDX-License-Identifier: MIT
// Any NAME=VALUE: checked, compared, and read as each kind of Go value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "ollama_gpu/core/ollama/go_values.hpp"
#include "ollama_gpu/core/ollama/ollama_host.hpp"
#include "ollama_gpu/core/ollama/ollama_log.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/text/size.hpp"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ollama_gpu;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
  const Result<void> result = check_setting(name, value);
  check(result || (result.error().code == Errc::usage && !result.error().hint.empty()));
  check(result || find_setting(name) != nullptr);
  check(same_meaning(name, value, value));
  (void)logged_value(name, value);
  if (const auto meant = near_miss(name)) {
    check(find_setting(name) == nullptr && find_setting(*meant) != nullptr);
  }
  if (const auto duration = parse_go_duration(value)) {
    check(parse_go_duration(format_go_duration(*duration)) == duration);
  }
  (void)parse_keep_alive(value);
  (void)parse_size(value);
  (void)parse_ollama_host(value).endpoint.connectable().text();
  return 0;
}
