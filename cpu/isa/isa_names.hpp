// What names in ISA strings mean: implied extensions, groups and profiles, names that need nothing of rvx.
#pragma once

#include <array>
#include <string_view>

#include "cpu/isa/insn.hpp"

namespace rvx::isa {

inline constexpr std::array<std::string_view, static_cast<size_t>(Ext::kCount)> kSpelling = {{
#define EXTENSION(name, spelled) spelled,
#include "cpu/isa/extensions.inc"
#undef EXTENSION
}};

// `result` is on wherever both others are.
struct Implication {
  Ext a;
  Ext b;
  Ext result;
};

// In an order in which one pass is enough.
inline constexpr Implication kImplications[] = {
    {Ext::kSvinval, Ext::kI, Ext::kS},
    {Ext::kSvnapot, Ext::kI, Ext::kS},
    {Ext::kSvpbmt, Ext::kI, Ext::kS},
    {Ext::kSvadu, Ext::kI, Ext::kS},
    {Ext::kSstc, Ext::kI, Ext::kS},
    {Ext::kSscofpmf, Ext::kI, Ext::kS},
    {Ext::kS, Ext::kI, Ext::kU},
    {Ext::kM, Ext::kI, Ext::kZmmul},
    {Ext::kA, Ext::kI, Ext::kZaamo},
    {Ext::kA, Ext::kI, Ext::kZalrsc},
    {Ext::kZacas, Ext::kI, Ext::kZaamo},
    {Ext::kZawrs, Ext::kI, Ext::kZalrsc},
    {Ext::kZaamo, Ext::kZalrsc, Ext::kA},
    {Ext::kZcd, Ext::kI, Ext::kD},
    {Ext::kD, Ext::kI, Ext::kF},
    {Ext::kZfh, Ext::kI, Ext::kZfhmin},
    {Ext::kZfhmin, Ext::kI, Ext::kF},
    {Ext::kZfa, Ext::kI, Ext::kF},
    {Ext::kF, Ext::kI, Ext::kZicsr},
    {Ext::kC, Ext::kI, Ext::kZca},
    {Ext::kC, Ext::kD, Ext::kZcd},
    {Ext::kZcd, Ext::kI, Ext::kZca},
    {Ext::kZcb, Ext::kI, Ext::kZca},
    {Ext::kZca, Ext::kZcd, Ext::kC},
    {Ext::kZicntr, Ext::kI, Ext::kZicsr},
    {Ext::kZihpm, Ext::kI, Ext::kZicsr},
    {Ext::kSmstateen, Ext::kI, Ext::kZicsr},
};

// Names for several others. Turning one off turns its parts off.
struct Group {
  std::string_view name;
  std::string_view parts;
};

inline constexpr Group kGroups[] = {
    {"g", "imafd_zicsr_zifencei"},
    {"b", "zba_zbb_zbs"},
    {"a", "zaamo_zalrsc"},
    {"c", "zca_zcd"},
    {"m", "zmmul"},
    {"zk", "zkn_zkr_zkt"},
    {"zkn", "zbkb_zbkc_zbkx_zkne_zknd_zknh"},
    {"zks", "zbkb_zbkc_zbkx_zksed_zksh"},
    {"zce", "zca_zcb_zcmp_zcmt"},
};

// Strings that stand for a whole one, as names of CPUs and profiles do. The RVA22 profiles ask for
// Zkt too. CHOICE: rvx promises nothing about timing and leaves it out.
inline constexpr Group kModels[] = {
    // QEMU 10.0 without H
    {"rv64", "rv64imafdc_zicbom_zicbop_zicboz_zicntr_zihpm_zihintntl_zihintpause_zawrs_zfa_zba_zbb_zbc_zbs_"
             "sstc_svadu"},
    {"rvi20u64", "rv64i"},
    {"rva20u64", "rv64imafdc_zicsr_zicntr_ziccif_ziccrse_ziccamoa_za128rs_zicclsm"},
    {"rva20s64", "rva20u64_zifencei_ss1p11_svbare_sv39_svade_ssccptr_sstvecd_sstvala"},
    {"rva22u64", "rva20u64_zihpm_za64rs_zihintpause_zba_zbb_zbs_zic64b_zicbom_zicbop_zicboz_zfhmin"},
    {"rva22s64", "rva22u64_zifencei_ss1p12_svbare_sv39_svade_ssccptr_sstvecd_sstvala_sscounterenw_svpbmt_svinval"},
};

// Names that ask for nothing that rvx could turn on, because it always behaves so.
inline constexpr std::string_view kAlwaysTrue[] = {
    "ziccif",        // instruction fetch from RAM is atomic
    "ziccrse",       // RAM supports LR/SC with eventual success
    "ziccamoa",      // RAM supports all AMOs,
    "ziccamoc",      //   and compare-and-swap
    "zicclsm",       // RAM supports misaligned loads and stores
    "ziccid",        // stores reach instruction fetch in time without fence.i
    "za64rs",        // a reservation set is no larger than 64 bytes
    "za128rs",       //   or 128 bytes
    "zic64b",        // cache blocks have 64 bytes
    "ss1p11",        // versions of the supervisor architecture that the present one contains
    "ss1p12",
    "ss1p13",
    "sm1p11",
    "sm1p12",
    "sm1p13",
    "ssu64xl",       // UXL can be 64
    "svbare",        // satp modes
    "sv39",
    "sv48",
    "sv57",
    "svade",         // a clear A or D bit faults unless Svadu's ADUE is set
    "svvptc",        // invalid PTEs are not cached
    "ssccptr",       // page tables can lie in RAM
    "sstvecd",       // stvec supports direct mode with any 4-byte aligned address
    "sstvala",       // stval holds the faulting address or instruction
    "sscounterenw",  // scounteren bits of existing counters can be written
};

// Properties of QEMU's CPUs that every hart of rvx has.
inline constexpr std::string_view kAlwaysTrueProperties[] = {"mmu", "pmp"};

// Names that exist and that rvx does not implement: an error wherever they are asked for, but QEMU's
// "name=off" is fine.
inline constexpr std::string_view kNotImplemented[] = {
    "e",        "h",        "p",        "q",        "v",        "zabha",    "zalasr",   "zama16b",
    "zcf",      "zcmop",    "zcmp",     "zcmt",     "zclsd",    "zdinx",    "zfbfmin",  "zfinx",
    "zhinx",    "zhinxmin", "zicfilp",  "zicfiss",  "zilsd",    "zimop",    "zkne",     "zknd",
    "zknh",     "zkr",      "zksed",    "zksh",     "zkt",      "ztso",     "zvbb",     "zvbc",
    "zve32f",   "zve32x",   "zve64d",   "zve64f",   "zve64x",   "zvfbfmin", "zvfbfwma", "zvfh",
    "zvfhmin",  "zvkb",     "zvkg",     "zvkn",     "zvkned",   "zvknha",   "zvknhb",   "zvks",
    "zvksed",   "zvksh",    "zvkt",     "rva23u64", "rva23s64", "rvb23u64", "rvb23s64", "shcounterenw",
    "shgatpa",  "shtvala",  "shvsatpa", "shvstvala", "shvstvecd", "smaia",  "smcdeleg",
    "smcsrind", "smctr",    "smdbltrp", "smepmp",   "smmpm",    "smnpm",    "smrnmi",   "ssaia",
    "ssccfg",   "sscsrind", "ssctr",    "ssdbltrp", "ssnpm",    "sspm",     "supm",
    "svrsw60t59b", "svukte",
};

}  // namespace rvx::isa
