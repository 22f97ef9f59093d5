// SPDX-License-Identifier: MIT
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace ollama_gpu {

// The part of JSON Schema that docs/schema.json uses: $ref, anyOf, type, const, enum, minimum,
// required, properties, additionalProperties, items. Says what is wrong, or nothing.
class SchemaCheck {
 public:
  explicit SchemaCheck(const std::string& path) {
    std::ifstream file(path);
    root_ = nlohmann::json::parse(file);
  }

  std::string check(const std::string& text) const {
    const auto value = nlohmann::json::parse(text, nullptr, false);
    if (value.is_discarded()) return "not JSON: " + text;
    return check(root_, value, "");
  }

 private:
  using Json = nlohmann::json;

  static bool is_type(const std::string& type, const Json& value) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    return type == "null" && value.is_null();
  }

  static bool type_holds(const Json& types, const Json& value) {
    if (types.is_string()) return is_type(types, value);
    for (const Json& type : types) {
      if (is_type(type, value)) return true;
    }
    return false;
  }

  std::string check_any(const Json& schemas, const Json& value, const std::string& at) const {
    std::string all;
    for (const Json& schema : schemas) {
      const std::string wrong = check(schema, value, at);
      if (wrong.empty()) return "";
      all += "[" + wrong + "] ";
    }
    return all;
  }

  std::string check_object(const Json& schema, const Json& value, const std::string& at) const {
    for (const Json& key : schema.value("required", Json::array())) {
      if (!value.contains(std::string(key))) return at + ": lacks " + std::string(key);
    }
    const Json properties = schema.value("properties", Json::object());
    for (const auto& [key, member] : value.items()) {
      std::string wrong;
      if (properties.contains(key)) {
        wrong = check(properties.at(key), member, at + "/" + key);
      } else if (schema.contains("additionalProperties")) {
        const Json& rest = schema.at("additionalProperties");
        if (rest.is_boolean()) {
          wrong = rest ? "" : at + ": unknown key " + key;
        } else {
          wrong = check(rest, member, at + "/" + key);
        }
      }
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  std::string check_scalar(const Json& schema, const Json& value, const std::string& at) const {
    if (schema.contains("type") && !type_holds(schema.at("type"), value)) {
      return at + ": is not " + schema.at("type").dump();
    }
    if (schema.contains("const") && schema.at("const") != value) return at + ": other constant";
    if (schema.contains("minimum") && value.is_number() && value < schema.at("minimum")) {
      return at + ": too small";
    }
    if (!schema.contains("enum")) return "";
    for (const Json& allowed : schema.at("enum")) {
      if (allowed == value) return "";
    }
    return at + ": not in " + schema.at("enum").dump();
  }

  std::string check(const Json& schema, const Json& value, const std::string& at) const {
    if (schema.contains("$ref")) {
      const std::string wrong =
          check(root_.at(Json::json_pointer(std::string(schema.at("$ref")).substr(1))), value, at);
      if (!wrong.empty()) return wrong;
    }
    if (const std::string wrong = check_scalar(schema, value, at); !wrong.empty()) return wrong;
    if (value.is_object()) {
      if (const std::string wrong = check_object(schema, value, at); !wrong.empty()) return wrong;
    }
    if (value.is_array() && schema.contains("items")) {
      for (const Json& item : value) {
        const std::string wrong = check(schema.at("items"), item, at + "/items");
        if (!wrong.empty()) return wrong;
      }
    }
    return schema.contains("anyOf") ? check_any(schema.at("anyOf"), value, at) : "";
  }

  Json root_ = {};
};

}  // namespace ollama_gpu
