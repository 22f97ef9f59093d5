// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/ports/ollama_server.hpp"

namespace ollama_gpu {

// Ollama's HTTP API through libevent. A reply may have 4 MiB; redirects are not followed.
class HttpOllama final : public ports::OllamaServer {
 public:
  using OllamaService = ports::OllamaService;
  // Whether the other end of a connected socket is held by this control group.
  using CheckOtherEnd = std::function<Result<void>(int fd, const std::string& control_group)>;
  explicit HttpOllama(CheckOtherEnd check) : check_(std::move(check)) {}

  Result<std::string> version(const OllamaService& service, Seconds timeout) override;
  Result<std::vector<ports::LoadedModel>> loaded(const OllamaService& service,
                                                 Seconds timeout) override;
  Result<std::vector<ports::InstalledModel>> installed(const OllamaService& service,
                                                       Seconds timeout) override;
  Result<std::optional<ModelShape>> shape(const OllamaService& service, const std::string& model,
                                          Seconds timeout) override;
  Result<void> load(const OllamaService& service, const std::string& model,
                    std::optional<ports::KeepAlive> keep_alive, const Tick& tick) override;
  Result<void> unload(const OllamaService& service, const std::string& model,
                      const Tick& tick) override;
  Result<void> probe(const OllamaService& service, const std::string& model,
                     const Tick& tick) override;

 private:
  // A GET, or with `json` a POST of it.
  Result<std::string> ask(const OllamaService& service, const std::string& path, Seconds timeout,
                          std::optional<std::string> json = {});
  Result<void> keep(const OllamaService& service, const std::string& model,
                    std::optional<ports::KeepAlive> keep_alive, const Tick& tick);

  CheckOtherEnd check_;
};

}  // namespace ollama_gpu
