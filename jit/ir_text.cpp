// The IR as text: a line for each effect, with the values it needs written out as a tree.
#include "jit/ir_text.hpp"

#include <iterator>

#include <fmt/format.h>

#include "cpu/isa/decode.hpp"

namespace rvx::jit {
namespace {

constexpr std::string_view kTypes[] = {"i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"};
constexpr std::string_view kFormats[] = {"", ".h", ".s", ".d"};
constexpr std::string_view kAmos[] = {"Swap", "Add", "Xor", "And", "Or", "Min", "Max", "Minu", "Maxu"};
static_assert(static_cast<size_t>(isa::AmoOp::kMaxu) + 1 == std::size(kAmos));

bool has_type(IrOp op) { return info(op).cls == IrClass::kAccess || op == IrOp::kFFromInt || op == IrOp::kFToInt; }
bool is_of_fp(IrOp op) { return info(op).cls == IrClass::kFp || info(op).cls == IrClass::kFpToX; }

std::string value_text(const Region& region, NodeId id) {
  const Node& n = region.nodes[static_cast<size_t>(id)];
  switch (n.op) {
    case IrOp::kConst: return n.k > -10'000 && n.k < 10'000 ? fmt::format("{}", n.k) : fmt::format("{:#x}", static_cast<uint64_t>(n.k));
    case IrOp::kFConst: return fmt::format("{:#x}", static_cast<uint64_t>(n.k));
    case IrOp::kPageBase: return "page";
    case IrOp::kGetX: return isa::x_name(n.reg);
    case IrOp::kGetF:
    case IrOp::kFRaw: return fmt::format("{}{}", isa::f_name(n.reg), n.op == IrOp::kFRaw ? ".bits" : kFormats[static_cast<size_t>(n.format)]);
    default: break;
  }
  std::string text = info(n.op).name;
  if (n.op == IrOp::kAmo) text += kAmos[static_cast<size_t>(n.amo)];
  if (is_of_fp(n.op)) text += kFormats[static_cast<size_t>(n.format)];
  if (has_type(n.op)) text += fmt::format(".{}", kTypes[static_cast<size_t>(n.type)]);
  text += '(';
  for (const NodeId operand : {n.a, n.b, n.c}) {
    if (operand == kNoNode) continue;
    if (text.back() != '(') text += ", ";
    text += value_text(region, operand);
  }
  return text + ')';
}

std::string effect_text(const Region& region, const Node& n) {
  switch (n.op) {
    case IrOp::kSetX: return fmt::format("{}{} = {}", n.is_dead ? "(dead) " : "", isa::x_name(n.reg), value_text(region, n.a));
    case IrOp::kSetF: return fmt::format("{} = {}", isa::f_name(n.reg), value_text(region, n.a));
    case IrOp::kTouchF: return "FS = dirty";
    case IrOp::kFence: return "fence";
    case IrOp::kPause: return "pause";
    case IrOp::kCall: return "call the interpreter's body";
    case IrOp::kEvent: return "event";
    case IrOp::kBranch: return fmt::format("branch if {}", value_text(region, n.a));
    case IrOp::kJump: return n.reg == 0 ? "jump" : fmt::format("jump, {} = next", isa::x_name(n.reg));
    case IrOp::kJumpTo:
      return fmt::format("jump to {}{}", value_text(region, n.a), n.reg == 0 ? "" : fmt::format(", {} = next", isa::x_name(n.reg)));
    default: return {};
  }
}

}  // namespace

std::vector<std::string> ir_text(const Region& region, const IrInsn& insn) {
  std::vector<std::string> lines;
  for (NodeId id = insn.first; id < insn.end; ++id) {
    const Node& n = region.nodes[static_cast<size_t>(id)];
    const IrClass cls = info(n.op).cls;
    // Other values stand where they are used.
    if (cls == IrClass::kEffect) lines.push_back(effect_text(region, n));
    if (n.op == IrOp::kStore || (cls == IrClass::kAccess && n.uses == 0)) lines.push_back(value_text(region, id));
  }
  return lines;
}

}  // namespace rvx::jit
