// Putting bytes and zeroes into guest RAM while the host commits as little memory as it can.
#pragma once

#include <cstdint>
#include <span>

#include "devices/ram.hpp"
#include "machine/phys_range.hpp"

namespace rvx {

// Both: the range must lie in RAM.
void copy_to_ram(Ram& ram, uint64_t address, std::span<const uint8_t> bytes);
// Pages that lie wholly in the range are given back to the host, which shows them as zero.
void zero_ram(Ram& ram, PhysRange range);

}  // namespace rvx
