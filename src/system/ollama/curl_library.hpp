// SPDX-License-Identifier: MIT
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "ollama_gpu/core/result.hpp"

// curl.h wraps these in type-checking macros, which know nothing of pointers.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace ollama_gpu {

struct HttpAnswer {
  CURLcode code = CURLE_OK;
  long status = 0;
  std::string body = {};
  std::string error = {};  // in words, where code is not CURLE_OK
};

// The functions of libcurl that we use, found at run time. Not for two threads at a time.
class CurlLibrary {
 public:
  using Seconds = std::chrono::duration<double>;
  using Tick = std::function<bool(Seconds)>;

  // Errc::failed where there is no such library.
  static Result<std::unique_ptr<CurlLibrary>> load(const std::string& name);
  CurlLibrary() = default;
  ~CurlLibrary();
  CurlLibrary(const CurlLibrary&) = delete;
  CurlLibrary& operator=(const CurlLibrary&) = delete;

  HttpAnswer get(const std::string& url, Seconds timeout);
  // Sends JSON and waits for the answer without a limit; `tick` is called about every 100 ms and
  // ends the wait with CURLE_ABORTED_BY_CALLBACK.
  HttpAnswer post(const std::string& url, const std::string& json, const Tick& tick);

 private:
  struct CloseLibrary {
    void operator()(void* library) const;
  };

  Result<void> find_symbols(const std::string& name);
  void set_options(const std::string& url, Seconds timeout, HttpAnswer& answer);
  CURLcode perform_with(CURLM* multi, const Tick& tick);
  void finish(CURLcode code, HttpAnswer& answer);

  std::unique_ptr<void, CloseLibrary> library_;
  decltype(&curl_global_init) global_init_ = nullptr;
  decltype(&curl_easy_init) init_ = nullptr;
  decltype(&curl_easy_setopt) setopt_ = nullptr;
  decltype(&curl_easy_perform) perform_ = nullptr;
  decltype(&curl_easy_getinfo) getinfo_ = nullptr;
  decltype(&curl_easy_reset) reset_ = nullptr;
  decltype(&curl_easy_cleanup) cleanup_ = nullptr;
  decltype(&curl_easy_strerror) strerror_ = nullptr;
  decltype(&curl_multi_init) multi_init_ = nullptr;
  decltype(&curl_multi_add_handle) multi_add_ = nullptr;
  decltype(&curl_multi_remove_handle) multi_remove_ = nullptr;
  decltype(&curl_multi_perform) multi_perform_ = nullptr;
  decltype(&curl_multi_poll) multi_poll_ = nullptr;
  decltype(&curl_multi_info_read) multi_info_read_ = nullptr;
  decltype(&curl_multi_cleanup) multi_cleanup_ = nullptr;
  decltype(&curl_slist_append) slist_append_ = nullptr;
  decltype(&curl_slist_free_all) slist_free_ = nullptr;
  CURL* handle_ = nullptr;
};

}  // namespace ollama_gpu
