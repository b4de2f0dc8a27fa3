// Trap handlers of fuzz programs.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cli/fuzz/builder.hpp"
#include "cli/fuzz/random.hpp"

namespace rvx::fuzz {

// What a handler does about an exception, by code.
enum class Action : uint8_t {
  kSkip,     // go on behind the instruction
  kRecover,  // go on where the recovery register says
  kSwitch,   // go on behind the instruction in the next mode of a list
};

struct HandlerPlan {
  bool to_supervisor = false;  // for traps that are delegated
  uint8_t recovery = 0;        // register
  bool has_sstc = false;
  std::array<Action, 16> actions{};
  std::array<uint8_t, 16> modes{};  // for kSwitch, in turn; encoded as Priv
  std::array<uint64_t, 4> bases{};  // where code runs in each mode
};

// Appends the handler in a chunk of its own. It changes no register.
void put_handler(Builder& b, const HandlerPlan& plan, Random& random);

// What its save page holds at the start, and where that is.
[[nodiscard]] Segment save_page(const HandlerPlan& plan);

}  // namespace rvx::fuzz
