// What generated code keeps where: the roles of the host's registers.
#pragma once

#include <array>
#include <cstdint>

namespace rvx::jit {

// Numbers as x86 encodes them.
namespace host {
inline constexpr int8_t kRax = 0, kRcx = 1, kRdx = 2, kRbx = 3, kRsp = 4, kRbp = 5, kRsi = 6, kRdi = 7, kR8 = 8, kR9 = 9,
                        kR10 = 10, kR11 = 11, kR12 = 12, kR13 = 13, kR14 = 14, kR15 = 15;
}

// rax, rcx, rdx    temporaries
// rbp              HartState
// r14              the data TLB, or the bound of the window's addresses (window_bound)
// r15              instructions that may still retire, less kMaxStretch; with a model the time on its clock, which every
//                  instruction advances up to HartState::model_limit
// r11              addend of the last TLB check that others share
struct Pinned {
  unsigned guest;  // number of an integer register
  int8_t host;
};
// In all generated code, so that regions hand them over in place. They are callee-saved on the host:
// calls of C++ keep them.
inline constexpr std::array<Pinned, 3> kPinned = {{{2, host::kRbx}, {10, host::kR12}, {15, host::kR13}}};

// What each zone of a region gives to the registers it uses most.
inline constexpr std::array<int8_t, 5> kRegionX = {host::kRsi, host::kRdi, host::kR8, host::kR9, host::kR10};
inline constexpr std::array<int8_t, 12> kRegionF = {4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};  // xmm; the ones below are temporaries

}  // namespace rvx::jit
