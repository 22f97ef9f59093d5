// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/ollama/curl_ollama.hpp"

#include <csignal>

#include "system/ollama/curl_library.hpp"
#include "system/ollama/ollama_reply.hpp"

namespace ollama_gpu {
namespace {

// What may stand in a URL's host; a name from a unit file can hold anything.
bool is_host(const std::string& host) {
  constexpr std::string_view kAllowed =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_:%";
  return !host.empty() && host.find_first_not_of(kAllowed) == std::string::npos;
}

Result<std::string> url_of(const Endpoint& endpoint, const std::string& path) {
  const Endpoint target = endpoint.connectable();
  if (!is_host(target.host)) {
    return fail(Errc::failed, "cannot ask Ollama: \"" + target.host + "\" is no host name");
  }
  std::string authority = target.text();
  // The zone of a link-local address (RFC 6874).
  if (const auto zone = authority.find('%'); zone != std::string::npos) {
    authority.replace(zone, 1, "%25");
  }
  return "http://" + authority + path;
}

// What went wrong with an HTTP request, if anything did; `what`: what could not be done.
std::optional<Error> fault_of(const HttpAnswer& answer, const std::string& what) {
  std::string reason;
  Errc code = Errc::failed;
  if (answer.code == CURLE_COULDNT_CONNECT || answer.code == CURLE_COULDNT_RESOLVE_HOST) {
    code = Errc::not_found;
    reason = "nobody listens there";
  } else if (answer.code == CURLE_WRITE_ERROR) {
    reason = "the answer is larger than 4 MiB";
  } else if (answer.code != CURLE_OK) {
    reason = answer.error;
  } else if (answer.status == 200) {
    return std::nullopt;
  } else {
    const std::string told = reply::error_text(answer.body);
    reason =
        "HTTP status " + std::to_string(answer.status) + (told.empty() ? "" : " (" + told + ")");
  }
  return Error{code, what + ": " + reason};
}

}  // namespace

CurlOllama::CurlOllama(std::string library) : library_name_(std::move(library)) {}

CurlOllama::~CurlOllama() = default;

void CurlOllama::prepare() {
  if (curl_ || loading_.valid()) return;
  // Signals are for the main thread, whose waits they end.
  sigset_t all;
  sigset_t former;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &former);
  loading_ =
      std::async(std::launch::async, [name = library_name_] { return CurlLibrary::load(name); });
  pthread_sigmask(SIG_SETMASK, &former, nullptr);
}

Result<CurlLibrary*> CurlOllama::library() {
  if (!curl_) {
    auto loaded = loading_.valid() ? loading_.get() : CurlLibrary::load(library_name_);
    if (!loaded) return Failure(loaded.error());
    curl_ = std::move(*loaded);
  }
  return curl_.get();
}

Result<std::string> CurlOllama::get(const Endpoint& endpoint, const std::string& path,
                                    Seconds timeout) {
  const auto url = url_of(endpoint, path);
  if (!url) return Failure(url.error());
  const auto curl = library();
  if (!curl) return Failure(curl.error());
  HttpAnswer answer = (*curl)->get(*url, timeout);
  if (auto fault = fault_of(answer, "cannot ask " + *url)) return Failure(std::move(*fault));
  return std::move(answer.body);
}

// Ollama takes a question without a prompt for "load it" or, with keep_alive 0, for "unload it"
// (server/routes.go); to a model that only embeds the question is another.
Result<void> CurlOllama::keep(const Endpoint& endpoint, const std::string& model,
                              std::optional<ports::KeepAlive> keep_alive, const Tick& tick) {
  const auto curl = library();
  if (!curl) return Failure(curl.error());
  const bool unload = keep_alive && keep_alive->count() == 0;
  const std::string what = std::string("cannot ") + (unload ? "unload " : "load ") + model;
  HttpAnswer answer;
  for (const char* path : {"/api/generate", "/api/embed"}) {
    const auto url = url_of(endpoint, path);
    if (!url) return Failure(url.error());
    answer = (*curl)->post(*url, reply::question(model, keep_alive), tick);
    if (!reply::cannot_generate(answer.status, answer.body)) break;
  }
  if (answer.code == CURLE_ABORTED_BY_CALLBACK) return fail(Errc::interrupted, what + ": given up");
  if (auto fault = fault_of(answer, what)) {
    if (fault->code == Errc::not_found) fault->code = Errc::failed;
    if (answer.status == 404) fault->code = Errc::not_found;
    if (answer.status == 503) fault->code = Errc::busy;
    return Failure(std::move(*fault));
  }
  return reply::done(answer.body, what);
}

Result<std::string> CurlOllama::version(const Endpoint& endpoint, Seconds timeout) {
  const auto body = get(endpoint, "/api/version", timeout);
  if (!body) return Failure(body.error());
  return reply::version(*body, endpoint.text());
}

Result<std::vector<ports::LoadedModel>> CurlOllama::loaded(const Endpoint& endpoint,
                                                           Seconds timeout) {
  const auto body = get(endpoint, "/api/ps", timeout);
  if (!body) return Failure(body.error());
  return reply::loaded(*body, endpoint.text());
}

Result<std::vector<ports::InstalledModel>> CurlOllama::installed(const Endpoint& endpoint,
                                                                 Seconds timeout) {
  const auto body = get(endpoint, "/api/tags", timeout);
  if (!body) return Failure(body.error());
  return reply::installed(*body, endpoint.text());
}

Result<void> CurlOllama::load(const Endpoint& endpoint, const std::string& model,
                              std::optional<ports::KeepAlive> keep_alive, const Tick& tick) {
  // Nought would unload it.
  if (keep_alive && keep_alive->count() == 0) keep_alive = ports::KeepAlive(1);
  return keep(endpoint, model, keep_alive, tick);
}

Result<void> CurlOllama::unload(const Endpoint& endpoint, const std::string& model,
                                const Tick& tick) {
  return keep(endpoint, model, ports::KeepAlive(0), tick);
}

}  // namespace ollama_gpu
