// Which extensions a hart has, parsed from and printed as an ISA string.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>

#include "cpu/isa/insn.hpp"

namespace rvx::isa {

struct IsaConfig {
  unsigned xlen = 64;
  std::bitset<static_cast<size_t>(Ext::kCount)> ext;
  // The largest address space of satp, in bits: 39, 48 or 57; the smaller ones are there too.
  unsigned virtual_bits = 57;

  [[nodiscard]] bool has(Ext e) const noexcept { return ext[static_cast<size_t>(e)]; }
  void set(Ext e, bool on = true) { ext[static_cast<size_t>(e)] = on; }

  // Everything rvx implements.
  [[nodiscard]] static IsaConfig all();

  // Spike's spelling ("rv64gc_zba_zbb", "RV64IMAFDC_Zicntr", with version numbers ignored), a profile
  // ("rva22s64") or QEMU's spelling ("rv64,zba=on,v=false", "max"). "rv64" alone is QEMU's CPU of that
  // name, "max" all(). S, U, Zicsr and Zifencei need not be named; turning an extension on turns on
  // what it depends on, turning one off turns off what depends on it. On failure returns false and
  // sets `error` to one line that names the part that is not known and the nearest known name.
  [[nodiscard]] static bool parse(std::string_view text, IsaConfig& out, std::string& error);

  // Canonical string as the device tree's riscv,isa has it ("rv64imafdc_zicbom_...").
  [[nodiscard]] std::string to_string() const;
};

}  // namespace rvx::isa
