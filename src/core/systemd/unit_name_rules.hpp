// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ollama_gpu {

// The rules of src/basic/unit-name.c, for service units.

enum class NameKind { plain, instance, template_unit };

// Nothing for a text that is not a valid name ending in ".service".
std::optional<NameKind> classify_unit_name(std::string_view name);

// True for any text systemd takes as a prefix ("a-b" of "a-b@c.service").
bool is_unit_prefix(std::string_view prefix);

std::string_view prefix_of(std::string_view name);    // up to "@", or to ".service"
std::string_view instance_of(std::string_view name);  // may be empty

// "foo@.service" of "foo@bar.service".
std::string template_of(std::string_view name);

// "foo@INSTANCE.service" of "foo@.service" or "foo@bar.service".
std::string with_instance(std::string_view name, std::string_view instance);

// As unescape_unit_name, but nothing where systemd refuses the escape.
std::optional<std::string> try_unescape_unit_name(std::string_view text);

}  // namespace ollama_gpu
