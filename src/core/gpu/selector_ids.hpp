// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/core/gpu/selector.hpp"

namespace ollama_gpu {

// More GPUs than any host has; it bounds what a range can expand to.
inline constexpr std::uint64_t kHighestIndex = 1023;

// "0000:01:00.0" for any of 01:00.0, 0000:01:00.0 and 00000000:01:00.0; nothing for other text.
std::optional<std::string> normal_pci(std::string_view text);

// How messages name a GPU: "0 (GPU-58a8..., NVIDIA L40)"; what is unknown is left out.
std::string gpu_for_message(const Gpu& gpu);

// The devices in `inventory` that a term names, or Errc::not_found with those that there are; a
// prefix that fits several is Errc::usage. `text` is the whole selector, for the caret.
Result<std::vector<SelectedDevice>> devices_named(const IdTerm& term, const Inventory& inventory,
                                                  const std::string& text);

// An error with a caret at that byte of the selector.
Failure selector_error(Errc code, const std::string& text, std::size_t offset, std::string message,
                       std::string hint);

// Every GPU and MIG instance, one per line, for a hint.
std::string list_of_gpus(const Inventory& inventory);

// Whether the driver takes `id`, an entry of a list, for the beginning of `uuid`: CUDA goes by the
// hexadecimal digits alone (tried with driver 580), ROCm letter by letter.
bool fits_uuid(std::string_view id, std::string_view uuid, Vendor vendor);

// The UUID that CUDA or ROCm knows the device by; empty where unknown.
const std::string& uuid_of(const SelectedDevice& device, const Inventory& inventory);

}  // namespace ollama_gpu
