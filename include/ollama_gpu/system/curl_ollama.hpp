// SPDX-License-Identifier: MIT
#pragma once

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "ollama_gpu/ports/ollama_server.hpp"

namespace ollama_gpu {

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

 private:
  class Curl;
  Result<std::string> get(const Endpoint& endpoint, const std::string& path, Seconds timeout);

  std::string library_;
  std::unique_ptr<Curl> curl_;
  std::future<Result<std::unique_ptr<Curl>>> loading_;  // after prepare()
};

}  // namespace ollama_gpu
