// SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/systemd/words.hpp"
#include "ollama_gpu/core/systemd/environment.hpp"
#include "ollama_gpu/core/text/utf8.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto escapes : {ollama_gpu::Escapes::c_style, ollama_gpu::Escapes::none}) {
    const ollama_gpu::WordList list = ollama_gpu::split_words(text, escapes);
    std::size_t last = 0;
    for (const ollama_gpu::Word& word : list.words) {
      require(word.offset >= last && word.offset < text.size());
      require(word.text.size() <= text.size());
      last = word.offset;
      ollama_gpu::expand_specifiers(word.text, {{'n', "name"}});
    }
    require(!list.broken_at || *list.broken_at < text.size());
  }
  const auto bad = ollama_gpu::first_invalid_utf8(text);
  require(!bad || ollama_gpu::is_valid_utf8(text.substr(0, *bad)));
  return 0;
}
