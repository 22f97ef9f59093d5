// SPDX-License-Identifier: MIT
#include "system/ollama/curl_library.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace ollama_gpu {

namespace {

constexpr std::size_t kMaxReply = 4U << 20U;
constexpr int kTickMilliseconds = 100;
constexpr long kConnectMilliseconds = 10'000;

// Returning less than was offered makes curl give up.
std::size_t receive(const char* data, std::size_t size, std::size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  const std::size_t bytes = size * count;
  if (text.size() + bytes > kMaxReply) return 0;
  text.append(data, bytes);
  return bytes;
}

}  // namespace

void CurlLibrary::CloseLibrary::operator()(void* library) const { dlclose(library); }

CurlLibrary::~CurlLibrary() {
  if (handle_ != nullptr) cleanup_(handle_);
}

Result<void> CurlLibrary::find_symbols(const std::string& name) {
  struct Symbol {
    const char* name;
    void* pointer;
  };
  const std::array symbols{Symbol{"curl_global_init", &global_init_},
                           Symbol{"curl_easy_init", &init_},
                           Symbol{"curl_easy_setopt", &setopt_},
                           Symbol{"curl_easy_perform", &perform_},
                           Symbol{"curl_easy_getinfo", &getinfo_},
                           Symbol{"curl_easy_reset", &reset_},
                           Symbol{"curl_easy_cleanup", &cleanup_},
                           Symbol{"curl_easy_strerror", &strerror_},
                           Symbol{"curl_multi_init", &multi_init_},
                           Symbol{"curl_multi_add_handle", &multi_add_},
                           Symbol{"curl_multi_remove_handle", &multi_remove_},
                           Symbol{"curl_multi_perform", &multi_perform_},
                           Symbol{"curl_multi_poll", &multi_poll_},
                           Symbol{"curl_multi_info_read", &multi_info_read_},
                           Symbol{"curl_multi_cleanup", &multi_cleanup_},
                           Symbol{"curl_slist_append", &slist_append_},
                           Symbol{"curl_slist_free_all", &slist_free_}};
  for (const Symbol& symbol : symbols) {
    void* const address = dlsym(library_.get(), symbol.name);
    if (address == nullptr) {
      return fail(Errc::failed, "cannot use " + name + ": it has no " + symbol.name,
                  "install the package libcurl4");
    }
    std::memcpy(symbol.pointer, &address, sizeof address);
  }
  return {};
}

Result<std::unique_ptr<CurlLibrary>> CurlLibrary::load(const std::string& name) {
  auto curl = std::make_unique<CurlLibrary>();
  // Stays loaded: libraries below it (TLS) do not like to be unloaded.
  curl->library_.reset(dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE));
  if (!curl->library_) {
    const char* reason = dlerror();
    return fail(Errc::failed, "cannot load libcurl: " + std::string(reason ? reason : name),
                "install the package libcurl4");
  }
  if (auto found = curl->find_symbols(name); !found) return Failure(found.error());
  // Without TLS: Ollama speaks plain HTTP.
  if (curl->global_init_(CURL_GLOBAL_NOTHING) == CURLE_OK) curl->handle_ = curl->init_();
  if (curl->handle_ == nullptr) return fail(Errc::failed, "cannot start libcurl");
  return curl;
}

void CurlLibrary::set_options(const std::string& url, Seconds timeout, HttpAnswer& answer) {
  const auto milliseconds = static_cast<long>(std::clamp(timeout.count() * 1000, 0.0, 1e8));
  reset_(handle_);
  setopt_(handle_, CURLOPT_URL, url.c_str());
  setopt_(handle_, CURLOPT_PROTOCOLS_STR, "http");
  setopt_(handle_, CURLOPT_PROXY, "");
  setopt_(handle_, CURLOPT_NOPROXY, "*");
  setopt_(handle_, CURLOPT_NOSIGNAL, 1L);
  setopt_(handle_, CURLOPT_TIMEOUT_MS, milliseconds);
  setopt_(handle_, CURLOPT_CONNECTTIMEOUT_MS,
          milliseconds > 0 ? milliseconds : kConnectMilliseconds);
  // A kept connection would lead to the process that was there before a restart.
  setopt_(handle_, CURLOPT_FORBID_REUSE, 1L);
  setopt_(handle_, CURLOPT_FRESH_CONNECT, 1L);
  setopt_(handle_, CURLOPT_USERAGENT, "ollama-gpu");
  setopt_(handle_, CURLOPT_WRITEFUNCTION, receive);
  setopt_(handle_, CURLOPT_WRITEDATA, static_cast<void*>(&answer.body));
}

void CurlLibrary::finish(CURLcode code, HttpAnswer& answer) {
  answer.code = code;
  if (code != CURLE_OK) answer.error = strerror_(code);
  getinfo_(handle_, CURLINFO_RESPONSE_CODE, &answer.status);
}

HttpAnswer CurlLibrary::get(const std::string& url, Seconds timeout) {
  HttpAnswer answer;
  set_options(url, std::max(timeout, Seconds(0.001)), answer);
  finish(perform_(handle_), answer);
  return answer;
}

CURLcode CurlLibrary::perform_with(CURLM* multi, const Tick& tick) {
  const auto start = std::chrono::steady_clock::now();
  while (true) {
    int running = 0;
    if (multi_perform_(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    int left = 0;
    while (const CURLMsg* message = multi_info_read_(multi, &left)) {
      if (message->msg == CURLMSG_DONE) return message->data.result;
    }
    int ready = 0;
    multi_poll_(multi, nullptr, 0, kTickMilliseconds, &ready);
    if (!tick(std::chrono::steady_clock::now() - start)) return CURLE_ABORTED_BY_CALLBACK;
  }
}

HttpAnswer CurlLibrary::post(const std::string& url, const std::string& json, const Tick& tick) {
  HttpAnswer answer;
  set_options(url, Seconds(0), answer);
  setopt_(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()));
  setopt_(handle_, CURLOPT_POSTFIELDS, json.c_str());
  const std::unique_ptr<curl_slist, decltype(slist_free_)> headers(
      slist_append_(nullptr, "Content-Type: application/json"), slist_free_);
  setopt_(handle_, CURLOPT_HTTPHEADER, headers.get());
  const std::unique_ptr<CURLM, decltype(multi_cleanup_)> multi(multi_init_(), multi_cleanup_);
  if (!multi || multi_add_(multi.get(), handle_) != CURLM_OK) {
    finish(CURLE_FAILED_INIT, answer);
    return answer;
  }
  finish(perform_with(multi.get(), tick), answer);
  multi_remove_(multi.get(), handle_);
  reset_(handle_);
  return answer;
}

}  // namespace ollama_gpu
