// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/curl_ollama.hpp"

#include <curl/curl.h>
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

#include "ollama_reply.hpp"

// curl.h wraps these in type-checking macros, which know nothing of pointers.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace ollama_gpu {
namespace {

constexpr std::size_t kMaxReply = 4U << 20U;

struct CloseLibrary {
  void operator()(void* library) const { dlclose(library); }
};

// Returning less than was offered makes curl give up.
std::size_t receive(const char* data, std::size_t size, std::size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  const std::size_t bytes = size * count;
  if (text.size() + bytes > kMaxReply) return 0;
  text.append(data, bytes);
  return bytes;
}

// What may stand in a URL's host; a name from a unit file can hold anything.
bool is_host(const std::string& host) {
  constexpr std::string_view kAllowed =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_:%";
  return !host.empty() && host.find_first_not_of(kAllowed) == std::string::npos;
}

std::string url_of(const Endpoint& endpoint, const std::string& path) {
  std::string authority = endpoint.text();
  // The zone of a link-local address (RFC 6874).
  if (const auto zone = authority.find('%'); zone != std::string::npos) {
    authority.replace(zone, 1, "%25");
  }
  return "http://" + authority + path;
}

}  // namespace

// The functions of libcurl that we use, found at run time.
class CurlOllama::Curl {
 public:
  static Result<std::unique_ptr<Curl>> load(const std::string& name);
  ~Curl() {
    if (handle_ != nullptr) cleanup_(handle_);
  }
  Curl() = default;
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;

  struct Answer {
    CURLcode code = CURLE_OK;
    long status = 0;
    std::string body;
    std::string error;
  };
  Answer get(const std::string& url, Seconds timeout);

 private:
  void set_options(const std::string& url, Seconds timeout, Answer& answer);

  std::unique_ptr<void, CloseLibrary> library_;
  decltype(&curl_global_init) global_init_ = nullptr;
  decltype(&curl_easy_init) init_ = nullptr;
  decltype(&curl_easy_setopt) setopt_ = nullptr;
  decltype(&curl_easy_perform) perform_ = nullptr;
  decltype(&curl_easy_getinfo) getinfo_ = nullptr;
  decltype(&curl_easy_reset) reset_ = nullptr;
  decltype(&curl_easy_cleanup) cleanup_ = nullptr;
  decltype(&curl_easy_strerror) strerror_ = nullptr;
  CURL* handle_ = nullptr;
};

Result<std::unique_ptr<CurlOllama::Curl>> CurlOllama::Curl::load(const std::string& name) {
  auto curl = std::make_unique<Curl>();
  // Stays loaded: libraries below it (TLS) do not like to be unloaded.
  curl->library_.reset(dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE));
  if (!curl->library_) {
    const char* reason = dlerror();
    return fail(Errc::failed, "cannot load libcurl: " + std::string(reason ? reason : name),
                "install the package libcurl4");
  }
  struct Symbol {
    const char* name;
    void* pointer;
  };
  const std::array<Symbol, 8> symbols{{{"curl_global_init", &curl->global_init_},
                                       {"curl_easy_init", &curl->init_},
                                       {"curl_easy_setopt", &curl->setopt_},
                                       {"curl_easy_perform", &curl->perform_},
                                       {"curl_easy_getinfo", &curl->getinfo_},
                                       {"curl_easy_reset", &curl->reset_},
                                       {"curl_easy_cleanup", &curl->cleanup_},
                                       {"curl_easy_strerror", &curl->strerror_}}};
  for (const Symbol& symbol : symbols) {
    void* const address = dlsym(curl->library_.get(), symbol.name);
    if (address == nullptr) {
      return fail(Errc::failed, "cannot use " + name + ": it has no " + symbol.name,
                  "install the package libcurl4");
    }
    std::memcpy(symbol.pointer, &address, sizeof address);
  }
  // Without TLS: Ollama speaks plain HTTP.
  if (curl->global_init_(CURL_GLOBAL_NOTHING) == CURLE_OK) curl->handle_ = curl->init_();
  if (curl->handle_ == nullptr) return fail(Errc::failed, "cannot start libcurl");
  return curl;
}

void CurlOllama::Curl::set_options(const std::string& url, Seconds timeout, Answer& answer) {
  const auto milliseconds = static_cast<long>(std::clamp(timeout.count() * 1000, 1.0, 1e8));
  reset_(handle_);
  setopt_(handle_, CURLOPT_URL, url.c_str());
  setopt_(handle_, CURLOPT_PROTOCOLS_STR, "http");
  setopt_(handle_, CURLOPT_PROXY, "");
  setopt_(handle_, CURLOPT_NOPROXY, "*");
  setopt_(handle_, CURLOPT_NOSIGNAL, 1L);
  setopt_(handle_, CURLOPT_TIMEOUT_MS, milliseconds);
  setopt_(handle_, CURLOPT_CONNECTTIMEOUT_MS, milliseconds);
  // A kept connection would lead to the process that was there before a restart.
  setopt_(handle_, CURLOPT_FORBID_REUSE, 1L);
  setopt_(handle_, CURLOPT_FRESH_CONNECT, 1L);
  setopt_(handle_, CURLOPT_USERAGENT, "ollama-gpu");
  setopt_(handle_, CURLOPT_WRITEFUNCTION, receive);
  setopt_(handle_, CURLOPT_WRITEDATA, static_cast<void*>(&answer.body));
}

CurlOllama::Curl::Answer CurlOllama::Curl::get(const std::string& url, Seconds timeout) {
  Answer answer;
  set_options(url, timeout, answer);
  answer.code = perform_(handle_);
  if (answer.code != CURLE_OK) answer.error = strerror_(answer.code);
  getinfo_(handle_, CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

CurlOllama::CurlOllama(std::string library) : library_(std::move(library)) {}

CurlOllama::~CurlOllama() = default;

void CurlOllama::prepare() {
  if (curl_ || loading_.valid()) return;
  // Signals are for the main thread, whose waits they end.
  sigset_t all;
  sigset_t former;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &former);
  loading_ = std::async(std::launch::async, [library = library_] { return Curl::load(library); });
  pthread_sigmask(SIG_SETMASK, &former, nullptr);
}

Result<std::string> CurlOllama::get(const Endpoint& endpoint, const std::string& path,
                                    Seconds timeout) {
  const Endpoint target = endpoint.connectable();
  if (!is_host(target.host)) {
    return fail(Errc::failed, "cannot ask Ollama: \"" + target.host + "\" is no host name");
  }
  if (!curl_) {
    auto loaded = loading_.valid() ? loading_.get() : Curl::load(library_);
    if (!loaded) return Failure(loaded.error());
    curl_ = std::move(*loaded);
  }
  const std::string url = url_of(target, path);
  Curl::Answer answer = curl_->get(url, timeout);
  if (answer.code == CURLE_COULDNT_CONNECT || answer.code == CURLE_COULDNT_RESOLVE_HOST) {
    return fail(Errc::not_found, "cannot ask " + url + ": nobody listens there");
  }
  if (answer.code == CURLE_WRITE_ERROR) {
    return fail(Errc::failed, "cannot ask " + url + ": the answer is larger than 4 MiB");
  }
  if (answer.code != CURLE_OK) {
    return fail(Errc::failed, "cannot ask " + url + ": " + answer.error);
  }
  if (answer.status != 200) {
    const std::string reason = reply::error_text(answer.body);
    return fail(Errc::failed, "cannot ask " + url + ": HTTP status " +
                                  std::to_string(answer.status) +
                                  (reason.empty() ? "" : " (" + reason + ")"));
  }
  return std::move(answer.body);
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

}  // namespace ollama_gpu
