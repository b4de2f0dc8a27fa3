// ISA strings: which extensions they turn on, and how they are printed.
#include "cpu/isa/isa_config.hpp"

namespace rvx::isa {

IsaConfig IsaConfig::all() {
  IsaConfig config;
  config.ext.set();
  return config;
}

}  // namespace rvx::isa
