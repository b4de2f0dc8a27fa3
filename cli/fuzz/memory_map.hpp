// Where things are in the fuzzer's small machine, in physical memory and as programs see it.
#pragma once

#include <array>
#include <cstdint>

#include "mmu/types.hpp"

namespace rvx::fuzz {

// RAM begins at a multiple of 2 MiB, so that one large leaf can map all of it. All of it and the
// device can be named by lui and addi.
inline constexpr uint64_t kRamBase = 0x6000'0000;
inline constexpr uint64_t kDeviceBase = 0x5000'0000;
inline constexpr uint64_t kDeviceBytes = 0x1000;

// Pages of RAM, by their number. Code is 64 KiB, aligned: the low 16 bits of a pc say where in it,
// whichever alias it runs at, and one NAPOT leaf can map it.
inline constexpr unsigned kCodePages = 16;
inline constexpr unsigned kFirstPatchPage = 14;  // code that programs change
inline constexpr unsigned kMachineHandlerPage = 16;
inline constexpr unsigned kSupervisorHandlerPage = 17;
inline constexpr unsigned kMachineSavePage = 18;
inline constexpr unsigned kSupervisorSavePage = 19;
inline constexpr unsigned kFirstDataPage = 20;
inline constexpr unsigned kDataPages = 12;
inline constexpr unsigned kFirstTwinPage =
    32;  // what some address spaces have in place of a code page
inline constexpr unsigned kTwinPages = 2;
inline constexpr unsigned kFirstTablePage = 34;
inline constexpr unsigned kTablePages = 36;
inline constexpr unsigned kRamPages = kFirstTablePage + kTablePages;
inline constexpr uint64_t kRamBytes = kRamPages * kPageSize;

[[nodiscard]] constexpr uint64_t page_address(unsigned page) { return kRamBase + page * kPageSize; }
inline constexpr uint64_t kDataBase = page_address(kFirstDataPage);
inline constexpr uint64_t kCodeMask = kCodePages * kPageSize - 1;

// Virtual addresses at which code runs: the physical one, another, one in the upper half.
inline constexpr std::array<uint64_t, 3> kCodeBases = {kRamBase, 0x7000'0000,
                                                       0xffff'ffff'a000'0000};

// All of RAM once more, by leaves of 2 MiB this far behind the aliases of code (not the physical one), and by
// one of 1 GiB for what lies at kGigaPhysical.
inline constexpr uint64_t kLargeOffset = 0x40'0000;
inline constexpr uint64_t kGigaBase = 0xffff'ffff'c000'0000;
inline constexpr uint64_t kGigaPhysical = 0x4000'0000;

// A save page, as trap handlers use it.
inline constexpr unsigned kSaveRegisters = 0;  // three registers
inline constexpr unsigned kSaveTraps = 24;     // how many traps there were
inline constexpr unsigned kSaveSwitches = 32;  // how many environment calls
inline constexpr unsigned kSaveActions = 64;   // what to do for each exception code, one byte
inline constexpr unsigned kSaveModes = 80;     // where environment calls lead to in turn, 16 bytes
inline constexpr unsigned kSaveBases = 96;     // code base of each privilege mode, 4 doublewords

// Registers of the machine's only device.
inline constexpr uint64_t kDeviceRaise = 0x100;    // bits of mip to raise
inline constexpr uint64_t kDeviceLower = 0x108;    // bits of mip to lower
inline constexpr uint64_t kDeviceExit = 0x110;     // an access asks the engine for control
inline constexpr uint64_t kDeviceTimer = 0x118;    // mtimecmp
inline constexpr uint64_t kDeviceRefused = 0x200;  // from here on every access is refused

}  // namespace rvx::fuzz
