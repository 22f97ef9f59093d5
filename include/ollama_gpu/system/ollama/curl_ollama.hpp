// SPDX-License-Identifier: MIT
#pragma once

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "ollama_gpu/ports/ollama_server.hpp"

namespace ollama_gpu {

class CurlLibrary;

// Ollama's HTTP API through libcurl, which is loaded at the first call: linking it would cost every
// start 3 ms. Proxies and redirects are ignored; a reply may have 4 MiB.
class CurlOllama final : public ports::OllamaServer {
 public:
  explicit CurlOllama(std::string library = "libcurl.so.4");
  ~CurlOllama() override;
  void prepare() override;

  Result<std::string> version(const Endpoint& endpoint, Seconds timeout) override;
  Result<std::vector<ports::LoadedModel>> loaded(const Endpoint& endpoint,
                                                 Seconds timeout) override;
  Result<std::vector<ports::InstalledModel>> installed(const Endpoint& endpoint,
                                                       Seconds timeout) override;
  Result<void> load(const Endpoint& endpoint, const std::string& model,
                    std::optional<ports::KeepAlive> keep_alive, const Tick& tick) override;
  Result<void> unload(const Endpoint& endpoint, const std::string& model,
                      const Tick& tick) override;

 private:
  Result<CurlLibrary*> library();
  Result<std::string> get(const Endpoint& endpoint, const std::string& path, Seconds timeout);
  Result<void> keep(const Endpoint& endpoint, const std::string& model,
                    std::optional<ports::KeepAlive> keep_alive, const Tick& tick);

  std::string library_name_;
  std::unique_ptr<CurlLibrary> curl_;
  std::future<Result<std::unique_ptr<CurlLibrary>>> loading_;  // after prepare()
};

}  // namespace ollama_gpu
