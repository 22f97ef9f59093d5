// SPDX-License-Identifier: MIT
#include "system/state/generation_json.hpp"

#include <nlohmann/json.hpp>

namespace ollama_gpu {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using ports::FileContent;
using ports::Generation;
using ports::ReplacedFile;

constexpr int kFormat = 1;

ordered_json content_to_json(const std::optional<FileContent>& content) {
  if (!content) return nullptr;
  ordered_json object{{"size", content->bytes.size()},
                      {"mode", content->mode},
                      {"uid", content->uid},
                      {"gid", content->gid}};
  if (content->link) object["link"] = true;
  return object;
}

// Readers that say whether the key is there with the right type.
bool read(const json& object, const char* key, std::string& value) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return false;
  value = found->get<std::string>();
  return true;
}

template <class Number>
bool read_number(const json& object, const char* key, Number& value) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return false;
  value = found->get<Number>();
  return true;
}

bool read_content(const json& file, const char* key, std::optional<FileContent>& content,
                  std::uint64_t& size) {
  const auto found = file.find(key);
  if (found == file.end()) return false;
  if (found->is_null()) return true;
  if (!found->is_object()) return false;
  content.emplace();
  const auto link = found->find("link");
  content->link = link != found->end() && link->is_boolean() && link->get<bool>();
  return read_number(*found, "size", size) && read_number(*found, "mode", content->mode) &&
         read_number(*found, "uid", content->uid) && read_number(*found, "gid", content->gid);
}

bool read_files(const json& object, StoredGeneration& stored) {
  const auto files = object.find("files");
  if (files == object.end() || !files->is_array()) return false;
  for (const json& file : *files) {
    ReplacedFile& replaced = stored.generation.files.emplace_back();
    StoredGeneration::Sizes& sizes = stored.sizes.emplace_back();
    if (!file.is_object() || !read(file, "path", replaced.path) ||
        !read_content(file, "former", replaced.former, sizes.former) ||
        !read_content(file, "written", replaced.written, sizes.written)) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string to_json(const Generation& generation) {
  ordered_json files = ordered_json::array();
  for (const ReplacedFile& file : generation.files) {
    files.push_back({{"path", file.path},
                     {"former", content_to_json(file.former)},
                     {"written", content_to_json(file.written)}});
  }
  const ordered_json object{{"format", kFormat},
                            {"id", generation.id},
                            {"time", generation.time},
                            {"command", generation.command},
                            {"result", ports::name_of(generation.result)},
                            {"unit", generation.unit},
                            {"made_directory", generation.made_directory},
                            {"files", std::move(files)}};
  // A command line need not be UTF-8; anything else would throw.
  return object.dump(2, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

std::optional<StoredGeneration> generation_from_json(const std::string& text) {
  const json object = json::parse(text, nullptr, false);
  if (object.is_discarded() || !object.is_object()) return std::nullopt;
  StoredGeneration stored;
  Generation& generation = stored.generation;
  std::string result;
  int format = 0;
  if (!read_number(object, "format", format) || format != kFormat ||
      !read_number(object, "id", generation.id) || !read_number(object, "time", generation.time) ||
      !read(object, "command", generation.command) || !read(object, "result", result) ||
      !read(object, "unit", generation.unit) || !read_files(object, stored)) {
    return std::nullopt;
  }
  generation.result = ports::result_named(result);
  const auto made = object.find("made_directory");
  generation.made_directory = made != object.end() && made->is_boolean() && made->get<bool>();
  return stored;
}

}  // namespace ollama_gpu
