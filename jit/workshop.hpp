// What the translators of one machine have in common: the thread that compiles, and what it has made.
#pragma once

#include <cstddef>

#include "jit/background.hpp"
#include "jit/shared_translations.hpp"

namespace rvx::jit {

struct Workshop {
  // `code_bytes`: each hart's room for generated code; what is kept for the others takes no more than that.
  Workshop(unsigned harts, size_t code_bytes) : shared(harts > 1 ? code_bytes : 0), background(harts, shared) {}

  SharedTranslations shared;
  Background background;
};

}  // namespace rvx::jit
