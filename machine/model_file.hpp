// Model files: a core's TLBs, caches and costs as `key = value` lines in sections, checked line by line.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "machine/error.hpp"
#include "mmu/model/model_config.hpp"

namespace rvx {

// A model that comes with rvx: a file of machine/models/, name without ".model".
struct ModelPreset {
  std::string_view name;
  std::string_view text;
};

// In the order of their names.
[[nodiscard]] std::span<const ModelPreset> model_presets();

// What --model takes: the name of a preset, or a file. Fails with 127 where there is neither, and with 126
// and one line that names file, line, section, key and what is allowed where the file is wrong.
[[nodiscard]] Result<ModelConfig> load_model(const std::string& name_or_file);

// `file` stands for the text in messages.
[[nodiscard]] Result<ModelConfig> parse_model(std::string_view file, std::string_view text);

}  // namespace rvx
